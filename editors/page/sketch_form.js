// The form of a filling: which painter, what that is told, how it is joined to the photograph.
//
// state: of the tab; its `models` say which are here, its `made` is what the cell was filled with
// adjust: when what is there is to be joined in another way;  waits: when what was chosen waits for Fill, since it takes
// long;  ready: whenever what can be pressed may be another
window.limner.fillForm = (element, props, { surface, state, adjust, waits, ready }) => {
  const { say, make, big, drawing } = window.limner;
  const find = (name) => element.querySelector("." + name);

  const DIFFUSION = "inpainting_sd15", CONTROL = "controlnet_scribble_sd15";
  const painter = element.querySelector(".painter select"), preset = element.querySelector(".preset select");
  const isSlow = () => painter.value === DIFFUSION;
  for (const name of props.painters) painter.append(make("option", { value: name }, say(name)));
  for (const [name, { steps }] of Object.entries(props.presets)) preset.append(make("option", { value: name }, say("preset_" + name, steps)));
  const missing = () => [DIFFUSION, surface.width && !surface.empty("lines") ? CONTROL : null, props.presets[preset.value].addition]
    .filter((id) => id && state.models && !state.models[id].here);
  function draw() {
    const lacking = missing();
    find("diffusion").hidden = !isSlow();
    find("missing").hidden = !lacking.length;
    find("missing").querySelector("p").textContent = say("diffusion_missing");
    find("missing").querySelector("ul").replaceChildren(...lacking.map((id) => make("li", {}, say("diffusion_model", id, big(1e6 * state.models[id].mb), state.models[id].licence))));
    ready();
  }
  find("get-models").addEventListener("click", () => document.dispatchEvent(new CustomEvent("limner:models", { detail: { ids: missing() } })));
  const asPreset = (value) => value ? String(value) : say("as_preset");
  const finer = {};
  for (const [name, step, written] of [
    ["steps", 1, asPreset], ["guidance", 0.5, asPreset],
    ["renewal", 0.05], ["control", 0.05], ["context", 0.1],
  ]) {
    const { low, high, value } = props.settings[name];
    finer[name] = drawing.slider("sketch_" + name, { min: low, max: high, step, value, written: written || ((at) => at.toFixed(2)) }, () => {});
    finer[name].range.addEventListener("change", waits);
    find("finer-here").append(finer[name]);
  }
  const seedNumber = find("seed-number");
  seedNumber.max = props.settings.seed.high;
  seedNumber.value = 0;
  const seed = () => Math.min(props.settings.seed.high, Math.max(0, Math.round(Number(seedNumber.value) || 0)));
  for (const each of [find("prompt"), find("negative"), seedNumber]) each.addEventListener("input", waits);
  painter.addEventListener("change", () => { draw(); if (isSlow()) waits(); else adjust(); });
  preset.addEventListener("change", () => { draw(); waits(); });

  // --- how it is joined ----------------------------------------------------------------------------------------------
  const sliders = {};
  for (const name of ["strength", "amount", "grain"]) {
    const { low, high, value } = props.settings[name];
    const row = drawing.slider("sketch_" + name, { min: low, max: high, step: 0.05, value, written: (at) => at.toFixed(2) }, () => {});
    row.range.addEventListener("change", () => (name === "strength" && isSlow() ? waits() : adjust()));
    find("adjust").append(sliders[name] = row);
  }
  const fields = { prompt: find("prompt"), negative: find("negative"), model: painter, preset, seed: seedNumber };
  const forFill = {
    ...Object.fromEntries(Object.entries({ strength: sliders.strength, ...finer }).map(([name, row]) => [name, row.set])),
    ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, (value) => { field.value = value; }])),
  };
  const edge = drawing.slider("sketch_edge", { min: props.settings.edge.low, max: props.settings.edge.high, value: props.settings.edge.value, written: (at) => `${at} px` }, () => {});
  edge.range.addEventListener("change", () => adjust());
  const blend = make("select", { "aria-label": say("blend"), onchange: () => adjust() }, ...props.settings.blend.choices.map((name) => make("option", { value: name }, say("blend_" + name))));
  find("adjust").append(edge, make("div", { class: "row" }, make("label", { class: "choice" }, make("span", {}, say("blend")), blend)));
  const joined = () => ({ ...Object.fromEntries([...Object.entries(sliders), ["edge", edge]].map(([name, row]) => [name, Number(row.range.value)])), blend: blend.value });
  const settings = () => ({
    ...joined(), model: painter.value, prompt: find("prompt").value.trim(), negative: find("negative").value.trim(), preset: preset.value,
    ...Object.fromEntries(Object.entries(finer).map(([name, row]) => [name, Number(row.range.value)])),
  });
  const differs = () => isSlow() && Object.keys(forFill).some((name) => ({ ...settings(), seed: seed() })[name] !== state.made?.[name]);
  // What waits for Fill stays as it is chosen by now, unless it is another than is known.
  function show(made, known) {
    for (const [name, row] of Object.entries({ amount: sliders.amount, grain: sliders.grain, edge })) row.set(made[name]);
    blend.value = made.blend;
    const mine = isSlow();
    for (const [name, put] of Object.entries(forFill)) if (!mine || made[name] !== known?.[name]) put(made[name]);
  }
  return { DIFFUSION, blend, isSlow, lacks: () => isSlow() && missing().length > 0, draw, seed, settings, joined, differs, show };
};
