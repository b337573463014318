// The colours to draw with in Sketch: a few at hand, one of one's own, one picked from the picture.
// Returns what says the chosen colour as a pixel's number; taken: when one is taken from those at hand.
window.limner.palette = (shown, surface, taken) => {
  const { say, make } = window.limner;
  const number = (hex) => { const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)); return (255 << 24 | b << 16 | g << 8 | r) >>> 0; };
  const hexOf = (value) => "#" + [0, 8, 16].map((at) => (value >>> at & 255).toString(16).padStart(2, "0")).join("");
  const own = make("input", { type: "color", "aria-label": say("colour"), oninput: () => pick(own.value) });
  function pick(hex) {
    own.value = hex;
    if (surface.tool.layer === "colours") surface.tool.value = number(hex);
    shown.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", String(each.value === hex)));
  }
  shown.append(own, ...["#f1cdb0", "#c98d66", "#7a4a2f", "#b5544d", "#2b211c", "#6b4a2a", "#d9b36a", "#5b7fa6", "#ffffff"].map((hex) => make("button", {
    type: "button", value: hex, class: "swatch", style: `--colour:${hex}`, "aria-label": `${say("colour")} ${hex}`, onclick: () => { taken(); pick(hex); },
  })));
  pick("#b5544d");

  // A colour is the photograph's own number, whatever profile explains it: that is what is drawn with.
  surface.picked = async (value, at) => {
    if (value >>> 24) return pick(hexOf(value));
    const { src } = document.querySelector("#viewer .after"), eye = make("canvas", { width: 1, height: 1 }).getContext("2d");
    const bytes = Uint8Array.from(atob(src.slice(src.indexOf(",") + 1)), (each) => each.charCodeAt(0));
    const seen = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none" });
    eye.drawImage(seen, -at.x / surface.width * seen.width, -at.y / surface.height * seen.height);
    const [r, g, b] = eye.getImageData(0, 0, 1, 1).data;
    pick(hexOf(r | g << 8 | b << 16));
  };
  return () => number(own.value);
};
