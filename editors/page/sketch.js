const { go, say, fill, make, icon, next, busy, drawing } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);

// --- what is seen: brushed out is paper, lines are ink on it, faint beside it where they do not count ---------------
const PAPER = [250, 247, 241], INK = [32, 44, 58];
function paint(out, [x0, y0, x1, y1], { layers: { hole, lines, colours }, width, height, reach, opacity }) {
  const rgba = new Uint8Array(out.buffer), strokes = new Uint8Array(colours.buffer);
  const marked = (x, y) => hole[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] >= 128;
  let o = 0;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++, o += 4) {
      const i = y * width + x, inside = hole[i] >= 128;
      if (!inside && !lines[i] && !colours[i]) continue;
      const edge = inside && !(marked(x - reach, y) && marked(x + reach, y) && marked(x, y - reach) && marked(x, y + reach));
      const colour = strokes[i * 4 + 3] / 255 * opacity.colours * (inside ? 1 : 0.35);
      const ink = lines[i] / 255 * opacity.lines * (inside ? 1 : 0.45);
      const paper = inside ? opacity.hole : 0, over = 1 - (1 - paper) * (1 - colour) * (1 - ink);
      for (let c = 0; c < 3; c++) {
        const under = paper * PAPER[c] * (1 - colour) + colour * strokes[i * 4 + c];
        rgba[o + c] = over && (under * (1 - ink) + ink * INK[c]) / over;
      }
      rgba[o + 3] = Math.round(255 * over);
      if (edge) rgba.set([31, 95, 91, 255], o);
    }
  }
}

// The surface outlives this part of the page, which is built anew whenever its tab is opened.
const surface = window.limner.sketch ??= drawing.create({ label: "sketch_canvas", layers: { hole: 1, lines: 1, colours: 4 }, paint });
let state = window.limner.sketchState ??= { cell: null, applied: true, results: [], settings: null };
// Results that are still coming give way to whatever is asked next.
const give = () => { if (!find("stop").hidden) { go(trigger, "stop"); running(false); } };
const ask = (what) => { give(); busy(true); go(trigger, "ask", { ...what, seq: next() }); };
const act = (what) => { give(); busy(true); go(trigger, "act", { ...what, seq: next() }); };

// --- tools ----------------------------------------------------------------------------------------------------------
const number = (hex) => { const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)); return (255 << 24 | b << 16 | g << 8 | r) >>> 0; };
const hexOf = (value) => "#" + [0, 8, 16].map((at) => (value >>> at & 255).toString(16).padStart(2, "0")).join("");
state.colour ??= "#b5544d";
const panel = drawing.tools(surface, {
  layers: [
    { name: "hole", tools: ["brush", "eraser", "fill"], size: 68, opacity: 0.86 },
    { name: "lines", tools: ["brush", "eraser"], size: 22 },
    { name: "colours", tools: ["brush", "eraser", "fill", "dropper"], size: 58, value: () => number(state.colour), opacity: 0.9 },
  ],
  load: async (name, file) => ask({ do: "import", layer: name, file: await drawing.base64(file) }),
  save: (name) => surface.save(name, `${state.name}-${name}.png`, state.full),
});
find("tools-here").append(panel);

const own = make("input", { type: "color", value: state.colour, "aria-label": say("colour"), oninput: () => pick(own.value) });
function pick(hex) {
  state.colour = own.value = hex;
  if (surface.tool.layer === "colours") surface.tool.value = number(hex);
  find("swatches").querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", String(each.value === hex)));
}
find("swatches").append(own, ...["#f1cdb0", "#c98d66", "#7a4a2f", "#b5544d", "#2b211c", "#6b4a2a", "#d9b36a", "#5b7fa6", "#ffffff"].map((hex) => make("button", {
  type: "button", value: hex, class: "swatch", style: `--colour:${hex}`, "aria-label": `${say("colour")} ${hex}`, onclick: () => { panel.choose("colours"); pick(hex); },
})));
pick(state.colour);

surface.picked = (value, at) => {
  if (value >>> 24) return pick(hexOf(value));
  const shown = document.querySelector("#viewer .after"), eye = make("canvas", { width: 1, height: 1 }).getContext("2d");
  eye.drawImage(shown, -at.x / surface.width * shown.naturalWidth, -at.y / surface.height * shown.naturalHeight);
  const [r, g, b] = eye.getImageData(0, 0, 1, 1).data;
  pick(hexOf(r | g << 8 | b << 16));
};
surface.moved = () => {
  state.applied = surface.past.length <= surface.kept;
  panel.refresh();
  ready();
  surface.remember({ cell: state.cell, applied: state.applied });
};
const ready = () => { find("fill-hole").disabled = !surface.width || surface.empty("hole"); };

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
const sliders = {};
for (const name of ["strength", "amount", "grain"]) {
  const { low, high, value } = props.settings[name];
  const row = drawing.slider("sketch_" + name, { min: low, max: high, step: 0.05, value, written: (at) => at.toFixed(2) }, () => {});
  row.range.addEventListener("change", () => adjust());
  find("adjust").append(sliders[name] = row);
}
const blend = make("select", { onchange: () => adjust() }, ...props.settings.blend.choices.map((name) => make("option", { value: name }, say("blend_" + name))));
find("adjust").append(make("label", { class: "choice" }, make("span", {}, say("blend")), blend));
const settings = () => ({ ...Object.fromEntries(Object.entries(sliders).map(([name, row]) => [name, Number(row.range.value)])), blend: blend.value });
const adjust = (more = {}) => {
  if (!state.cell) return;
  if (Object.keys(more).length === 0) state.results = [];
  act({ do: "adjust", settings: { ...settings(), seed: state.seed, ...more } });
};
find("fill-hole").addEventListener("click", async () => {
  const drawn = await surface.sent();
  state.results = [];
  state.filling = surface.past.length;
  act({ do: "fill", drawing: drawn, settings: { ...settings(), seed: 0 } });
});
find("stop").addEventListener("click", () => { go(trigger, "stop"); running(false); });
const running = (on, done = 0, of = 0) => {
  find("stop").hidden = !on;
  find("results").querySelector("output").textContent = on ? say("result_of", done, of) : "";
  if (!on) busy(false);
};
// The one that is seen and three others at first, then four more; or, of ten more, those most like the one chosen.
function others(like) {
  const known = new Set(state.results.map((each) => each.seed)), seeds = known.size ? [] : [state.seed];
  const wanted = like ? 10 : 4;
  for (let seed = Math.max(0, ...known); seeds.length < wanted; seed++) if (!known.has(seed) && !seeds.includes(seed)) seeds.push(seed);
  ask({ do: "results", seeds, like: like ? state.seed : null });
  running(true, 0, seeds.length);
}
find("others").append(icon("random"), say("more_results"));
find("others").addEventListener("click", () => others(false));
find("alike").append(icon("duplicate"), say("more_like_this"));
find("alike").addEventListener("click", () => others(true));
function drawResults() {
  find("results").hidden = !state.cell;
  find("gallery").replaceChildren(...state.results.map(({ seed, thumb }) => make("li", {}, make("button", {
    type: "button", class: "result", "aria-pressed": String(seed === state.seed), "aria-label": say("result", seed), "data-seed": seed,
    onclick: () => { if (seed !== state.seed) adjust({ seed }); },
  }, make("img", { src: thumb, alt: "", draggable: "false" }), make("span", {}, say("seed", seed))))));
}

// --- what the server says -------------------------------------------------------------------------------------------
async function show(value) {
  if (value.results) {
    state.results = [...state.results.filter((each) => !value.results.some((other) => other.seed === each.seed)), ...value.results].sort((a, b) => a.seed - b.seed);
    running(!value.done, value.tried, value.wanted);
    return drawResults();
  }
  if (value.compared) {
    find("compared").replaceChildren(...value.compared.map(({ name, url }) => make("button", {
      type: "button", class: "plain", "aria-label": say("detector_" + name), onclick: () => { find("detector").value = name; useLines(); },
    }, make("img", { src: url, alt: "" }), make("span", {}, say("detector_" + name)))));
    return busy(false);
  }
  if (value.layers) {
    const changed = await surface.load(value.layers);
    if (value.cell) { state.cell = value.cell; surface.keep(); surface.reveal(false); }
    else if (changed) { surface.reveal(true); panel.choose(value.layer); }
    panel.refresh();
    ready();
    return busy(false);
  }
  if (!value.photo) { running(false); return busy(false); }
  await follow(value);
}

async function follow(value) {
  Object.assign(state, { name: value.name, full: value.full });
  const fresh = surface.fit(value.photo, value.width, value.height);
  if (fresh) {
    Object.assign(state, { cell: null, applied: true, results: [] });
    panel.resized();
    const kept = surface.recall();
    if (kept) {
      await surface.load(kept.layers);
      surface.begin();
      Object.assign(state, { cell: kept.note.cell, applied: kept.note.applied });
      if (state.applied) surface.keep();
      surface.reveal(!state.applied);
    }
  }
  if (value.settings) {
    for (const [name, row] of Object.entries(sliders)) row.set(value.settings[name]);
    blend.value = value.settings.blend;
    state.seed = value.settings.seed;
  }
  if (value.filled) {                                   // what was drawn is in the notebook now
    state.cell = value.cell;
    surface.keep(state.filling);
    surface.reveal(false);
  } else if (value.cell !== state.cell) {
    state.results = [];
    if (value.cell) ask({ do: "layers" });
    else if (value.undone) { surface.kept = 0; surface.reveal(true); }     // the drawing stays, to be changed and filled again
    else if (state.applied && state.cell) { surface.clear("hole", "lines", "colours"); surface.keep(); surface.reveal(true); }
    state.cell = value.cell;
  }
  surface.remember({ cell: state.cell, applied: state.applied });
  panel.refresh();
  ready();
  drawResults();
  if (value.filled && state.filling !== undefined) others(false);
  state.filling = undefined;
}

new ResizeObserver(() => surface.activate(element.isConnected && element.offsetParent !== null)).observe(element);
watch("value", () => { if (props.value) show(props.value); });
if (props.value) show(props.value);
