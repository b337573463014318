const { go, waiting, say, fill, make, icon, next, busy, drawing } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);

// --- what is seen: the colours of the labels, their borders firm ----------------------------------------------------
const COLOURS = props.labels.map(({ colour }) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
function paint(out, [x0, y0, x1, y1], { layers: { labels }, width, height, reach, opacity }) {
  const rgba = new Uint8Array(out.buffer);
  for (let y = y0, o = 0; y < y1; y++) {
    for (let x = x0; x < x1; x++, o += 4) {
      const label = labels[y * width + x], right = labels[y * width + Math.min(width - 1, x + reach)], below = labels[Math.min(height - 1, y + reach) * width + x];
      const border = label !== right || label !== below;
      if (!label && !border) continue;
      const [r, g, b] = COLOURS[label || right || below];
      rgba[o] = r;
      rgba[o + 1] = g;
      rgba[o + 2] = b;
      rgba[o + 3] = 255 * opacity.labels * (border ? 1 : 0.62);
    }
  }
}

const surface = window.limner.masks = drawing.create({ label: "masks_canvas", layers: { labels: 1 }, paint });
const state = { cell: null, label: 13 };
let settings = null, sought = 0;
const ask = (what) => {
  const seq = sought = next();
  busy(true, what.do === "layers" ? say("labels_coming") : "", "labels");
  go(trigger, "ask", { ...what, seq });
  return seq;
};
const act = (what) => { busy(true); go(trigger, "act", { ...what, seq: next() }); };

// --- tools and palette ----------------------------------------------------------------------------------------------
const panel = drawing.tools(surface, {
  layers: [{ name: "labels", tools: ["brush", "eraser", "fill", "dropper"], size: 52, opacity: 0.8, value: () => state.label }],
  clearing: "clear_labels",
  load: async (name, file) => ask({ do: "import", file: await drawing.base64(file) }),
  save: (name) => surface.save(name, `${state.name}-labels.png`, state.full, Uint8Array.from(COLOURS.flat())),
});
find("tools-here").append(panel);
const KEYS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "m", "u", "l", "h", "t", "r", "k", "n", "c"];
const swatches = props.labels.map(({ name, colour }, id) => make("label", { class: "chip", title: `${say(name)} (${KEYS[id].toUpperCase()})` },
  make("input", { type: "radio", name: "limner-label", value: id, "aria-keyshortcuts": KEYS[id].toUpperCase(), onchange: () => choose(id) }),
  make("span", {}, make("i", { style: `--colour:${colour}` }), say(name), make("kbd", { "aria-hidden": "true" }, KEYS[id].toUpperCase()))));
find("palette").append(...swatches.map((swatch) => make("li", { role: "presentation" }, swatch)));
function choose(id) {
  state.label = surface.tool.value = id;
  swatches[id].firstChild.checked = true;
  if (["eraser", "dropper"].includes(surface.tool.name)) panel.use("brush");
}
choose(state.label);
const usual = surface.pressed;
surface.pressed = (key) => { if (usual(key)) return true; const id = KEYS.indexOf(key); if (id >= 0) choose(id); return id >= 0; };
surface.picked = choose;
surface.moved = () => panel.refresh();
surface.note = () => ({ place: state.place });

// On every release the face follows; what is painted meanwhile goes as soon as the answer is here, or something else is
// asked: labels are those of the face and the cell that they were painted for.
const unsent = () => (state.again ? paintNow() : state.number);
function commit() {
  if (surface.shut) return surface.shut();
  if (state.faceless) return;                          // there is no face that would follow
  waiting.add(unsent);
  if (state.sending === undefined) paintNow();
  else state.again = true;
}
function paintNow() {
  Object.assign(state, { sending: surface.past.length, again: false, number: next() });
  const asked = { do: "paint", seq: state.number, photo: surface.photo };
  busy(true);
  drawing.pack(surface.layers.labels).then((labels) => {
    waiting.delete(unsent);
    go(trigger, "act", { ...asked, drawing: { labels } });
    if (state.again) waiting.add(unsent);
  });
  return asked.seq;
}
surface.ended = commit;
surface.stepped = commit;
// Until the labels are here there is nothing to paint on.
let opens = () => {};
const open = () => { surface.shut = null; opens(true); };
const close = () => { surface.shut = () => { if (!state.asked && surface.photo) fetchLabels(state.wanted, true); }; };
function fetchLabels(cell, pressed) {
  state.asked = state.wanted = cell;
  close();
  state.fetching = ask({ do: "layers", pressed });
}
// Where there is no face, labels come from a file, and a face is drawn from them alone.
const help = (faceless, imported) => {
  Object.assign(state, { faceless, imported });
  find("help").textContent = say(!faceless ? "masks_help" : imported ? "labels_alone_help" : "masks_faceless");
  find("palette").inert = find("draw-face").disabled = Boolean(faceless && !imported);
  for (const part of find("masks").querySelectorAll(":scope > details:not(.alone)")) part.hidden = Boolean(faceless);
  if (faceless) find("alone").open = true;
};
surface.leaving = (number) => { state.left = number; close(); };
const left = ({ seq }) => seq < state.left;             // asked before another face was: nobody paints on its labels
surface.unheard = () => { state.sending = state.asked = undefined; answered(); opens(false); };

// --- parts: placed from the library, or the chosen label moved; one after another, under what is painted meanwhile ----
let placed = Promise.resolve(), placing = null, answered = () => {};
// What is chosen while the labels of a face come is done once they are here: whether they are, and still that face's.
async function come() {
  if (!surface.photo) return false;
  const { photo } = surface, face = state.left;
  surface.shut();
  return await new Promise((resolve) => { opens = resolve; setTimeout(resolve, 20000); }) && surface.photo === photo && state.left === face;
}
const part = (what) => { placed = placed.then(() => place(what)); };
async function place(what) {
  if (surface.shut && !await come()) return;
  const photo = surface.photo, labels = surface.layers.labels.slice(), packed = await drawing.pack(labels);
  placing = { labels, photo, seq: ask({ do: "part", ...what, photo, drawing: { labels: packed } }) };
  await new Promise((resolve) => { answered = resolve; setTimeout(resolve, 20000); });
}
async function put(imported) {
  const to = await drawing.unpack(imported);
  surface.replace("labels", surface.layers.labels.map((label, at) => (to[at] === placing.labels[at] ? label : to[at])));
  surface.settle();
}
find("shape").append(make("option", { value: "" }, say("choose_shape")), ...Object.entries(props.shapes).map(([kind, shapes]) => make("optgroup", { label: say("kind_" + kind) },
  ...shapes.map((shape) => make("option", { value: `${kind} ${shape}` }, say("shape_" + shape))))));
find("shape").addEventListener("change", ({ target }) => { if (target.value) part({ shape: target.value }); target.value = ""; });
const ICONS_OF = { left: "earlier", right: "later", up: "earlier", down: "earlier", larger: "plus", smaller: "minus", mirror: "wipe", remove: "delete" };
find("part-row").append(...[...props.ways, "remove"].map((way) => make("button", {
  type: "button", class: `plain turn-${way}`, title: say("part_" + way), "aria-label": say("part_" + way), onclick: () => part({ label: state.label, way }),
}, icon(ICONS_OF[way]))));

// --- style ----------------------------------------------------------------------------------------------------------
const sliders = {};
for (const [name, { low, high, value }] of Object.entries(props.settings)) {
  const row = drawing.slider("masks_" + name, { min: low, max: high, step: 0.05, value, written: (at) => at.toFixed(2) }, () => {});
  row.range.addEventListener("change", () => style({ [name]: Number(row.range.value) }));
  find("adjust").append(sliders[name] = row);
}
const style = (chosen) => act({ do: "style", settings: chosen });
const chosen = Object.fromEntries(Object.entries(props.choices).map(([name, values]) => {
  const select = make("select", { class: name, onchange: () => choice(name, select.value) }, ...values.map((value) => make("option", { value }, say(name + "_" + value))));
  find("choices").append(make("label", { class: "choice" }, make("span", {}, say(name)), select));
  return [name, select];
}));
const parserName = (id) => id.startsWith("own_") ? id.slice(4) : say("parser_" + id);
// A parser that is not here yet is offered for fetching; until then the one that was read with stays chosen.
function choice(name, value) {
  if (name === "parser" && !state.here.includes(value)) {
    chosen.parser.value = settings.parser;
    return document.dispatchEvent(new CustomEvent("limner:models", { detail: { ids: [value] } }));
  }
  style({ [name]: value });
}
find("choose-reference").append(icon("open"), say("choose_reference"));
find("choose-reference").addEventListener("click", () => find("reference-file").click());
find("reference-file").addEventListener("change", async ({ target }) => {
  if (target.files[0]) act({ do: "reference", file: await drawing.base64(target.files[0]) });
  target.value = "";
});
find("drop-reference").append(icon("close"));
find("drop-reference").addEventListener("click", () => style({ reference: null }));
const boxes = props.styles.map((region) => make("input", { type: "checkbox", value: region, onchange: () => style({ regions: boxes.filter((box) => box.checked).map((box) => box.value) }) }));
find("regions").append(...boxes.map((box) => make("label", { class: "chip" }, box, make("span", {}, say(box.value)))));
const wells = Object.fromEntries(props.styles.map((region) => [region, make("input", {
  type: "color", "aria-label": say("colour_of", say(region)), onchange: ({ target }) => style({ colours: { ...settings.colours, [region]: target.value } }),
})]));
find("colours").append(...Object.entries(wells).map(([region, well]) => make("label", {}, well, make("span", {}, say(region)))));
const seed = () => Math.floor(Math.random() * 2 ** 31);
find("restyle").append(icon("random"), say("restyle_part"));
find("restyle").addEventListener("click", () => style({ sampled: true, regions: [props.labels[state.label].name], seed: seed(), reference: null }));
find("draw-face").append(icon("random"), say("draw_face"));
find("draw-face").addEventListener("click", async () => act({ do: "draw", seed: seed(), drawing: { labels: await drawing.pack(surface.layers.labels) } }));
find("sample").append(icon("random"), say("sample_style"));
find("sample").addEventListener("click", () => style({ sampled: true, seed: seed(), reference: null }));
find("unstyle").append(icon("reset"), say("unstyle"));
find("unstyle").addEventListener("click", () => style({ sampled: false, colours: {}, regions: [], reference: null }));

function drawSettings() {
  for (const [name, row] of Object.entries(sliders)) row.set(settings[name]);
  const listed = new Set([...chosen.parser.options].map((option) => option.value));
  for (const own of [settings.parser, ...state.here]) if (!listed.has(own)) { listed.add(own); chosen.parser.append(make("option", { value: own })); }
  for (const option of chosen.parser.options) option.textContent = parserName(option.value) + (state.here.includes(option.value) ? "" : " · " + say("not_here"));
  for (const [name, select] of Object.entries(chosen)) select.value = settings[name];
  for (const box of boxes) box.checked = settings.regions.includes(box.value);
  for (const [region, well] of Object.entries(wells)) {
    well.value = settings.colours[region] || state.present?.[region] || "#808080";
    well.parentNode.classList.toggle("chosen", region in settings.colours);
  }
  find("reference").hidden = find("drop-reference").hidden = !settings.reference;
  if (settings.reference) find("reference").src = settings.reference;
}

// --- what the server says -------------------------------------------------------------------------------------------
function whichOrder({ doubt, file }) {
  const dialog = find("order-dialog");
  dialog.querySelector(".note").textContent = say("order_doubt", doubt);
  find("orders").replaceChildren(...[...new Set([doubt, ...props.orders])].map((order) => make("button", {
    type: "button", class: "button" + (order === doubt ? " strong" : ""), onclick: () => { dialog.close(); ask({ do: "import", file, order }); },
  }, order)));
  dialog.showModal();
}
// Labels to paint on: the photograph's, or those of a file.
async function lay(value) {
  help(value.faceless, Boolean(value.imported));
  const base = await drawing.unpack(value.original);
  if (base.length === surface.layers.labels.length) surface.tool.blank = base;
  if (value.imported) {
    if (value.seq !== placing?.seq) await surface.load(value.imported);
    else if (placing.photo === surface.photo) await put(value.imported.labels);
    else return;
    if (value.faceless) open();
    return commit();
  }
  state.present = value.present;
  if (settings) drawSettings();
  await surface.load(value.layers, false);
  surface.begin();
  Object.assign(state, { cell: value.cell, place: value.place });
  if (left(value)) return;
  open();
  if (await surface.recall((note) => note.place === value.place)) commit();      // painted, and not in the notebook yet
}
async function show(value) {
  const here = () => {
    if (!(value.seq < sought)) busy(false, "", "labels");
    if (value.seq === placing?.seq) answered();
  };
  if (value.original && !value.doubt) return lay(value).finally(here);
  if (value.doubt || value.faceless || value.stopped) here();
  if (value.faceless || (value.stopped && value.seq === state.fetching)) opens(false);
  if (value.doubt) return whichOrder(value);
  if (value.faceless && surface.photo) {
    help(true, false);
    Object.assign(state, { cell: value.cell, asked: undefined });
    surface.forget();
  }
  if (value.stopped && value.seq === state.fetching) state.asked = undefined;
  if (!value.photo) return;
  Object.assign(state, { name: value.name, full: value.full, here: value.here });
  if (surface.fit(value.photo, value.width, value.height)) {
    state.cell = state.sending = state.again = undefined;
    waiting.delete(unsent);
    panel.resized();
  }
  settings = value.settings;
  drawSettings();
  surface.reveal(surface.seen !== false);
  surface.rest(value.edited);
  if (value.sent) {
    const refused = !value.painted && value.cell !== state.cell;     // the labels are others by now: it goes on top of those
    if (value.painted) {
      state.cell = value.cell;
      surface.kept = state.sending ?? surface.past.length;
    }
    state.sending = undefined;
    if (state.again) paintNow();
    else if (!refused) surface.journal.drop();
  }
  if (value.cell !== state.cell && state.asked !== value.cell) fetchLabels(value.cell);
  if (value.cell === state.cell && !left(value)) {
    state.asked = undefined;
    if (!state.faceless || state.imported) open();
  }
  panel.refresh();
}

new ResizeObserver(() => surface.activate(element.offsetParent !== null)).observe(element);
// One answer after another: labels are unpacked while the next may be here already.
let shown = Promise.resolve();
const take = (value) => { if (value) shown = shown.catch(() => {}).then(() => show(value)); };
watch("value", () => take(props.value));
take(props.value);
