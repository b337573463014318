// One drawing surface for every tab that draws. A layer is an array of pixels at the photograph's own size; strokes,
// fills and imports write into it, and what is sent is that array: nothing is ever read back from a canvas.
window.limner.drawing = (() => {
  const { say, make } = window.limner, { base64, pack, unpack, png } = window.limner.packing, { runsOf, putRuns, Journal } = window.limner.strokes;

  const join = (a, b) => (a ? [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])] : b);

  class Surface {
    // layers: name -> 1 or 4 bytes a pixel. paint(out, box, surface) colours the pixels of a box for the eye.
    // ended: after a stroke or fill; stepped: after undo or redo of one; moved: after whatever changed the layers; picked: with the value under the dropper;
    // leaving: when another face is chosen, by the number of that; opening: when a file is, to be opened; unheard: when the server took no event. shut: while there is nothing to draw on, what a stroke does instead.
    constructor({ layers, paint, label, ended = () => {}, picked = () => {}, moved = () => {}, stepped = () => {}, leaving = () => {}, opening = () => {}, unheard = () => {} }) {
      Object.assign(this, { kinds: layers, paint, ended, picked, moved, stepped, leaving, opening, unheard, shut: null });
      this.journal = new Journal("limner-" + label, () => this.sent());
      this.note = () => ({});   // what is written down beside the strokes
      this.layers = {};
      this.settled = {};
      this.past = [];
      this.future = [];
      this.kept = 0;             // strokes up to here are in the notebook: undoing them is the notebook's affair
      this.tool = { name: "brush", layer: Object.keys(layers)[0], value: 255, size: 24 };
      this.width = this.height = 0;
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.ring = make("span", { class: "ring" });
      this.root = make("div", { class: "drawing", tabindex: 0, role: "application", "aria-label": say(label), hidden: true }, this.canvas, this.ring);
      window.limner.pen(this);
    }

    // --- which photograph, and whether it is drawn on now ---------------------------------------------------------
    fit(photo, width, height) {
      if (photo === this.photo) return false;
      Object.assign(this, { photo, width, height, reach: Math.ceil(width / 900) });
      this.canvas.width = width;
      this.canvas.height = height;
      this.context = this.canvas.getContext("2d");
      this.cursor = null;
      this.forget();
      return true;
    }
    forget() {
      for (const [name, channels] of Object.entries(this.kinds)) {
        this.layers[name] = new (channels === 4 ? Uint32Array : Uint8Array)(this.width * this.height);
        this.settled[name] = this.layers[name].slice();
      }
      this.begin();
      this.redraw();
    }
    activate(on) {
      const sheet = document.querySelector("#viewer .sheet");
      if (on && this.root.parentNode !== sheet) sheet.append(this.root);
      this.root.hidden = !on;
      this.active = on;
      document.body.classList.toggle("limner-drawing", Boolean(document.querySelector(".drawing:not([hidden])")));
      document.dispatchEvent(new Event("limner:strokes"));
    }
    // What rests lets the result show through until a pointer comes, or the eye is pressed.
    reveal(on) { this.root.classList.toggle("unseen", !on); this.seen = on; this.revealed?.(); }
    rest(on) { this.resting = on && !this.pinned; this.root.classList.toggle("resting", this.resting); this.revealed?.(); }
    get shown() { return this.seen !== false && !this.resting; }
    look() { this.pinned = !this.shown; this.reveal(this.pinned); this.rest(false); }

    // --- pixels ---------------------------------------------------------------------------------------------------
    get whole() { return [0, 0, this.width, this.height]; }
    redraw(box = this.whole) {
      const [x0, y0, x1, y1] = box;
      if (x1 <= x0 || y1 <= y0) return;
      const shown = new ImageData(x1 - x0, y1 - y0);
      this.paint(new Uint32Array(shown.data.buffer), box, this);
      this.context.putImageData(shown, x0, y0);
    }
    touch(name, box) {
      this.dirty = { ...this.dirty, [name]: join(this.dirty?.[name], box) };
      this.redraw(this.around(box));
    }
    // Outlines are drawn by what lies `reach` away, so a change is seen a little beyond itself.
    around([x0, y0, x1, y1]) {
      const { reach, width, height } = this;
      return [Math.max(0, x0 - reach), Math.max(0, y0 - reach), Math.min(width, x1 + reach), Math.min(height, y1 + reach)];
    }
    // A thick line with round ends from a to b: a pixel belongs to it when its middle does.
    line(a, b, radius, value) {
      const pixels = this.layers[this.tool.layer], [dx, dy] = [b.x - a.x, b.y - a.y], length = Math.hypot(dx, dy);
      const [nx, ny] = length ? [-dy / length * radius, dx / length * radius] : [0, 0];
      const corners = [[a.x + nx, a.y + ny], [b.x + nx, b.y + ny], [b.x - nx, b.y - ny], [a.x - nx, a.y - ny]];
      const top = Math.max(0, Math.floor(Math.min(a.y, b.y) - radius)), bottom = Math.min(this.height - 1, Math.ceil(Math.max(a.y, b.y) + radius));
      let low = this.width, high = 0;
      for (let y = top; y <= bottom; y++) {
        const middle = y + 0.5;
        let from = Infinity, to = -Infinity;
        for (const end of [a, b]) {
          const reach = radius * radius - (middle - end.y) ** 2;
          if (reach >= 0) { from = Math.min(from, end.x - Math.sqrt(reach)); to = Math.max(to, end.x + Math.sqrt(reach)); }
        }
        for (let i = 0; i < 4 && length; i++) {
          const [px, py] = corners[i], [qx, qy] = corners[(i + 1) % 4];
          if ((py <= middle) === (qy <= middle)) continue;
          const x = px + (qx - px) * (middle - py) / (qy - py);
          from = Math.min(from, x);
          to = Math.max(to, x);
        }
        if (to < from) continue;
        let first = Math.ceil(from - 0.5), last = Math.floor(to - 0.5);
        if (last < first) first = last = Math.floor((from + to) / 2);    // finer than a pixel is one pixel
        first = Math.max(0, first);
        last = Math.min(this.width - 1, last);
        if (last < first) continue;
        const start = y * this.width + first, end = y * this.width + last + 1;
        if (value instanceof Object) pixels.set(value.subarray(start, end), start);     // back to what it was
        else pixels.fill(value, start, end);
        low = Math.min(low, first);
        high = Math.max(high, last + 1);
      }
      if (high > low) this.touch(this.tool.layer, [low, top, high, bottom + 1]);
    }
    // Everything of one value that hangs together with a point.
    flood(at, value) {
      const { width, height } = this, pixels = this.layers[this.tool.layer], [x, y] = [Math.floor(at.x), Math.floor(at.y)];
      const old = pixels[y * width + x], waiting = [x, y];
      if (old === value) return;
      let box;
      while (waiting.length) {
        const row = waiting.pop(), column = waiting.pop();
        if (pixels[row * width + column] !== old) continue;
        let from = column, to = column + 1;
        while (from > 0 && pixels[row * width + from - 1] === old) from--;
        while (to < width && pixels[row * width + to] === old) to++;
        pixels.fill(value, row * width + from, row * width + to);
        box = join(box, [from, row, to, row + 1]);
        for (const next of [row - 1, row + 1]) {
          if (next < 0 || next >= height) continue;
          for (let i = from; i < to; i++) if (pixels[next * width + i] === old && (i === from || pixels[next * width + i - 1] !== old)) waiting.push(i, next);
        }
      }
      this.touch(this.tool.layer, box);
    }
    replace(name, pixels) { this.layers[name].set(pixels); this.touch(name, this.whole); }
    clear(...names) {
      for (const name of names) this.replace(name, this.tool.blank ?? new this.layers[name].constructor(this.width * this.height));
      this.settle();
    }
    // What is drawn now is where undoing ends, and what is written down from now on comes on top of.
    begin() { this.past = []; this.future = []; this.kept = 0; this.journal.begin(); this.moved(); }
    empty(name) {
      const pixels = this.layers[name];
      for (let i = 0; i < pixels.length; i++) if (pixels[i]) return false;
      return true;
    }

    // --- strokes undone and done again ----------------------------------------------------------------------------
    settle(written = true) {
      const changes = [];
      for (const [name, box] of Object.entries(this.dirty || {})) {
        const [before, after] = [this.settled, this.layers].map((from) => runsOf(from[name], this.width, box));
        if (before.length === after.length && before.every((value, i) => value === after[i])) continue;
        changes.push({ name, box, before, after });
        putRuns(this.settled[name], this.width, box, after);
      }
      this.dirty = null;
      if (!changes.length) return false;
      this.past.push(changes);
      this.future = [];
      this.moved();
      if (written) this.jot(changes);
      return true;
    }
    put(changes, which) {
      for (const { name, box, [which]: runs } of changes) {
        for (const pixels of [this.layers[name], this.settled[name]]) putRuns(pixels, this.width, box, runs);
        this.redraw(this.around(box));
      }
      this.kept = Math.min(this.kept, this.past.length);
      this.reveal(true);
      this.moved();
      this.jot(changes, which === "before");
      this.stepped();
    }
    // Under the pen is a stroke that is neither past nor to come: it alone is taken back.
    undo() { if (this.pen) return this.revert(); if (!this.past.length) return; this.future.push(this.past.at(-1)); this.put(this.past.pop(), "before"); }
    redo() { if (this.pen || !this.future.length) return; this.past.push(this.future.at(-1)); this.put(this.future.pop(), "after"); }
    keep(strokes = this.past.length) { this.kept = strokes; this.future = []; this.moved(); this.jot(); }

    // --- in and out -----------------------------------------------------------------------------------------------
    async sent() {
      const packed = {};
      for (const name in this.layers) packed[name] = this.empty(name) ? null : await pack(this.layers[name]);
      return packed;
    }
    async load(packed, written = true) {
      for (const name in packed) {
        const bytes = packed[name] ? await unpack(packed[name]) : new Uint8Array(this.layers[name].byteLength);
        if (bytes.length === this.layers[name].byteLength) this.replace(name, new this.layers[name].constructor(bytes.buffer));
      }
      return this.settle(written);
    }
    async save(name, title, [width, height], palette) {
      const from = this.layers[name], out = new from.constructor(width * height);
      for (let y = 0, i = 0; y < height; y++) {
        const row = Math.floor((y + 0.5) * this.height / height) * this.width;
        for (let x = 0; x < width; x++) out[i++] = from[row + Math.floor((x + 0.5) * this.width / width)];
      }
      const url = URL.createObjectURL(await png(out, width, height, palette));
      make("a", { href: url, download: title }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    }
    // --- what a browser keeps until the work is in the notebook ----------------------------------------------------
    jot(changes, back) { this.journal.write(this.photo, this.note(), changes, back); }
    // Brings back what was written down for this photograph, if its note is `meant`; that note, or null.
    async recall(meant = () => true) {
      const found = await this.journal.read(this.photo, meant);
      if (!found) return null;
      if (found.layers) await this.load(found.layers, false);
      this.past = [];
      for (const [name, box, runs] of found.strokes) {          // one after another, so that they can be undone
        putRuns(this.layers[name], this.width, box, runs);
        this.touch(name, box);
        this.settle(false);
      }
      return found.note;
    }

    // --- mouse, pen, finger, keys ---------------------------------------------------------------------------------
    at(event) {
      const box = this.root.getBoundingClientRect();
      return { x: (event.clientX - box.left) / box.width * this.width, y: (event.clientY - box.top) / box.height * this.height };
    }
    get value() { return this.tool.name === "eraser" ? this.tool.blank ?? 0 : this.tool.value; }
    place(at) {
      const { style } = this.ring, share = (value, of) => `${value / of * 100}%`;
      Object.assign(style, { left: share(at.x, this.width), top: share(at.y, this.height), width: share(this.tool.size, this.width) });
    }
    // The brush of the keys begins in the middle of what is seen; where it goes is brought in sight.
    aim() {
      const whole = this.root.getBoundingClientRect(), frame = this.root.closest(".stage").getBoundingClientRect();
      const middle = (low, high) => (Math.max(whole[low], frame[low]) + Math.min(whole[high], frame[high])) / 2;
      this.cursor ??= this.at({ clientX: middle("left", "right"), clientY: middle("top", "bottom") });
      this.place(this.cursor);
      const at = { x: whole.left + this.cursor.x / this.width * whole.width, y: whole.top + this.cursor.y / this.height * whole.height };
      this.root.dispatchEvent(new CustomEvent("limner:look", { bubbles: true, detail: at }));
    }
    start(at, radius = this.tool.size / 2) {
      if (this.shut) return this.shut();
      this.reveal(true);
      if (this.tool.name === "dropper") return this.picked(this.layers[this.tool.layer][Math.floor(at.y) * this.width + Math.floor(at.x)], at);
      if (this.tool.name === "fill") { this.flood(at, this.value); return this.finish(); }
      this.pen = at;
      this.line(at, at, radius, this.value);
    }
    draw(at, radius = this.tool.size / 2) {
      this.line(this.pen, at, radius, this.value);
      this.pen = at;
    }
    finish() { this.pen = null; if (this.settle()) this.ended(); }
    revert() {
      for (const [name, box] of Object.entries(this.dirty || {})) {
        putRuns(this.layers[name], this.width, box, runsOf(this.settled[name], this.width, box));
        this.redraw(this.around(box));
      }
      this.dirty = this.pen = null;
    }
  }

  return { create: (options) => new Surface(options), base64, pack, unpack };
})();
