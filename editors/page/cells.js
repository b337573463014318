const { go, asked, say, keeping, fill, make, icon, onKey, busy } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
for (const name of ["undo", "redo"]) find(name).append(icon(name));
find("fork").append(icon("branch"), make("span", {}, say("branch")));

let said = true, seen = { cells: [], branches: 0 };
const act = (what, more = {}) => { said = false; following = null; busy(true); go(trigger, "act", { do: what, ...more }); };
// What is pressed is meant of what is seen, wherever that will be once what was asked before is done.
const MOVES = {
  remove: ({ cells }, { at }) => cells.splice(at, 1),
  duplicate: ({ cells }, { at }) => cells.splice(at + 1, 0, null),
  move: ({ cells }, { at, to }) => cells.splice(to, 0, ...cells.splice(at, 1)),
  show_branch: ({ cells }) => cells.fill(null),
  close_branch: ({ cells, branches }, { at }) => { cells.fill(null); branches.splice(at, 1); },
};
const asSeen = () => ({ cells: [...seen.cells.keys()], branches: [...Array(seen.branches).keys()] });
let unanswered = [], answered = 0, stand = asSeen();                // what was seen where, in the places that it will have
function actOn(list, index, what, more = () => ({})) {
  const at = stand[list].indexOf(index);
  if (at < 0) return null;                            // it is gone by then
  const sent = { at, ...more(at) };
  act(what, sent);
  unanswered.push({ what, sent, ask: asked() });
  MOVES[what]?.(stand, sent);
  return at;
}
const move = (index, by) => actOn("cells", index, "move", (at) => ({ to: Math.min(Math.max(at + by, 0), stand.cells.length - 1) }));
// Sees what is answered; returns where what was seen until now stands in it.
function see(value) {
  const moved = asSeen();
  unanswered = unanswered.filter(({ what, sent, ask }) => value.ask < ask || void MOVES[what]?.(moved, sent));
  [seen, answered] = [value, Math.min(value.ask, asked())];
  stand = asSeen();
  for (const { what, sent } of unanswered) MOVES[what]?.(stand, sent);
  return moved.cells;
}
document.addEventListener("limner:unheard", () => { unanswered = []; stand = asSeen(); });
find("undo").addEventListener("click", () => act("undo"));
find("redo").addEventListener("click", () => act("redo"));
find("fork").addEventListener("click", () => act("fork"));
const held = (event) => event.ctrlKey || event.metaKey;
// While something is unanswered it is not known whether there is anything to undo: the server knows.
const step = (name) => { if (!find(name).disabled || answered < asked()) act(name); };
onKey((e) => held(e) && e.key.toLowerCase() === "z" && !e.shiftKey, () => step("undo"));
onKey((e) => held(e) && (e.key.toLowerCase() === "y" || (e.key.toLowerCase() === "z" && e.shiftKey)), () => step("redo"));
// The buttons under the picture go back where the keys would: strokes that are not in the notebook yet come first.
function drawSteps() {
  const surface = [window.limner.sketch, window.limner.masks].find((each) => each?.active);
  document.querySelector("#viewer .undo").disabled = find("undo").disabled && !(surface?.past.length > surface?.kept);
  document.querySelector("#viewer .redo").disabled = find("redo").disabled && !surface?.future.length;
}
document.addEventListener("limner:strokes", drawSteps);

const signed = (number) => (number > 0 ? "+" : "−") + Math.abs(number).toFixed(1).replace(/\.0$/, "");
function title(cell) {
  if (cell.settings.amount !== undefined && cell.settings.method) {
    const named = cell.settings.name || `${say("method_" + cell.settings.method)} ${cell.settings.index + 1}`;
    return cell.settings.amount ? `${named} ${signed(cell.settings.amount)}` : `${named}: ${say("no_change")}`;
  }
  const amounts = Object.entries(cell.settings.amounts || {}).filter(([, amount]) => amount !== 0);
  amounts.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  if (!amounts.length) return cell.settings.amounts ? keeping(cell.settings.lock) || say("no_change") : say(cell.kind);
  const [name, amount] = amounts[0];
  return `${say(name)} ${signed(amount)}` + (amounts.length > 1 ? ` · ${say("more", amounts.length - 1)}` : "");
}

const stands = (settings) => document.dispatchEvent(new CustomEvent("limner:cell", { detail: settings }));
function choose(index, { settings }) {
  const at = actOn("cells", index, "select");
  if (at === null) return;
  following = at;
  stands(settings);
}
const called = (cell, index) => `${say("cell", index + 1)}: ${title(cell)}${cell.enabled ? "" : ", " + say("off")}`;

let dragged = null;
function drawCell(cell, index, value) {
  const selected = index === value.selected, last = value.cells.length - 1, on = (what) => () => actOn("cells", index, what);
  const small = (name, drawn, what, onclick = on(what), disabled) => make("button", {
    type: "button", class: "plain " + what, title: say(name), "aria-label": say(name), disabled, "data-key": drawn + index, "data-once": what === "duplicate", onclick,
  }, icon(drawn));
  const card = make("button", {
    type: "button", class: "card", "aria-pressed": String(selected), "data-key": "card" + index, title: title(cell),
    "aria-label": called(cell, index),
    onclick: () => choose(index, cell),
    onkeydown: (event) => {
      if (event.altKey && event.key === "ArrowLeft") move(index, -1);
      else if (event.altKey && event.key === "ArrowRight") move(index, 1);
      else if (["Delete", "Backspace"].includes(event.key)) actOn("cells", index, "remove");
      else return;
      event.preventDefault();
    },
  }, make("img", { src: cell.thumb, alt: "", draggable: "false" }), make("span", { class: "name" }, title(cell)));
  return make("li", {
    class: `cell${selected ? " selected" : ""}${cell.enabled ? "" : " off"}`, draggable: "true",
    ondragstart: (event) => { dragged = index; event.dataTransfer.effectAllowed = "move"; },
    ondragover: (event) => { if (dragged !== null) event.preventDefault(); },
    ondrop: (event) => { event.preventDefault(); if (dragged !== null && dragged !== index) move(dragged, index - dragged); dragged = null; },
    ondragend: () => { dragged = null; },
  }, card, make("div", { class: "bar", role: "group", "aria-label": say("cell", index + 1) },
    small(cell.enabled ? "switch_off" : "switch_on", "power", "switch"),
    small("earlier", "earlier", "move", () => move(index, -1), index === 0),
    small("later", "later", "move", () => move(index, 1), index === last),
    small("duplicate", "duplicate", "duplicate", on("duplicate")),
    small("delete", "delete", "remove")));
}

function drawBranches(value) {
  const tabs = [];
  for (let index = 0; value.branches > 1 && index < value.branches; index++) {
    tabs.push(make("span", { role: "presentation", class: "branch" + (index === value.branch ? " selected" : "") },
      make("button", { type: "button", role: "tab", "aria-selected": String(index === value.branch), "data-key": "branch" + index,
        onclick: () => actOn("branches", index, "show_branch") }, say("branch_number", index + 1)),
      make("button", { type: "button", class: "plain", "data-once": true, title: say("close_branch", index + 1), "aria-label": say("close_branch", index + 1),
        onclick: () => actOn("branches", index, "close_branch") }, icon("close"))));
  }
  find("branches").replaceChildren(...tabs);
  find("branches").hidden = !tabs.length;
}

function draw(value) {
  const more = "photo" in seen && value.cells.length > seen.cells.length, places = see(value);
  const key = element.contains(document.activeElement) && document.activeElement.dataset.key?.replace(/(?<!branch)\d+$/, (index) => {
    const at = places.indexOf(Number(index));
    return at < 0 ? index : at;                         // what is gone is followed by what comes after it
  });
  find("undo").disabled = !value.undo;
  find("redo").disabled = !value.redo;
  const back = value.back ? say("undo_opening", value.back) : say("undo");
  find("undo").title = back;
  find("undo").setAttribute("aria-label", back);
  drawSteps();
  find("fork").disabled = !value.cells.length;
  drawBranches(value);
  const photo = make("li", { class: "cell photo" }, make("div", { class: "card" },
    make("img", { src: value.photo, alt: "" }), make("span", { class: "name" }, say("original"))));
  const fresh = make("li", { class: "cell fresh" + (value.selected === null ? " selected" : "") }, make("button", {
    type: "button", class: "card", title: say("new_cell_help"), "data-key": "fresh", disabled: !value.cells.length,
    "aria-pressed": String(value.selected === null), onclick: () => { act("select", { at: null }); stands({}); },
  }, icon("plus"), make("span", { class: "name" }, say("new_cell"))));
  find("strip").replaceChildren(photo, ...value.cells.map((cell, index) => drawCell(cell, index, value)), fresh);
  element.dataset.cells = value.cells.length;
  // What had the keyboard keeps it, or what is chosen in its stead takes it; and where that leads is said.
  const heir = element.querySelector(`[data-key="${key}"]:not(:disabled)`) || element.querySelector(".selected button.card");
  if (key) heir?.focus({ preventScroll: true });
  const at = value.cells[value.selected];
  const count = value.cells.length;
  said &&= !more;
  if (!said && !(value.ask < asked())) {
    said = true;
    find("spoken").textContent = at ? `${called(at, value.selected)} · ${say("result_of", value.selected + 1, count)}` : say(count ? "new_cell" : "original");
  }
  const strip = find("strip"), chosen = strip.querySelector(".selected");
  if (chosen) strip.scrollTo({ left: chosen.offsetLeft - strip.clientWidth / 2 });
}

// The tab of the cell that is chosen comes forward: when it is clicked and the answer is here, and after a reload.
let following = true;
function follow(value) {
  const chosen = value.cells[value.selected];
  if (following !== true && following !== value.selected) return;
  if (chosen) document.querySelector(`#tabs [data-tab-id="${chosen.kind.split(".")[0]}"][aria-selected=false]`)?.click();
  following = null;
}
watch("value", () => {
  if (!props.value) return;
  draw({ ...props.value, ask: props.value.ask || Infinity });
  follow(props.value);
});
