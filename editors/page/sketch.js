const { go, pieces, say, fill, make, icon, next, busy, drawing } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);

const surface = window.limner.sketch = drawing.create({ label: "sketch_canvas", layers: { hole: 1, lines: 1, colours: 4 }, paint: window.limner.paintSketch });
const state = { cell: null, applied: true, results: [], aside: new Map() };
// Results that are still coming give way to whatever is asked next, and so does what is still made ready to be filled.
const give = () => { if (!find("stop").hidden) halt(); else state.asked = null; };
let sought = 0;
const ask = (what) => { give(); busy(true, "", "sketch"); sought = next(); go(trigger, "ask", { ...what, photo: surface.photo, seq: sought }); };
const found = ({ seq }) => { if (!(seq < sought)) busy(false, "", "sketch"); };
const act = (what) => { give(); busy(true); go(trigger, "act", { ...what, seq: next() }); };

// --- tools ----------------------------------------------------------------------------------------------------------
const colours = window.limner.palette(find("swatches"), surface, () => panel.choose("colours"));
const panel = drawing.tools(surface, {
  layers: [
    { name: "hole", tools: ["brush", "eraser", "fill"], size: 68, opacity: 0.86 },
    { name: "lines", tools: ["brush", "eraser"], size: 22 },
    { name: "colours", tools: ["brush", "eraser", "fill", "dropper"], size: 58, value: colours, opacity: 0.9 },
  ],
  load: async (name, file) => ask({ do: "import", layer: name, file: await drawing.base64(file) }),
  save: (name) => surface.save(name, `${state.name}-${name}.png`, state.full),
});
find("tools-here").append(panel);

const form = window.limner.fillForm(element, props, { surface, state, adjust: () => adjust(), waits: () => waits(), ready: () => ready() });
surface.moved = () => {
  state.applied = surface.past.length <= surface.kept;
  panel.refresh();
  form.draw();
};
surface.note = () => ({ cell: state.cell, applied: state.applied });
surface.leaving = surface.opening = give;
document.addEventListener("limner:cell", give);
surface.unheard = () => { state.asked = state.working = null; running(false); };
const ready = () => {
  const whole = !surface.width || !surface.empty("hole"), drawn = surface.width && (whole || (state.blank && !surface.empty("lines")));
  find("around-lines").hidden = whole || drawn || surface.empty("lines");
  find("no-hole").textContent = whole || drawn || (surface.empty("lines") && surface.empty("colours")) ? "" : say("no_hole");
  find("fill-hole").disabled = !drawn || form.lacks();
  find("face-alone").disabled = !surface.width || surface.empty("lines");
};

// A hole a few times as wide as the pen: what is between lines, as an eye behind glasses, stays.
find("around-lines").addEventListener("click", () => {
  surface.replace("hole", window.limner.strokes.grown(surface.layers.lines, surface.width, surface.height, 2 * panel.sizeOf("lines")));
  surface.settle();
  find("fill-hole").focus();
});

// --- lines from the photograph --------------------------------------------------------------------------------------
for (const name of props.detectors) find("detector").append(make("option", { value: name }, say("detector_" + name)));
const detail = drawing.slider("detail", { min: 0, max: 1, step: 0.05, value: 0.5, written: (value) => `${Math.round(value * 100)} %` }, () => {});
find("detail-here").append(detail);
detail.range.addEventListener("change", () => { if (!find("compared").hidden) compareAll(); });
const compareAll = () => ask({ do: "compare", detail: Number(detail.range.value) });
const useLines = () => ask({ do: "lines", method: find("detector").value, detail: Number(detail.range.value) });
find("use-lines").addEventListener("click", useLines);
find("compare-lines").addEventListener("click", () => {
  const open = find("compared").hidden;
  find("compare-lines").setAttribute("aria-expanded", String(open));
  find("compared").hidden = !open;
  if (open) compareAll();
});

// --- filling, and what comes of it ----------------------------------------------------------------------------------
const side = make("button", { type: "button", class: "plain compare-blends", "aria-expanded": "false", onclick: () => {
  const open = find("blended").hidden;
  showBlends(open);
  if (open && state.cell) work("blends");
} }, say("compare_blends"));
form.blend.closest(".row").append(side);
function showBlends(on) {
  find("blended").hidden = !on;
  find("blended").replaceChildren();
  side.setAttribute("aria-expanded", String(on));
}
const madeSlowly = () => state.made?.model === form.DIFFUSION;
const waits = () => { find("results").querySelector("output").textContent = atRest(); };
const atRest = () => state.cell && form.differs() ? say("fill_to_see") : state.results.length ? say("results_count", state.results.length) : "";
// How a filling is joined changes what is there; with Stable Diffusion the rest waits for Fill.
const adjust = (more = {}) => {
  if (!state.cell) return;
  if (Object.keys(more).length === 0) state.results = [];
  showBlends(false);
  const changed = form.isSlow() && madeSlowly() ? { ...state.made, ...form.joined(), strength: state.made.strength } : form.settings();
  if (form.isSlow() && !madeSlowly()) return waits();
  act({ do: "adjust", settings: { ...changed, seed: state.seed, ...more } });
};
// What is painted comes in pieces; what was asked for is written down once it is there.
const painting = pieces(() => go(trigger, "stop"));
function work(what, sent = {}, then = null) {
  give();
  state.then = then;
  state.working = next();
  running(true);
  find("painted").value = 0;
  const event = form.isSlow() || (madeSlowly() && what !== "fill") ? "diffuse" : "paint", seq = state.working;
  painting.begin(seq, () => go(trigger, event, { do: what, ...sent, seq }));
}
// Who presses again while the very same is being painted is not asking for anything else.
find("fill-hole").addEventListener("click", async () => {
  const strokes = surface.past.length, stroke = surface.past.at(-1), wanted = JSON.stringify([form.settings(), form.seed()]);
  if (state.asked && state.asked.stroke === stroke && state.asked.wanted === wanted) return;
  give();
  const mine = state.asked = { stroke, wanted };
  const sent = { photo: surface.photo, drawing: await surface.sent(), settings: { ...form.settings(), seed: form.isSlow() ? form.seed() : 0 } };
  if (state.asked !== mine) return;
  state.results = [];
  showBlends(false);
  work("fill", sent, () => {
    state.filling = { strokes, settings: sent.settings, seq: next() };
    busy(true);
    go(trigger, "act", { do: "fill", ...sent, seq: state.filling.seq });
  });
});
find("face-alone").addEventListener("click", async () => {
  const { lines } = await surface.sent();
  act({ do: "face", drawing: { lines }, settings: { ...form.settings(), seed: 0 } });
});
function halt() { painting.end(); state.asked = state.working = null; running(false); }
find("stop").addEventListener("click", halt);
const over = make("img", { class: "painting", alt: "", draggable: "false", hidden: true });
function preview(value) {
  if (!value) { over.hidden = true; over.removeAttribute("src"); return; }
  const [x0, y0, x1, y1] = value.box, share = (at) => `${at * 100}%`;
  if (over.parentNode !== surface.root) surface.root.append(over);
  Object.assign(over.style, { left: share(x0), top: share(y0), width: share(x1 - x0), height: share(y1 - y0) });
  over.src = value.preview;
  over.hidden = false;
}
const running = (on, done = 0, of = 0) => {
  find("stop").hidden = !on;
  find("painted").hidden = !on;
  find("results").querySelector("output").textContent = on && of ? say("result_of", done, of) : on && !state.results.length ? "" : atRest();
  if (on && of) find("painted").value = done / of;
  if (on) return;
  preview(null);
  busy(false, "", "sketch");
};
// The one that is seen and three others at first, then four more; or, of ten more, those most like the one chosen.
function others(like) {
  const known = new Set(state.results.map((each) => each.seed)), seeds = known.size ? [] : [state.seed];
  const wanted = (madeSlowly() ? 0.5 : 1) * (like ? 10 : 4);
  for (let seed = Math.max(0, ...known); seeds.length < wanted; seed++) if (!known.has(seed) && !seeds.includes(seed)) seeds.push(seed);
  work("results", { seeds, like: like ? state.seed : null });
  running(true, 0, seeds.length);
}
find("others").append(icon("random"), say("more_results"));
find("others").addEventListener("click", () => others(false));
find("alike").append(icon("duplicate"), say("more_like_this"));
find("alike").addEventListener("click", () => others(true));
function drawResults() {
  const held = find("gallery").contains(document.activeElement) && document.activeElement.dataset.seed;
  find("results").hidden = !state.cell;
  find("results").querySelector("h3").hidden = !state.results.length;
  if (!state.results.length) waits();
  find("gallery").replaceChildren(...state.results.map(({ seed, thumb }) => make("li", {}, make("button", {
    type: "button", class: "result", "aria-pressed": String(seed === state.seed), "aria-label": say("result", seed), "data-seed": seed,
    onclick: () => { if (seed !== state.seed) adjust({ seed }); },
  }, make("img", { src: thumb, alt: "", draggable: "false" }), make("span", {}, say("seed", seed))))));
  if (held) find("gallery").querySelector(`[data-seed="${held}"]`)?.focus({ preventScroll: true });
}

// --- what the server says -------------------------------------------------------------------------------------------
async function show(value) {
  // Of what comes at once the page may be given the last alone.
  if (value.begun || value.piece || value.stopped) painting.heard(value.seq);
  if (value.begun || (value.piece && value.seq !== state.working)) return;
  if (value.preview) {
    preview(value);
    find("painted").value = value.share;
    return;
  }
  if (value.painted) {
    find("stop").hidden = find("painted").hidden = true;
    state.working = null;
    return state.then?.();
  }
  if (value.blended) {
    find("blended").replaceChildren(...value.blended.map(({ name, url }) => make("button", {
      type: "button", class: "plain", "aria-pressed": String(name === form.blend.value), onclick: () => { form.blend.value = name; adjust(); },
    }, make("img", { src: url, alt: "" }), make("span", {}, say("blend_" + name)))));
    if (value.blended.length === props.settings.blend.choices.length) running(false);
    return;
  }
  if (value.results) {
    state.results = [...state.results.filter((each) => !value.results.some((other) => other.seed === each.seed)), ...value.results].sort((a, b) => a.seed - b.seed);
    running(!value.done, value.tried, value.wanted);
    return drawResults();
  }
  if (value.compared) {
    find("compared").replaceChildren(...value.compared.map(({ name, url }) => make("button", {
      type: "button", class: "plain", "aria-label": say("detector_" + name), onclick: () => { find("detector").value = name; useLines(); },
    }, make("img", { src: url, alt: "" }), make("span", {}, say("detector_" + name)))));
    return found(value);
  }
  if (value.layers) {
    const changed = await surface.load(value.layers);
    if (value.cell) { state.cell = value.cell; surface.keep(); surface.reveal(false); takeUp(); }
    else if (changed) { surface.reveal(true); panel.choose(value.layer); }
    panel.refresh();
    ready();
    return found(value);
  }
  if (value.stopped && value.seq !== state.working) return found(value);
  if (!value.photo) { state.asked = state.working = null; return running(false); }
  await follow(value);
}

// What was drawn and not filled when another cell was chosen waits for its own.
function layAside() {
  if (!state.applied) state.aside.set(state.cell, Object.fromEntries(Object.entries(surface.layers).map(([name, pixels]) => [name, pixels.slice()])));
}
function takeUp() {
  const layers = state.aside.get(state.cell);
  state.aside.delete(state.cell);
  for (const name in layers) surface.replace(name, layers[name]);
  if (layers && surface.settle()) surface.reveal(true);
}

async function follow(value) {
  busy(false, "", "sketch");                           // what was asked of the cell before may have no answer
  const filling = value.seq >= state.filling?.seq && state.filling;         // this is the answer to it
  const known = filling ? filling.settings : value.cell === state.cell && state.made;
  surface.wide = value.wide;
  Object.assign(state, { name: value.name, full: value.full, blank: value.blank, models: value.models, made: value.settings });
  preview(null);
  const fresh = surface.fit(value.photo, value.width, value.height);
  if (fresh) {
    give();                                             // it would be of what is seen no more
    Object.assign(state, { cell: null, applied: true, results: [], aside: new Map() });
    panel.resized();
    const note = await surface.recall();
    if (note) {
      Object.assign(state, note);
      surface.kept = state.applied ? surface.past.length : 0;
      surface.reveal(!state.applied);
    }
  }
  if (value.settings) {
    form.show(value.settings, known);
    state.seed = value.settings.seed;
  }
  if (value.filled || filling) state.asked = null;
  if (value.filled) {                                   // what was drawn is in the notebook now
    state.cell = value.cell;
    surface.keep(filling.strokes);
    surface.reveal(false);
  } else if (value.cell !== state.cell) {
    const left = state.cell;
    state.results = [];
    if (!value.undone) layAside();
    state.cell = value.cell;
    if (value.cell) ask({ do: "layers" });
    else if (value.undone) { surface.kept = 0; surface.reveal(true); }     // the drawing stays, to be changed and filled again
    else if (left) { surface.clear("hole", "lines", "colours"); surface.keep(); surface.reveal(true); takeUp(); }
  }
  surface.jot();
  panel.refresh();
  form.draw();
  drawResults();
  // Several at once where they take no time; else the one there is.
  if (value.filled && filling && !form.isSlow()) others(false);
  if (filling) state.filling = undefined;
}

new ResizeObserver(() => surface.activate(element.offsetParent !== null)).observe(element);
// One answer after another: layers are unpacked while the next may be here already.
let shown = Promise.resolve();
const take = (value) => { if (value) shown = shown.catch(() => {}).then(() => show(value)); };
watch("value", () => take(props.value));
take(props.value);
