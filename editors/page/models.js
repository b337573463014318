const { go, say, fill, make, icon, big, choose, busy } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
const dialog = find("models-dialog"), where = find("where");
dialog.querySelector(".close").append(icon("close"));
find("look").append(say("own_look"));
find("pick").append(say("own_choose"));

let value = null, offered = null, wanted = [], waiting, asked = "";
const running = new Set();
const act = (what, at) => { clearTimeout(waiting); go(trigger, "ask", { do: what, at }); };
const button = (text, run, more = {}) => make("button", { type: "button", class: "button", onclick: run, ...more }, text);
const sentence = (text) => /^[a-z]+ /.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
const terms = (...pairs) => make("dl", {}, ...pairs.filter(([, text]) => text).flatMap(([name, text]) => [make("dt", {}, say(name)), make("dd", {}, text)]));

// --- opening and closing ----------------------------------------------------------------------------------------
document.addEventListener("limner:models", (event) => {
  wanted = event.detail?.ids || [];
  if (!dialog.open) dialog.showModal();
  if (value) draw();
  act("look");
});
dialog.querySelector(".close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => { offered = null; wanted = []; report("", ""); });
const report = (wrong, good) => {
  find("failed").hidden = !wrong;
  find("failed").textContent = wrong;
  find("said").textContent = good;
};

// --- one model --------------------------------------------------------------------------------------------------
function ask(what, at) { asked = at; offered = null; report("", ""); draw(); act(what, at); }
function agree(what, at) { offered = null; asked = ""; act(what, at); }
const drawOffer = (offer, begin, word) => make("div", { class: "offer", role: "group", "aria-label": offer.id },
  terms(["card_size", offer.bytes ? big(offer.bytes) : offer.repo ? say("in_cache") : ""], ["card_licence", offer.licence], ["card_trained", offer.trained_on],
    ["card_source", offer.source], ["card_repo", offer.repo && `${offer.repo} ${offer.commit.slice(0, 12)}`]),
  make("div", { class: "row" },
    button(say("cancel"), () => { offered = null; draw(); }, { class: "button cancel" }),
    button(offer.bytes && offer.repo ? say("fetch_now", big(offer.bytes)) : word, () => agree(begin, offer.id), { class: "button strong agree" })));

const fitted = (fetch) => `${Math.round(fetch.done / 10)} % · ${say(fetch.file || "fitting")}`;
function drawComing(fetch) {
  const whole = fetch.total > 0 && fetch.done >= fetch.total, fit = fetch.kind === "fit";
  const how = fit ? fitted(fetch) : whole ? say("readying") : fetch.total ? say("coming", big(fetch.done), big(fetch.total)) : say("asking");
  return make("div", { class: "coming" },
    make("progress", { max: 1, value: !fetch.total || whole ? undefined : fetch.done / fetch.total, "aria-label": fetch.file || fetch.name }),
    make("span", { class: "how" }, how),
    button(say("stop"), () => act("stop", fetch.name), { class: "button stop" }));
}

function drawModel(model) {
  const fetch = model.fetch || {}, coming = fetch.state === "running", offer = offered?.id === model.id && offered;
  const free = () => {
    const sure = say("remove_sure", model.id) + (model.used ? " " + say("remove_used") : "");
    if (window.confirm(sure)) act("free", model.id);
  };
  const facts = [...(model.group === "own" ? [make("span", {}, model.id)] : []), make("span", {}, big(model.size)), make("span", {}, model.licence)];
  if (model.role) facts.push(make("span", {}, say("role_" + model.role)));
  if (model.here && model.group !== "embedded") facts.push(make("span", { class: "good" }, say("here_size", big(model.disk))));
  else if (!model.here) facts.push(make("span", {}, model.disk && !coming ? say("partly_here", big(model.disk)) : say("not_here")));
  if (model.used) facts.push(make("span", { class: "good" }, say("used_here")));
  if (model.held) facts.push(make("span", {}, say("in_memory", big(model.held))));
  const does = [];
  if (value.change && !coming && !model.here && model.group === "hub") does.push(button(say(model.disk ? "go_on" : "fetch"), () => ask("offer", model.id),
    { class: "button get", disabled: value.offline || asked === model.id, "aria-label": `${say(model.disk ? "go_on" : "fetch")}: ${model.id}` }));
  if (value.change && !coming && model.fits) does.push(button(say("generator_fit"), () => act("fit", model.id), { class: "button fit", "aria-label": `${say("generator_fit")}: ${model.id}` }));
  if (value.change && !coming && model.disk) does.push(button(say("remove_model"), free, { class: "button remove", "aria-label": `${say("remove_model")}: ${model.id}` }));
  const parts = [make("div", { class: "top" },
    make("div", { class: "what" }, make("h4", {}, sentence(model.purpose)), make("div", { class: "facts" }, ...facts),
      make("details", {}, make("summary", {}, say("details")),
        terms(["card_id", model.id], ["card_trained", model.trained_on], ["card_source", model.source], ["card_repo", model.repo]))),
    make("div", { class: "do" }, ...does))];
  if (coming) parts.push(drawComing(fetch));
  if (model.fits && !coming) parts.push(make("p", { class: "note" }, say("generator_unfitted")));
  if (fetch.state === "stopped" && fetch.kind === "fetch") parts.push(make("p", { class: "wrong" }, say("stopped_at", big(fetch.done))));
  if (fetch.state === "failed") parts.push(make("p", { class: "wrong", role: "alert" }, fetch.error));
  if (asked === model.id && !offer) parts.push(make("p", { class: "note" }, say("asking")));
  if (offer) parts.push(drawOffer(offer, "begin", say("fetch")));
  return make("li", { class: "model" + (wanted.includes(model.id) ? " wanted" : ""), "data-id": model.id }, ...parts);
}

function drawOther(fetch) {
  const parts = [make("h4", {}, fetch.name)];
  if (fetch.state === "running") parts.push(drawComing(fetch));
  else parts.push(make("p", { class: fetch.state === "failed" ? "wrong" : "note", role: "alert" },
    fetch.state === "failed" ? fetch.error : fetch.state === "stopped" ? say("stopped_at", big(fetch.done)) : [say("fetched_now", fetch.made.join(", ")), ...fetch.notes].join(" ")),
  button(say("close"), () => act("dismiss", fetch.name), { class: "button dismiss" }));
  return make("li", { class: "model" }, ...parts);
}

// --- all of them ------------------------------------------------------------------------------------------------
// A row is drawn anew only where it changed: what has the keyboard keeps it, what is open stays open.
const drawn = new Map();
function put(list, key, content, node) {
  const kept = drawn.get(key);
  if (kept && kept.content === content) return list.append(kept.node);
  const fresh = node();
  if (kept) {
    const held = kept.node.contains(document.activeElement) && document.activeElement.className;
    if (kept.node.querySelector("details")?.open) fresh.querySelector("details")?.setAttribute("open", "");
    list.append(fresh);
    kept.node.remove();
    if (held !== false) (fresh.querySelector(`[class="${held}"]`) || fresh.querySelector("button:not(:disabled), summary"))?.focus();
  } else list.append(fresh);
  drawn.set(key, { content, node: fresh });
}

function draw() {
  const about = value.offline ? say("models_offline") : value.change ? say("models_about") : say("models_closed");
  find("about").textContent = [about, value.disk ? say("models_disk", big(value.disk)) : "", value.disk && value.folder ? say("models_folder", value.folder) : ""].filter(Boolean).join(" ");
  const seen = new Set();
  const mark = (model) => JSON.stringify([model, value.change, value.offline, asked === model.id, offered?.id === model.id && offered, wanted.includes(model.id)]);
  const at = document.activeElement, scrolled = dialog.scrollTop;
  // What was asked for last stands first, below where it was asked for.
  for (const fetch of value.coming.filter((each) => each.state !== "done" || each.notes.length).reverse()) {
    seen.add("fetch " + fetch.name);
    put(element.querySelector(".group.own ul"), "fetch " + fetch.name, JSON.stringify(fetch), () => drawOther(fetch));
  }
  for (const model of value.models) {
    seen.add(model.id);
    put(element.querySelector(`.group.${model.group} ul`), model.id, mark(model), () => drawModel(model));
  }
  for (const [key, { node }] of drawn) if (!seen.has(key)) { node.remove(); drawn.delete(key); }
  if (at?.isConnected && document.activeElement !== at) at.focus();
  dialog.scrollTop = scrolled;
  find("bring").hidden = !value.change;
  element.querySelector(".group.own").hidden = !value.change && !value.models.some((model) => model.group === "own");
  const hint = say(value.paths ? "own_where" : "own_where_hub");
  where.placeholder = hint;
  where.setAttribute("aria-label", hint);
  element.querySelector(".bring .warning").textContent = value.warning;
  const own = offered && !value.models.some((model) => model.id === offered.id);
  const box = element.querySelector(".offered");
  const shown = own ? JSON.stringify(offered) : asked && asked === where.value ? "asking" : "";
  if (box.dataset.shown !== shown) box.replaceChildren(...(own ? [drawOffer(offered, "begin_own", say("take_in"))] : shown ? [make("p", { class: "note" }, say("asking"))] : []));
  box.dataset.shown = shown;
  if (own) box.querySelector(".agree")?.focus();
}

find("bring").addEventListener("submit", (event) => {
  event.preventDefault();
  if (where.value.trim()) ask("own", where.value);
});
find("pick").addEventListener("click", () => choose("weights-file"));
document.addEventListener("limner:unheard", () => {
  asked = "";
  if (value) draw();
  if (running.size) waiting = setTimeout(() => act("look"), 5000);
});
document.addEventListener("limner:too-large", ({ detail: { id, name } }) => { if (id === "weights-file") report(say("own_too_large", name), ""); });

watch("value", () => {
  if (!props.value) return;
  busy(false, "", "weights-file");
  // Answers may overtake each other: what an older one saw of the models is not shown again.
  const newer = value?.number > props.value.number && { models: value.models, coming: value.coming, number: value.number };
  value = { ...props.value, ...newer };
  if (value.act !== "look") asked = "";
  if (value.offer) offered = value.offer;
  const all = [...value.models.map((model) => model.fetch).filter(Boolean), ...value.coming];
  const ended = all.filter((fetch) => running.has(fetch.name) && fetch.state !== "running");
  running.clear();
  for (const fetch of all) if (fetch.state === "running") running.add(fetch.name);
  const fits = all.filter((fetch) => fetch.kind === "fit" && ["running", "failed"].includes(fetch.state));
  window.limner.fitting = Object.fromEntries(fits.map((fetch) => [fetch.name, { said: fetch.error || fitted(fetch), runs: fetch.state === "running" }]));
  document.dispatchEvent(new Event("limner:fitting"));
  const done = ended.filter((fetch) => fetch.state === "done");
  if (value.error) report(value.error, "");
  else if (done.length) report("", done.map((fetch) => say(fetch.kind === "fit" ? "fitted_now" : "fetched_now", fetch.made.join(", "))).join(" "));
  else if (value.act && value.act !== "look") report("", "");
  draw();
  if (wanted.length && dialog.open) { element.querySelector(".model.wanted")?.scrollIntoView({ block: "center" }); }
  // What came or went may be chosen in the tabs now.
  if (done.length || value.act === "free") go(trigger, "redraw");
  clearTimeout(waiting);
  if (running.size) waiting = setTimeout(() => act("look"), dialog.open ? 500 : 2000);
});
