// What is drawn in Sketch as it is seen: brushed out is paper, lines are ink on it, faint beside it where they do not count.
window.limner.paintSketch = (() => {
  const { make } = window.limner;
  const PAPER = [250, 247, 241], INK = [32, 44, 58];
  // A stroke holds the photograph's own numbers: those of a profile wider than sRGB are seen as strong as they are there.
  const mixed = make("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true }), strong = new Map();
  function asSeen(value, wide) {
    if (!wide || !value) return value;
    if (!strong.has(value)) {
      const channels = [0, 8, 16].map((at) => value >>> at & 255);
      mixed.fillStyle = `rgb(${channels.join()})`;
      mixed.fillStyle = `color(display-p3 ${channels.map((channel) => channel / 255).join(" ")})`;
      mixed.fillRect(0, 0, 1, 1);
      const [r, g, b] = mixed.getImageData(0, 0, 1, 1).data;
      strong.set(value, r | g << 8 | b << 16);
    }
    return strong.get(value);
  }
  function paint(out, [x0, y0, x1, y1], { layers: { hole, lines, colours }, width, height, reach, opacity, wide }) {
    const rgba = new Uint8Array(out.buffer);
    const marked = (x, y) => hole[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] >= 128;
    let o = 0;
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++, o += 4) {
        const i = y * width + x, inside = hole[i] >= 128;
        if (!inside && !lines[i] && !colours[i]) continue;
        const edge = inside && !(marked(x - reach, y) && marked(x + reach, y) && marked(x, y - reach) && marked(x, y + reach));
        const stroke = asSeen(colours[i], wide), colour = (colours[i] >>> 24) / 255 * opacity.colours * (inside ? 1 : 0.35);
        const ink = lines[i] / 255 * opacity.lines * (inside ? 1 : 0.45);
        const paper = inside ? opacity.hole : 0, over = 1 - (1 - paper) * (1 - colour) * (1 - ink);
        for (let c = 0; c < 3; c++) {
          const under = paper * PAPER[c] * (1 - colour) + colour * (stroke >>> 8 * c & 255);
          rgba[o + c] = over && (under * (1 - ink) + ink * INK[c]) / over;
        }
        rgba[o + 3] = Math.round(255 * over);
        if (edge) rgba.set([31, 95, 91, 255], o);
      }
    }
  }
  return paint;
})();
