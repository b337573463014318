// The tools beside a drawing surface: layers, brush and eraser, size, clearing, files, and what is seen of it.
(() => {
  const { say, make, icon } = window.limner;
  const KEYS = { b: "brush", e: "eraser", f: "fill", i: "dropper" };

  const button = (name, drawn, onclick, more = {}) => make("button", {
    type: "button", class: "plain " + name, title: say(name), "aria-label": say(name).replace(/ \(.*\)$/, ""), onclick, ...more,
  }, icon(drawn));

  // A slider with its name before it and its value behind it.
  function slider(name, { min, max, step = 1, value, written = String }, changed) {
    const shown = make("output", { "aria-hidden": "true" });   // the slider itself says where it stands
    const range = make("input", { type: "range", min, max, step, value, "aria-label": say(name), oninput: () => { show(); changed(Number(range.value)); } });
    const show = () => {
      shown.textContent = written(Number(range.value));
      range.setAttribute("aria-valuetext", shown.textContent);
      range.style.setProperty("--from", "0%");
      range.style.setProperty("--to", `${(range.value - min) / (max - min) * 100}%`);
    };
    show();
    const row = make("label", { class: "slide " + name }, make("span", {}, say(name)), make("span", { class: "track" }, range), shown);
    row.set = (to) => { if (!range.matches(":active")) range.value = to; show(); };       // what is held stays in hand
    row.range = range;
    return row;
  }

  // While it is held: the photograph without edits and without the drawing.
  function compare() {
    const hold = (on) => {
      document.querySelector("#viewer .stage").classList.toggle("held", on);
      document.body.classList.toggle("limner-comparing", on);
    };
    const held = button("compare_hold", "compare", () => {});
    held.addEventListener("pointerdown", (event) => { held.setPointerCapture(event.pointerId); hold(true); });
    held.addEventListener("keydown", (event) => { if ([" ", "Enter"].includes(event.key)) hold(true); });
    for (const name of ["lostpointercapture", "keyup", "blur"]) held.addEventListener(name, () => hold(false));
    return held;
  }

  // layers: [{name, tools, size 0..100, opacity 0..1, value()}]; load(name, file) reads a file into a layer, save(name) writes one.
  const tools = (surface, { layers, load, save, clearing = "clear_layer" }) => {
    const root = make("div", { class: "drawing-tools" });
    const chips = layers.map(({ name }) => make("label", { class: "chip" }, make("input", {
      type: "radio", name: "layer-" + surface.journal.name, value: name, onchange: () => choose(name),
    }), make("span", {}, say("layer_" + name))));
    const kinds = Object.fromEntries(["brush", "eraser", "fill", "dropper"].map((name) => [name, button(name, name, () => use(name))]));
    const opacity = slider("opacity", { min: 0, max: 100, value: 100, written: (value) => `${value} %` }, (value) => {
      surface.opacity[surface.tool.layer] = value / 100;
      surface.redraw();
      surface.reveal(true);
    });
    const width = slider("brush_size", { min: 0, max: 100, value: 50, written: () => `${Math.round(surface.tool.size)} px` }, (value) => resize(value));
    const undo = button("undo_stroke", "undo", () => surface.undo()), redo = button("redo_stroke", "redo", () => surface.redo());
    const seen = button("show_drawing", "eye", () => surface.look());
    const file = make("input", { type: "file", accept: "image/png", hidden: true, "aria-hidden": "true", onchange: () => {
      if (file.files[0]) load(surface.tool.layer, file.files[0]);
      file.value = "";
    } });

    // From one pixel to a quarter of the picture, finer where it is fine.
    const pixels = (value) => Math.max(1, (Math.max(surface.width, surface.height, 40) / 4) ** (value / 100));
    function resize(value) {
      surface.tool.size = pixels(value);
      width.set(value);
      surface.sizes[surface.tool.layer] = value;
    }
    function use(name) {
      surface.tool.name = name;
      for (const [each, node] of Object.entries(kinds)) node.setAttribute("aria-pressed", String(each === name));
    }
    function choose(name) {
      const layer = layers.find((each) => each.name === name);
      Object.assign(surface.tool, { layer: name, value: layer.value?.() ?? 255 });
      for (const [each, node] of Object.entries(kinds)) node.hidden = !layer.tools.includes(each);
      if (!layer.tools.includes(surface.tool.name)) use("brush");
      chips.forEach((chip) => { chip.firstChild.checked = chip.firstChild.value === name; });
      root.dataset.layer = name;
      resize(surface.sizes[name]);
      opacity.set(surface.opacity[name] * 100);
    }
    function refresh() {
      undo.disabled = !surface.past.length;
      redo.disabled = !surface.future.length;
      surface.revealed();
      document.dispatchEvent(new Event("limner:strokes"));
    }
    surface.revealed = () => seen.setAttribute("aria-pressed", String(surface.shown));
    surface.opacity = Object.fromEntries(layers.map(({ name, opacity: start = 1 }) => [name, start]));
    surface.sizes = Object.fromEntries(layers.map((layer) => [layer.name, layer.size]));
    surface.pressed = (key) => {
      const number = layers.length > 1 && layers[Number(key) - 1];
      const used = KEYS[key] && !kinds[KEYS[key]].hidden;
      if (used) use(KEYS[key]);
      else if (key === "[" || key === "]") resize(Math.min(100, Math.max(0, surface.sizes[surface.tool.layer] + (key === "[" ? -5 : 5))));
      else if (number) choose(number.name);
      return used || Boolean(number) || key === "[" || key === "]";
    };
    root.append(
      make("div", { class: "row layers", role: "group", "aria-label": say("layers"), hidden: layers.length < 2 }, ...chips),
      make("div", { class: "row", role: "group", "aria-label": say("tools") }, ...Object.values(kinds), make("span", { class: "space" }), undo, redo, seen, compare()),
      width, opacity,
      make("div", { class: "row files" },
        button(clearing, "delete", () => { surface.clear(surface.tool.layer); surface.ended(); }), make("span", { class: "space" }),
        button("import_layer", "open", () => file.click()),
        button("export_layer", "download", () => save(surface.tool.layer)), file));
    choose(surface.tool.layer);
    use(surface.tool.name);
    return Object.assign(root, { use, choose, refresh, sizeOf: (name) => pixels(surface.sizes[name]), resized: () => choose(surface.tool.layer) });
  };
  Object.assign(window.limner.drawing, { tools, slider });
})();
