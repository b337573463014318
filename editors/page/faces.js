const { go, pieces, say, fill, make, icon, next, busy, drawing, photos } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
const dialog = find("faces-dialog"), picture = find("face-picture"), film = find("face-film"), caption = element.querySelector("figcaption");
find("open-faces").append(icon("face"), say("faces_open"));
dialog.querySelector(".close").append(icon("close"));
find("more-seeds").append(icon("plus"), say("faces_more"));

const state = { way: "one", slot: "a", a: { seed: 1 }, b: { seed: 2 }, truncation: 0.7, layers: [4, 7], drawn: {}, from: 0, read: {} };
const GALLERY = 8;
let asked = 0, filming = 0, listing = 0, reading = null, waiting;

const recipe = () => ({
  a: state.a, truncation: state.truncation,
  ...(state.way === "one" ? {} : { b: state.b }),
  ...(state.way === "mix" ? { layers: state.layers } : {}),
});

// --- the face -------------------------------------------------------------------------------------------------------
const working = (on) => { find("frame").classList.toggle("working", on); dialog.setAttribute("aria-busy", String(on)); };
const nameOf = ({ seed, cell, name }) => name ?? (seed !== undefined ? say("seed", seed) : cell ? say("cell", cell) : say("my_photo"));
function said() {
  if (state.way === "one") return nameOf(state.a);
  if (state.way === "mix") return say("mixed_of", nameOf(state.a), nameOf(state.b), state.layers[0], state.layers[1]);
  return say("between", nameOf(state.a), nameOf(state.b));
}
function draw(pause = 120) {
  clearTimeout(waiting);
  stop();                                                 // a film that is being made would be one of other faces
  film.hidden = find("save-film").hidden = true;
  picture.hidden = false;
  caption.textContent = said();
  picture.alt = said();
  const known = state.way !== "mix" && state.a.seed !== undefined && state.drawn[state.a.seed];
  if (known) {
    picture.src = known;
    asked = 0;
    return working(false);
  }
  working(true);
  waiting = setTimeout(() => {
    asked = next();
    go(trigger, "ask", { ...recipe(), film: state.way === "film", seq: asked });
  }, pause);
}

// --- whose it is ----------------------------------------------------------------------------------------------------
const ways = ["one", "mix", "film"].map((name) => make("label", { class: "chip" }, make("input", {
  type: "radio", name: "limner-faces-way", value: name, onchange: () => { state.way = name; if (name === "one") state.slot = "a"; arrange(); draw(); },
}), make("span", {}, say("faces_" + name))));
find("ways").append(...ways);

const slots = Object.fromEntries(["a", "b"].map((slot) => {
  const sourceOf = { seed: () => ({ seed: Number(seed.value) || 0 }), read: () => state.read[slot] };
  const kind = make("select", { "aria-label": say("face_from", slot.toUpperCase()), onchange: () => set(slot, sourceOf[kind.value]?.() || { cell: Number(kind.value) }) });
  const seed = make("input", { type: "number", class: "seed-of", min: 0, max: props.most_seed, step: 1, "aria-label": say("seed_of", slot.toUpperCase()), onchange: () => set(slot, { seed: Math.min(props.most_seed, Math.max(0, Math.round(Number(seed.value) || 0))) }) });
  const dice = make("button", { type: "button", class: "plain", title: say("random"), "aria-label": say("random_of", slot.toUpperCase()), onclick: () => set(slot, { seed: Math.floor(Math.random() * 100000) }) }, icon("random"));
  const choose = make("input", { type: "radio", name: "limner-faces-slot", value: slot, "aria-label": say("gallery_into", slot.toUpperCase()), onchange: () => { state.slot = slot; arrange(); } });
  const file = make("input", { type: "file", id: "face-file-" + slot, accept: photos, hidden: true, onchange: () => { read(slot, file.files[0]); file.value = ""; } });
  const open = make("button", { type: "button", class: "plain other-photo", title: say("other_photo_of", slot.toUpperCase()), "aria-label": say("other_photo_of", slot.toUpperCase()), onclick: () => file.click() }, icon("open"));
  const row = make("div", { class: "slot", "data-slot": slot }, make("label", { class: "chip letter" }, choose, make("span", {}, slot.toUpperCase())), kind, seed, dice, open, file);
  return [slot, { row, kind, seed, dice, choose, file }];
}));
find("slots").append(slots.a.row, slots.b.row);
function set(slot, source) {
  if (reading?.slot === slot) reading = null;             // something else is meant by now
  state[slot] = source;
  state.slot = slot;
  arrange();
  draw();
}
// The notebook's pictures, as they are called in its strip.
function sources() {
  const cells = [...document.querySelectorAll("#cells .cell .card[data-key^=card]")].map((card) => card.getAttribute("aria-label"));
  return [["seed", say("by_seed")], [0, say("my_photo")], ...cells.map((label, index) => [index + 1, label])];
}

// --- a face of another photograph: what is read of it is kept here alone -----------------------------------------------
const NAME = 40;
async function read(slot, file) {
  if (!file) return;
  const mine = reading = { slot, seq: next(), name: file.name.replace(/\.[^.]*$/, "").slice(0, NAME) };
  caption.textContent = say("opening", file.name);
  working(true);
  const encoded = await drawing.base64(file);
  if (reading === mine) go(trigger, "read", { file: encoded, seq: mine.seq });
}
function refuse(name, why) {
  reading = null;
  caption.textContent = `${name}: ${why}`;
  working(Boolean(asked));
}
document.addEventListener("limner:too-large", ({ detail: { id, name, most } }) => { if (id?.startsWith("face-file")) caption.textContent = say("too_large", name, most); });
const rowAt = (event) => event.target.closest?.("[data-slot]");
const mark = (row) => dialog.querySelectorAll("[data-slot]").forEach((each) => each.classList.toggle("dropping", each === row));
dialog.addEventListener("dragover", (event) => { event.preventDefault(); event.stopPropagation(); mark(rowAt(event) || slots[state.slot].row); });
dialog.addEventListener("dragleave", (event) => { if (!dialog.contains(event.relatedTarget)) mark(null); });
dialog.addEventListener("drop", (event) => {
  event.preventDefault();
  event.stopPropagation();
  mark(null);
  const given = new DataTransfer(), { file } = slots[rowAt(event)?.dataset.slot || state.slot];
  if (!event.dataTransfer.files[0]) return;
  given.items.add(event.dataTransfer.files[0]);
  file.files = given.files;
  file.dispatchEvent(new Event("change", { bubbles: true }));       // as one that is chosen, that is too large or not
});
document.addEventListener("limner:forget", () => {
  Object.assign(state, { read: {}, a: state.a.code ? { seed: 1 } : state.a, b: state.b.code ? { seed: 2 } : state.b });
});

// --- settings -------------------------------------------------------------------------------------------------------
const truncation = drawing.slider("truncation", { min: 0, max: props.most_truncation, step: 0.05, value: state.truncation, written: (value) => value.toFixed(2) }, () => {});
truncation.title = say("truncation_help");
truncation.range.addEventListener("change", () => { state.truncation = Number(truncation.range.value); state.drawn = {}; list(state.from); draw(); });
find("truncation-here").append(truncation);

const last = props.layers - 1, PRESETS = [["layers_coarse", 0, 3], ["layers_middle", 4, Math.min(7, last)], ["layers_fine", 8, last]].filter(([, first]) => first <= last);
find("presets").append(...PRESETS.map(([name, first, final]) => make("button", {
  type: "button", class: "button preset", onclick: () => { state.layers = [first, final]; arrange(); draw(); },
}, say(name))));
const ends = ["layer_first", "layer_last"].map((name, end) => {
  const row = drawing.slider(name, { min: 0, max: last, value: state.layers[end] }, () => {});
  row.range.addEventListener("change", () => {
    state.layers[end] = Number(row.range.value);
    state.layers[1 - end] = end ? Math.min(...state.layers) : Math.max(...state.layers);
    arrange();
    draw();
  });
  find("layer-rows").append(row);
  return row;
});

const length = drawing.slider("film_length", { min: props.seconds[0], max: props.seconds[1], step: 0.1, value: 2.4, written: (value) => say("seconds", value.toFixed(1)) }, () => {});
find("length-here").append(length);

function arrange() {
  ways.forEach((chip) => { chip.firstChild.checked = chip.firstChild.value === state.way; });
  for (const [slot, { row, kind, seed, dice, choose }] of Object.entries(slots)) {
    row.hidden = slot === "b" && state.way === "one";
    row.classList.toggle("single", state.way === "one");
    choose.checked = state.slot === slot;
    const known = sources();
    if (state[slot].cell >= known.length - 1) state[slot] = { cell: 0 };
    if (state.read[slot]) known.push(["read", state.read[slot].name]);
    kind.replaceChildren(...known.map(([value, label]) => make("option", { value }, label)));
    kind.value = state[slot].code ? "read" : state[slot].cell ?? "seed";
    seed.hidden = dice.hidden = state[slot].seed === undefined;
    if (state[slot].seed !== undefined) seed.value = state[slot].seed;
  }
  find("read-once").hidden = !(state.a.code || (state.b.code && state.way !== "one"));
  find("layers-of").hidden = state.way !== "mix";
  find("film-of").hidden = state.way !== "film";
  find("use-face").hidden = state.way === "film";
  // Photographs between which nothing is drawn know no truncation.
  truncation.hidden = state.a.seed === undefined && (state.way === "one" || state.b.seed === undefined);
  ends.forEach((row, end) => row.set(state.layers[end]));
  find("presets").querySelectorAll("button").forEach((button, index) =>
    button.setAttribute("aria-pressed", String(PRESETS[index][1] === state.layers[0] && PRESETS[index][2] === state.layers[1])));
  const chosen = state[state.slot].seed;
  find("seeds").querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed", String(Number(button.dataset.seed) === chosen)));
}

// --- the gallery ----------------------------------------------------------------------------------------------------
function list(from) {
  state.from = from;
  const seeds = [...Array(GALLERY)].map((_, index) => from + index + 1), wanted = seeds.filter((seed) => !state.drawn[seed]);
  show(seeds);
  if (!wanted.length) return;
  listing = next();
  go(trigger, "list", { seeds: wanted, truncation: state.truncation, seq: listing });
}
const show = (seeds) => {
  find("seeds").replaceChildren(...seeds.map((seed) => make("li", {}, make("button", {
    type: "button", class: "result", "data-seed": seed, "aria-label": say("seed", seed), "aria-pressed": String(state[state.slot].seed === seed),
    onclick: () => set(state.slot, { seed }),
  }, make("img", { ...(state.drawn[seed] ? { src: state.drawn[seed] } : {}), alt: "", draggable: "false" }), make("span", {}, say("seed", seed))))));
};
find("more-seeds").addEventListener("click", () => list(state.from + GALLERY));

// --- the film -------------------------------------------------------------------------------------------------------
const running = (on) => { find("filming").hidden = !on; find("make-film").hidden = on; if (!on) filming = 0; };
find("make-film").addEventListener("click", () => {
  running(true);
  find("filming").firstChild.value = 0;
  film.hidden = find("save-film").hidden = true;
  picture.hidden = false;
  filming = next();
  const sent = { ...recipe(), seconds: Number(length.range.value), back: find("back").checked, seq: filming };
  work.begin(filming, () => go(trigger, "film", sent));
});
const work = pieces(() => go(trigger, "stop"));
const stop = () => { if (filming) { work.end(); running(false); } };
find("stop-film").addEventListener("click", stop);
document.addEventListener("limner:unheard", () => { running(false); working(false); asked = 0; reading = null; });
let url = null;
function play(mp4) {
  running(false);
  if (url) URL.revokeObjectURL(url);
  url = URL.createObjectURL(new Blob([Uint8Array.from(atob(mp4), (letter) => letter.charCodeAt(0))], { type: "video/mp4" }));
  film.poster = picture.src;
  film.src = url;
  film.hidden = false;
  film.setAttribute("aria-label", said());
  picture.hidden = true;
  film.play().catch(() => {});                          // where nothing may play by itself, its controls are there
  const link = find("save-film"), word = ({ seed, cell, name }) => name ?? seed ?? "photo" + (cell || "");
  link.href = url;
  link.download = `morph-${word(state.a)}-${word(state.b)}.mp4`;
  link.hidden = false;
  caption.textContent = say("film_ready", said());
}
find("save-film").append(icon("download"), say("save_film"));

// --- opening, closing, using ----------------------------------------------------------------------------------------
find("open-faces").addEventListener("click", () => { dialog.showModal(); arrange(); draw(0); list(state.from); });
dialog.querySelector(".close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => { stop(); film.pause(); });
find("use-face").addEventListener("click", () => { dialog.close(); busy(true); go(trigger, "use", { ...recipe(), seq: next() }); });

watch("value", () => {
  const value = props.value;
  if (!value) return;
  if (value.film !== undefined || value.mp4 || value.stopped) work.heard(value.seq);
  if (value.faces && value.asked === listing) {
    for (const { seed, url: drawn } of value.faces) {
      state.drawn[seed] = drawn;
      const seen = find("seeds").querySelector(`[data-seed="${seed}"] img`);
      if (seen) seen.src = drawn;
    }
    if (picture.hidden === false && state.way !== "mix" && state.drawn[state.a.seed] && asked && !filming) draw();
  } else if (value.code && value.seq === reading?.seq) {
    const { slot, name } = reading;
    set(slot, state.read[slot] = { code: value.code, name });
  } else if (value.picture && value.seq === asked) {
    picture.src = value.picture;
    asked = 0;
    working(false);
  } else if (value.film !== undefined && value.seq === filming) find("filming").firstChild.value = value.film;
  else if (value.mp4 && value.seq === filming) play(value.mp4);
  else if (value.stopped && value.seq === reading?.seq) refuse(reading.name, value.why);
  else if (value.stopped && [asked, filming, listing].includes(value.seq)) {
    caption.textContent = value.why;
    if (value.seq === filming) running(false);
    if (value.seq !== asked) return;
    working(false);
    picture.removeAttribute("src");                       // what was seen there is another face
    picture.alt = "";
    asked = 0;
  }
});
