const { go, keep, kept, drop, later, say, locked, keeping, fill, make, icon, next, busy } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
find("random").append(icon("random"), say("random"));
find("reset-all").append(icon("reset"), say("reset_all"));

const amounts = {}, rows = {};
let generator = "face_shape", known = new Set(), described = "";
let dragging = false, pointed = false, moves = 0;
let of = null, due = 0, missed = false;              // whose face is moved, what was set and is not answered, whether an answer was missed
let ticked = [];                                     // what the next edit will hold: it is ticked, and no edit has begun
// What the generator does not know is kept aside until one draws that does.
const settings = () => ({
  amounts: Object.fromEntries(Object.entries(amounts).filter(([name, amount]) => amount && known.has(name))), lock: locked(), generator,
});
const tick = () => go(trigger, "tick", { ...settings(), seq: next() });
let early = null;                                    // what is set before the first answer, where there is work to bring back
const drawHeld = () => { find("held").textContent = keeping(locked()); };
const commit = (what = "set") => {
  soon.cancel();
  drawHeld();
  busy(true);
  const first = recall();
  remember(settings());
  if (first) { early = settings(); return; }         // asked for by itself, its answer could come for the first one
  due = next();
  go(trigger, "act", { do: what, ...settings(), seq: due });
};
// What the server has not answered is kept by the browser: where the page is loaded anew, as when the connection was
// lost, it is asked for again, unless something else was done there meanwhile.
const UNANSWERED = "limner-unanswered";
let answered = null;                                                       // where all stands by the server's word
const recall = () => answered === null && kept(UNANSWERED);
const onTop = (below, set) => ({ ...set, amounts: { ...below.amounts, ...set.amounts }, lock: [...new Set([...(below.lock || []), ...set.lock])] });
function remember(set) {
  const before = recall();                          // what is set before the first answer comes on top of what is kept
  keep(UNANSWERED, before ? { ...before, set: onTop(before.set, set) } : { answered, set });
}
function hear(value) {
  const unanswered = recall();
  answered = JSON.stringify([value.photo, Object.entries(value.amounts).sort(), value.lock]);
  drop(UNANSWERED);
  return unanswered && unanswered.answered === answered && unanswered.set.generator === generator ? unanswered.set : null;
}
window.addEventListener("pagehide", () => {
  const typed = Object.keys(rows).find((name) => rows[name].number === document.activeElement);
  const amount = typed && read(rows[typed].number);
  if (typed && Number.isFinite(amount) && amount !== amounts[typed]) remember({ ...settings(), amounts: { ...settings().amounts, [typed]: amount } });
});
// Keys come one after another: they are one change when they rest.
const soon = later(() => commit(), 400), commitSoon = soon.start;

const read = (number) => Number(number.value.trim().replace("−", "-").replace(",", ".") || NaN);
const written = (amount) => (amount < 0 ? "−" : "") + Math.abs(amount).toFixed(1);
const rest = (number, amount) => { if (number.value !== written(amount)) number.value = written(amount); number.dataset.rests = number.value; };
function place(name, amount) {
  if (!rows[name]) { amounts[name] = amount; return; }
  const { range, number, reset, row, low, high } = rows[name];
  amount = Math.min(high, Math.max(low, Math.round(amount * 20) / 20)) || 0;
  amounts[name] = amount;
  range.value = amount;
  range.setAttribute("aria-valuetext", written(amount));
  const middle = 50, at = 50 + 50 * amount / Number(range.max);
  range.style.setProperty("--from", `${Math.min(middle, at)}%`);
  range.style.setProperty("--to", `${Math.max(middle, at)}%`);
  if (document.activeElement !== number || number.dataset.rests === number.value) rest(number, amount);  // what is half typed stays
  reset.disabled = amount === 0;
  row.classList.toggle("moved", amount !== 0);
}

// "9.3 years": the number stays, the words are the visitor's.
const inWords = (unit) => [unit.replace(/^(\S+) (.*)$/, (_, number, words) => `${number} ${say(words)}`)];

function drawRow({ name, low, high, unit }) {
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const label = say(name), id = "amount-" + name;
  const range = make("input", {
    type: "range", min: -reach, max: reach, step: 0.05, value: 0, id, "aria-describedby": "limner-unit",
    oninput: () => { place(name, Number(range.value)); tick(); moves++; },
    onpointerdown: () => { dragging = pointed = true; moves = 0; },
    onpointerup: release,
    onpointercancel: release,
    // A single click may be the first of two, which put the slider back.
    onchange: () => { if (pointed && moves > 1) commit(); else commitSoon(); },
    onkeydown: () => { pointed = false; },
    ondblclick: () => { place(name, 0); commit(); },
  });
  const number = make("input", {
    type: "text", inputmode: "decimal", class: "number", value: "0.0", "aria-label": say("value_of", label), title: say("one_unit", ...inWords(unit)),
    onfocus: () => number.select(),
    onchange: () => {
      const typed = read(number);
      place(name, Number.isFinite(typed) ? typed : amounts[name]);
      rest(number, amounts[name]);
      commit();
    },
    onkeydown: (event) => {
      const step = { ArrowUp: 0.1, ArrowDown: -0.1 }[event.key];
      if (!step) return;
      event.preventDefault();
      place(name, amounts[name] + step);
      rest(number, amounts[name]);
      tick();
      commitSoon();
    },
  });
  const reset = make("button", {
    type: "button", class: "plain", disabled: true, title: say("reset", label), "aria-label": say("reset", label),
    onclick: () => { place(name, 0); range.focus(); commit(); },
  }, icon("reset"));
  const row = make("div", { class: "setting" }, make("label", { for: id, ondblclick: () => { place(name, 0); commit(); } }, label),
    make("span", { class: "track" }, range), number, reset);
  rows[name] = { range, number, reset, row, low, high };
  place(name, 0);
  return row;
}

// Sliders are drawn anew where another generator has others; those of one that rests stay, and wait.
function drawDirections(directions) {
  if (JSON.stringify(directions) === described) return;
  described = JSON.stringify(directions);
  known = new Set(directions.map((direction) => direction.name));
  for (const name in rows) {
    rows[name].row.toggleAttribute("inert", !known.has(name));
    rows[name].row.title = known.has(name) ? "" : say("generator_lacks");
  }
  if (!directions.length) return;
  const kept = { ...amounts }, closed = new Set([...find("groups").querySelectorAll("details:not([open])")].map((group) => group.dataset.group));
  for (const name in rows) delete rows[name];
  const groups = Map.groupBy ? Map.groupBy(directions, (direction) => direction.group) : directions.reduce((all, direction) => all.set(direction.group, [...(all.get(direction.group) || []), direction]), new Map());
  find("groups").replaceChildren(...[...groups].map(([group, found]) => make("details", { open: !closed.has(group), "data-group": group },
    make("summary", {}, say("group_" + group)), ...found.map(drawRow))));
  for (const name in kept) place(name, kept[name]);
}
drawDirections(props.directions);

for (const region of props.locks) {
  find("locks").append(make("label", { class: "chip" },
    make("input", { type: "checkbox", value: region, onchange: () => commit() }), make("span", {}, say(region))));
}

// About two in three people lie within one unit of the middle: what is drawn at random is as far from it as they are.
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
find("random").addEventListener("click", () => { for (const name in rows) place(name, 0.7 * normal()); commit(); });
find("reset-all").addEventListener("click", () => { for (const name in rows) place(name, 0); commit("reset"); });

// --- which generator draws --------------------------------------------------------------------------------------
const chooser = element.querySelector("#limner-generator"), MORE = "more";
const called = (id) => id.startsWith("own_") ? id : say(id);
chooser.addEventListener("change", () => {
  if (chooser.value === MORE) {
    chooser.value = generator;
    document.dispatchEvent(new CustomEvent("limner:models"));
  } else choose(chooser.value);
});
function choose(id) {
  soon.cancel();
  due = next();
  busy(true);
  // Every slider goes along, those kept aside too: the server takes what this generator knows.
  const all = Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount));
  go(trigger, "act", { do: "choose", ...settings(), amounts: all, generator: id, seq: due });
}

// While it is fitted that is said here, too, in place of the button, and why it cannot be; once it is, it draws as was asked for.
let rests = "";
const sayRests = () => {
  const fit = rests && window.limner.fitting?.[generator], begins = element.querySelector(".generator .strong");
  element.querySelector(".rests").textContent = fit ? fit.said : rests;
  if (begins) begins.hidden = Boolean(fit?.runs);
};
document.addEventListener("limner:fitting", sayRests);

function drawGenerator(value) {
  const ids = value.generators.map((each) => each.id);
  if (rests && !value.seq && value.generators.some((each) => each.id === generator && each.fitted)) return choose(generator);
  if (value.generator) generator = value.generator;
  const options = ids.includes(generator) ? ids : [generator, ...ids];
  chooser.replaceChildren(...options.map((id) => make("option", { value: id }, called(id))), make("option", { value: MORE }, say("generator_more")));
  chooser.value = generator;
  element.querySelector(".generator").hidden = false;
  const absent = value.generator && !value.here, unfitted = value.generator && value.here && !value.fitted;
  rests = absent ? say("generator_absent", called(generator)) : unfitted ? say("generator_unfitted") : "";
  const does = [];
  const ready = value.generators.filter((each) => each.fitted && each.id !== generator);
  if (absent || unfitted) {
    does.push(make("button", { type: "button", class: "button strong", onclick: () => document.dispatchEvent(new CustomEvent("limner:models", { detail: { ids: [generator] } })) }, say(absent ? "generator_get" : "generator_fit")));
    for (const { id } of ready.slice(0, 2)) does.push(make("button", { type: "button", class: "button instead", onclick: () => choose(id) }, say("generator_use", called(id))));
  }
  element.querySelector(".generator .row").replaceChildren(...does);
  sayRests();
  if (value.directions) drawDirections(value.directions);
}

// What was changed here stands until it is answered: what comes before that was asked earlier. Another photograph or face
// has sliders of its own.
watch("value", () => { if (props.value) take(props.value); });
document.addEventListener("limner:unheard", () => { due = 0; });
function release() {
  dragging = false;
  if (missed) setTimeout(() => take(props.value));     // once what the release changes is asked for
}
function take(value) {
  const other = value.photo !== of, mine = due && value.seq >= due;
  missed = !other && dragging;
  if (!other && (dragging || soon.waits() || (due && !mine))) return;
  [of, due] = [value.photo, 0];
  soon.cancel();
  drawGenerator(value);
  find("faceless").hidden = !value.faceless;
  for (const part of ["actions", "groups", "locks"]) find(part).toggleAttribute("inert", Boolean(value.faceless));
  if (mine) ticked = value.lock ? [] : locked();
  const again = hear(value) || (early && onTop(value, early));
  early = null;
  if (!value.seq) for (const name in amounts) if (!rows[name]) delete amounts[name];
  stand(again || value);
  if (again) commit();
}
function stand({ amounts: to = {}, lock = ticked }) {
  for (const name in rows) place(name, to[name] || 0);
  element.querySelectorAll(".locks input").forEach((box) => { box.checked = lock.includes(box.value); });
  drawHeld();
}
if (props.value) drawGenerator(props.value);           // so that nothing moves when the first answer comes
// Another cell is chosen: what is moved before the server has said so is moved from where that one stands.
document.addEventListener("limner:cell", (event) => stand(event.detail));
