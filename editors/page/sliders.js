// How a slider is let go, and taken back while it is held.
(() => {
  // A finger that scrolls the page moves the slider it began on before the page takes it away; and who undoes while a
  // slider is held means that slider. It goes back, and stays there however the hand moves on.
  let held = null;
  const moves = (target, value) => {
    target.value = value;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const back = () => {
    if (held.target.value !== held.value) moves(held.target, held.value);
    held.back = true;
  };
  document.addEventListener("pointerdown", ({ target }) => { held = target.type === "range" ? { target, value: target.value } : null; }, true);
  document.addEventListener("pointercancel", ({ target }) => { if (held?.target === target) back(); }, true);
  document.addEventListener("input", (event) => {
    if (held?.target !== event.target || !event.isTrusted) return;
    held.moved = true;
    if (!held.back) return;
    event.stopImmediatePropagation();
    held.target.value = held.value;
  }, true);
  document.addEventListener("change", (event) => {
    if (held?.back && held.target === event.target && event.isTrusted) event.stopImmediatePropagation();
  }, true);
  const undoes = (event) => event.key === "Escape" || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey);
  document.addEventListener("keydown", (event) => {
    if (held?.up) held = null;                             // from here on keys move it
    if (!held?.moved || !undoes(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    back();
  }, true);
  // Let go where it was taken, it is not said to have changed: but what was shown meanwhile is to give way.
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, ({ target }) => {
    if (held?.target !== target) return;
    held.up = true;
    if (held.moved && target.value === held.value) target.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
