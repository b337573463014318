// What was drawn, stroke by stroke, as runs of equal pixels: so little that undo has no limit, and that a browser keeps
// each stroke the moment it ends.
window.limner.strokes = (() => {
  const { keep, kept, drop, DAY } = window.limner;

  function runsOf(pixels, width, [x0, y0, x1, y1]) {
    const runs = [];
    let value = -1, count = 0;
    for (let y = y0; y < y1; y++) {
      for (let i = y * width + x0, end = y * width + x1; i < end; i++) {
        if (pixels[i] === value) { count++; continue; }
        if (count) runs.push(value, count);
        value = pixels[i];
        count = 1;
      }
    }
    runs.push(value, count);
    return Uint32Array.from(runs);
  }
  function putRuns(pixels, width, [x0, y0, x1, y1], runs) {
    let at = 0, left = runs[1];
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1;) {
        const length = Math.min(left, x1 - x), from = y * width + x;
        if (runs[at] >= 0) pixels.fill(runs[at], from, from + length);
        x += length;
        left -= length;
        if (!left && at + 3 < runs.length) { at += 2; left = runs[at + 1]; }
      }
    }
  }
  // What one list of runs changes in another: -1 where nothing.
  function changesOf(before, after) {
    const runs = [], left = [before[1], after[1]];
    for (let b = 0, a = 0; a < after.length;) {
      const length = Math.min(...left), value = before[b] === after[a] ? -1 : after[a];
      if (runs.at(-2) === value) runs[runs.length - 1] += length;
      else runs.push(value, length);
      if (!(left[0] -= length)) left[0] = before[(b += 2) + 1];
      if (!(left[1] -= length)) left[1] = after[(a += 2) + 1];
    }
    return runs;
  }

  // --- whole drawings can be more than a browser keeps beside a page: they lie in its database -------------------
  const drawings = (run) => new Promise((done, fail) => {
    const opening = indexedDB.open("limner", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("drawings");
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const work = opening.result.transaction("drawings", "readwrite"), asked = run(work.objectStore("drawings"));
      work.oncomplete = () => { opening.result.close(); done(asked.result); };
      work.onabort = () => { opening.result.close(); fail(work.error); };
    };
  });
  drawings((shelf) => shelf.delete(IDBKeyRange.upperBound(Date.now() - DAY))).catch(() => {});

  // What a browser keeps of a drawing until it is in the notebook, in this window or the next: its strokes as they end;
  // where they are long, the whole drawing as it was a moment ago, and the strokes since.
  const LONG = 50000, MOST = 1000000;                          // numbers: then all is gathered; more are not written down
  class Journal {
    // name: what it is kept as;  pack(): all layers, packed
    constructor(name, pack) { Object.assign(this, { name, pack }); this.begin(); }
    begin() { this.whole = null; this.strokes = []; }
    write(photo, note, changes = [], back = false) {
      for (const { name, box, before, after } of changes) {
        this.strokes.push([name, box, back ? changesOf(after, before) : changesOf(before, after)]);
      }
      if (!this.strokes.length && !this.whole) return;         // nothing is drawn: what another window wrote down stays
      this.record = { photo, note };
      const size = this.strokes.reduce((sum, [, , runs]) => sum + runs.length, 0);
      if (size < MOST) keep(this.name, { ...this.record, whole: this.whole, strokes: this.strokes });
      if (size > LONG) this.gather();
    }
    async gather() {
      const mine = this.strokes, upTo = mine.length, id = Date.now() + Math.random();
      if (this.gathering === mine) return;
      this.gathering = mine;
      try {
        const layers = await this.pack();
        await drawings((shelf) => shelf.put(layers, id));
        if (this.strokes !== mine) return;                     // those of another photograph by now
        Object.assign(this, { whole: id, strokes: mine.slice(upTo) });
        this.write(this.record.photo, this.record.note);
      } catch { /* a browser without a database, or one that is full: the notebook gets it when it is filled */ }
    }
    // {note, layers or null, strokes} as written down for a photograph with a note that is `meant`; null where nothing was.
    async read(photo, meant) {
      const found = kept(this.name);
      if (found?.photo !== photo || !meant(found.note)) return null;
      Object.assign(this, { whole: found.whole, strokes: found.strokes });
      const layers = found.whole && await drawings((shelf) => shelf.get(found.whole)).catch(() => null);
      return found.whole && !layers ? this.begin() : { ...found, layers };
    }
    drop() {
      this.begin();
      drop(this.name);
    }
    forget() {
      this.drop();
      drawings((shelf) => shelf.clear()).catch(() => {});
    }
  }
  // Everything as near to what is drawn in one layer as a radius in pixels, as another layer.
  function grown(pixels, width, height, radius) {
    const out = new Uint8Array(pixels.length), reach = Math.floor(radius);
    const wide = Array.from({ length: 2 * reach + 1 }, (_, row) => Math.floor(Math.sqrt(radius ** 2 - (row - reach) ** 2)));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (!pixels[y * width + x]) continue;
        const from = x;
        while (x < width && pixels[y * width + x]) x++;
        for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
          const side = wide[row - y + reach];
          out.fill(255, row * width + Math.max(0, from - side), row * width + Math.min(width, x + side));
        }
      }
    }
    return out;
  }
  return { runsOf, putRuns, grown, Journal };
})();
