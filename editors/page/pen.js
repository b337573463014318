// How a surface is drawn on: with the mouse, a pen, a finger, or by keys.
window.limner.pen = (surface) => {
  const { root } = surface, fingers = new Map();
  // A pen that is pressed draws its whole width, one that only touches two fifths of it.
  const radius = (event) => surface.tool.size / 2 * (event.pointerType === "pen" && event.pressure ? 0.4 + 0.6 * event.pressure : 1);
  let drawing = null;
  root.addEventListener("pointerdown", (event) => {
    if (event.button || root.classList.contains("panning")) return;
    fingers.set(event.pointerId, event);
    root.classList.add("touched");
    if (fingers.size > 1) {                  // two fingers zoom: what the first began was no stroke
      if (fingers.size > 2) return event.stopPropagation();
      const first = fingers.values().next().value;
      surface.revert();
      drawing = null;
      root.closest(".stage").dispatchEvent(new PointerEvent("pointerdown", first));
      return;
    }
    event.stopPropagation();
    root.setPointerCapture(event.pointerId);
    root.focus({ preventScroll: true });
    drawing = event.pointerId;
    surface.start(surface.cursor = surface.at(event), radius(event));
  });
  root.addEventListener("pointermove", (event) => {
    surface.place(surface.at(event));
    if (event.pointerId !== drawing) return;
    event.stopPropagation();
    const all = event.getCoalescedEvents?.() || [];
    if (surface.pen) for (const each of all.length ? all : [event]) surface.draw(surface.at(each), radius(each));
  });
  const lift = (event) => {
    fingers.delete(event.pointerId);
    root.classList.toggle("touched", fingers.size > 0);
    if (event.pointerId !== drawing) return;
    drawing = null;
    if (surface.pen) surface.finish();
  };
  for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, lift, true);
  root.addEventListener("dblclick", (event) => event.stopPropagation());

  root.addEventListener("focus", () => { if (root.matches(":focus-visible")) surface.aim(); });
  root.addEventListener("keydown", (event) => {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [];
    if (!surface.cursor) surface.aim();
    if (x !== undefined) {
      const step = event.shiftKey ? surface.tool.size : Math.max(1, surface.tool.size / 4);
      surface.cursor = { x: Math.min(surface.width, Math.max(0, surface.cursor.x + x * step)), y: Math.min(surface.height, Math.max(0, surface.cursor.y + y * step)) };
      if (surface.pen) surface.draw(surface.cursor);
    } else if (event.key === "Enter") { if (surface.pen) surface.finish(); else surface.start(surface.cursor); }
    else if (event.key === "Escape" && surface.pen) surface.revert();
    else return;
    surface.aim();
    event.preventDefault();
    event.stopPropagation();
  });
  // Before the notebook's own shortcuts: strokes that are not in it yet are undone first.
  window.addEventListener("keydown", (event) => {
    if (!surface.active || event.target.closest?.("input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, dialog")) return;
    const key = event.key.toLowerCase(), held = event.ctrlKey || event.metaKey;
    const back = held && key === "z" && !event.shiftKey, again = held && (key === "y" || (key === "z" && event.shiftKey));
    if (back && (surface.pen || surface.past.length > surface.kept)) surface.undo();
    else if (again && (surface.pen || surface.future.length)) surface.redo();
    else if (!held && !event.altKey && key === " " && !event.target.closest?.("button, summary, input")) root.classList.add("panning");
    else if (held || event.altKey || !surface.pressed?.(key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  window.addEventListener("keyup", (event) => { if (event.key === " ") root.classList.remove("panning"); }, true);
  document.addEventListener("limner:face", ({ detail }) => surface.leaving(detail));
  document.addEventListener("limner:opening", () => surface.opening());
  document.addEventListener("limner:unheard", () => surface.unheard());
  document.addEventListener("limner:forget", () => { surface.journal.forget(); if (surface.width) surface.forget(); });
  window.addEventListener("pagehide", () => { if (surface.pen) surface.finish(); });
};
