const { go, later, pieces, say, locked, fill, make, icon, next, busy } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
find("find-more").append(icon("plus"), say("faces_more"));

const state = { method: props.methods[0], list: [], recipe: null };
let sources = [], asked = 0, wanted = 0, last = 0, dragging = false;
const model = () => { const chosen = document.getElementById("limner-generator")?.value; return chosen && chosen !== "face_shape" ? chosen : "face_generator"; };
const work = pieces(() => go(trigger, "stop"));
const act = (what) => { last = next(); busy(true); go(trigger, "act", { ...what, seq: last }); };
const plain = ({ method, index, model: drawn, layers, name, source }) => ({ method, index, model: drawn, layers, name: name || "", source: source || "" });
const moved = (each, amount) => ({ ...plain(each), amount, lock: locked() });
const titled = ({ method, index, source }) => source ? sources.find((each) => each.id === source)?.names[index] ?? source : `${say("method_" + method)} ${index + 1}`;
const called = (found) => found.name || titled(found);
const written = (amount) => (amount < 0 ? "−" : "") + Math.abs(amount).toFixed(1);

// --- finding --------------------------------------------------------------------------------------------------------
// The ways to find them, and files of directions that were taken in.
function drawMethods(there) {
  if (find("methods").children.length && JSON.stringify(there) === JSON.stringify(sources)) return;
  sources = there;
  const ways = [...props.methods.map((name) => [name, say("method_" + name), say(`method_${name}_help`)]),
    ...sources.map(({ id }) => [id, id.replace(/^own_/, ""), say("find_source_help", id)])];
  if (!ways.some(([value]) => value === state.method)) state.method = props.methods[0];
  find("methods").replaceChildren(...ways.map(([value, name, help]) => make("label", { class: "chip", title: help }, make("input", {
    type: "radio", name: "limner-method", value, checked: value === state.method, onchange: () => { state.method = value; },
  }), make("span", {}, name))));
}
drawMethods(props.value?.sources || []);
const last_layer = props.layers - 1;
find("find-layers").append(...[["", "layers_all"], ["0-3", "layers_coarse"], [`4-${Math.min(7, last_layer)}`, "layers_middle"], [`8-${last_layer}`, "layers_fine"]]
  .map(([value, name]) => make("option", { value }, value ? `${say(name)} (${value.replace("-", "–")})` : say(name))));
find("find-on").append(make("option", { value: "" }, say("find_on_mine")), ...[1, 2, 3, 5, 8].map((seed) => make("option", { value: seed }, say("seed", seed))));

function seek(first) {
  if (!first) {
    state.list = [];
    const source = sources.some(({ id }) => id === state.method) ? state.method : "";
    state.most = props.most;
    state.recipe = { method: source ? props.methods[0] : state.method, source, model: model(), layers: find("find-layers").value, seed: find("find-on").value === "" ? null : Number(find("find-on").value) };
  }
  state.before = state.list;
  wanted = 0;
  asked = next();
  run(true);
  drawFound();
  const sent = { ...state.recipe, first, seq: asked };
  work.begin(asked, () => go(trigger, "find", sent));
}
function run(on) {
  find("filming").hidden = !on;
  find("find-now").parentNode.hidden = on;
  find("find-more").hidden = on || !state.list.length || state.list.length >= state.most;
  find("found-said").textContent = on || !state.list.length ? "" : say(state.recipe.source ? "found_in_file" : "found_count", state.list.length);
  if (!on) asked = 0;
}
find("find-now").addEventListener("click", () => seek(0));
find("find-more").addEventListener("click", () => seek(state.list.length));
find("stop-it").addEventListener("click", () => { work.end(); run(false); });
document.addEventListener("limner:unheard", () => run(false));

function drawOne({ index, urls }) {
  const key = "found" + index, title = titled({ ...state.recipe, index });
  const found = { ...state.recipe, index, name: state.recipe.source ? title : "" };
  const name = make("input", { type: "text", maxlength: 40, placeholder: say("find_name"), "aria-label": say("find_name_of", title), "data-key": key,
    onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); keep(); } } });
  const keep = () => { naming = true; act({ do: "keep", ...plain({ ...found, name: name.value.trim() || title }) }); };
  return make("li", { class: "found-one", "data-index": index }, make("h4", {}, title),
    make("div", { class: "three" }, ...[-2, 0, 2].map((amount, at) => make("button", {
      type: "button", class: "plain look", title: say("find_apply", written(amount)), "aria-label": `${title}: ${say("find_apply", written(amount))}`,
      onclick: () => act({ do: "set", ...moved(found, amount) }),
    }, make("img", { src: urls[at], alt: "", draggable: "false" }), make("span", {}, (amount > 0 ? "+" : "") + written(amount).replace(".0", ""))))),
    make("div", { class: "row" }, name, make("button", { type: "button", class: "button", onclick: keep, "aria-label": `${say("find_keep")}: ${title}` }, say("find_keep"))));
}
// What stands there stays, with what is being typed; new ones are added at the end.
function drawFound() {
  const rows = find("found-list");
  if (rows.children.length > state.list.length || rows.dataset.of !== JSON.stringify(state.recipe)) rows.replaceChildren();
  rows.dataset.of = JSON.stringify(state.recipe);
  for (const found of state.list.slice(rows.children.length)) rows.append(drawOne(found));
}

// What was found is looked at on one face: on another one it is found anew, and what was moved for this one is not there.
function leave(photo) {
  if (state.photo !== photo) rows.forEach((row) => row.soon.cancel());
  const gone = state.photo && state.photo !== photo && state.recipe && state.recipe.seed === null;
  state.photo = photo;
  if (!gone) return;
  if (asked) work.end();
  state.list = [];
  drawFound();
  run(false);
}

// --- what is kept: sliders ------------------------------------------------------------------------------------------
let rows = [], naming = false;
function drawKept(kept) {
  const same = rows.length === kept.length && kept.every((each, index) => JSON.stringify(plain(each)) === rows[index].key);
  if (!same) {
    rows = kept.map((each, index) => drawRow(each, index));
    find("kept-rows").replaceChildren(...rows.map((row) => row.node));
    find("kept").hidden = !kept.length;
  }
  kept.forEach((each, index) => rows[index].place(each.amount));
  if (naming && !same) rows.at(-1)?.node.querySelector("input").focus();           // what was named is there to be moved
  naming = false;
}
function drawRow(each, index) {
  const id = "found-amount-" + index, name = called(each);
  const commit = () => { soon.cancel(); act({ do: "set", ...moved(each, Number(range.value)) }); }, soon = later(commit, 250);
  const range = make("input", { type: "range", min: -5, max: 5, step: 0.1, value: 0, id,
    oninput: () => { place(Number(range.value)); last = next(); go(trigger, "tick", { ...moved(each, Number(range.value)), seq: last }); },
    onpointerdown: () => { dragging = true; }, onpointerup: () => { dragging = false; }, onpointercancel: () => { dragging = false; },
    onchange: soon.start, ondblclick: () => { place(0); commit(); } });
  const shown = make("output", { for: id, "aria-hidden": "true" });
  function place(amount) {
    range.value = amount;
    shown.textContent = written(amount);
    range.setAttribute("aria-valuetext", written(amount));
    reset.disabled = amount === 0;
    node.classList.toggle("moved", amount !== 0);
    const at = 50 + 10 * amount;
    range.style.setProperty("--from", `${Math.min(50, at)}%`);
    range.style.setProperty("--to", `${Math.max(50, at)}%`);
  }
  const reset = make("button", { type: "button", class: "plain", title: say("reset", name), "aria-label": say("reset", name), onclick: () => { place(0); range.focus(); commit(); } }, icon("reset"));
  const drop = make("button", { type: "button", class: "plain", title: say("find_drop", name), "aria-label": say("find_drop", name), onclick: () => act({ do: "drop", ...plain(each) }) }, icon("delete"));
  const node = make("div", { class: "setting" }, make("label", { for: id, title: name }, name), make("span", { class: "track" }, range), shown, reset, drop);
  return { key: JSON.stringify(plain(each)), node, place, soon };
}

watch("value", () => {
  const value = props.value;
  if (!value) return;
  if (value.photo) leave(value.photo);
  if (value.found || value.stopped) work.heard(value.asked ?? value.seq);
  if (value.found) {
    if (value.asked !== asked) return;
    wanted = value.wanted;
    state.most = value.most;
    state.list = [...state.before, ...value.found];
    find("filming").firstChild.value = value.found.length / wanted;
    drawFound();
    if (value.found.length >= wanted || state.list.length >= state.most) run(false);
  } else if (value.stopped && value.seq === asked) run(false);
  else if (value.sources) drawMethods(value.sources);
  if (value.kept && !dragging && !rows.some((row) => row.soon.waits()) && !(value.seq < last)) drawKept(value.kept);
});
if (props.value?.photo) leave(props.value.photo);
if (props.value?.kept) drawKept(props.value.kept);
