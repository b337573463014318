const { go, say, fill, make, icon, next, busy } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
find("random").append(icon("random"), say("random"));
find("reset-all").append(icon("reset"), say("reset_all"));

const amounts = {}, rows = {};
let last = 0, dragging = false, pointed = false, moves = 0, waiting;
const locked = () => [...element.querySelectorAll(".locks input:checked")].map((box) => box.value);
const settings = () => ({ amounts: Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount)), lock: locked() });
const tick = () => { last = next(); go(trigger, "tick", { ...settings(), seq: last }); };
const commit = () => {
  clearTimeout(waiting);
  last = next();
  busy(true);
  go(trigger, "act", { do: "set", ...settings(), seq: last });
};
// Keys come one after another: they are one change when they rest.
const commitSoon = () => { clearTimeout(waiting); waiting = setTimeout(commit, 400); };

const written = (amount) => (amount < 0 ? "−" : "") + Math.abs(amount).toFixed(1);
function place(name, amount) {
  const { range, number, reset, row, low, high } = rows[name];
  amount = Math.min(high, Math.max(low, Math.round(amount * 20) / 20)) || 0;
  amounts[name] = amount;
  range.value = amount;
  range.setAttribute("aria-valuetext", written(amount));
  const middle = 50, at = 50 + 50 * amount / Number(range.max);
  range.style.setProperty("--from", `${Math.min(middle, at)}%`);
  range.style.setProperty("--to", `${Math.max(middle, at)}%`);
  if (document.activeElement !== number) number.value = written(amount);
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
    onpointerup: () => { dragging = false; },
    onpointercancel: () => { dragging = false; },
    // A single click may be the first of two, which put the slider back.
    onchange: () => { if (pointed && moves > 1) commit(); else commitSoon(); },
    onkeydown: () => { pointed = false; },
    ondblclick: () => { place(name, 0); commit(); },
  });
  const number = make("input", {
    type: "text", inputmode: "decimal", class: "number", value: "0.0", "aria-label": say("value_of", label), title: say("one_unit", ...inWords(unit)),
    onfocus: () => number.select(),
    onchange: () => {
      const typed = Number(number.value.replace("−", "-").replace(",", "."));
      place(name, Number.isFinite(typed) ? typed : amounts[name]);
      number.value = written(amounts[name]);
      commit();
    },
    onkeydown: (event) => {
      const step = { ArrowUp: 0.1, ArrowDown: -0.1 }[event.key];
      if (!step) return;
      event.preventDefault();
      place(name, amounts[name] + step);
      number.value = written(amounts[name]);
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

const groups = new Map();
for (const direction of props.directions) {
  if (!groups.has(direction.group)) groups.set(direction.group, []);
  groups.get(direction.group).push(direction);
}
for (const [group, directions] of groups) {
  find("groups").append(make("details", { open: true }, make("summary", {}, say("group_" + group)), ...directions.map(drawRow)));
}
for (const region of props.locks) {
  find("locks").append(make("label", { class: "chip" },
    make("input", { type: "checkbox", value: region, onchange: commit }), make("span", {}, say(region))));
}

// About two in three people lie within one unit of the middle: what is drawn at random is as far from it as they are.
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
find("random").addEventListener("click", () => { for (const name in rows) place(name, 0.7 * normal()); commit(); });
find("reset-all").addEventListener("click", () => { for (const name in rows) place(name, 0); commit(); });

watch("value", () => {
  const value = props.value;
  if (!value || dragging || (value.seq && value.seq < last)) return;
  clearTimeout(waiting);
  for (const name in rows) place(name, value.amounts[name] || 0);
  element.querySelectorAll(".locks input").forEach((box) => { box.checked = value.lock.includes(box.value); });
});
