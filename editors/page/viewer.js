const { go, looking, hear, say, fill, make, icon, onKey, next, send, busy, note, rest, began } = window.limner;
const find = (name) => element.querySelector("." + name);
const stage = find("stage"), sheet = find("sheet"), wipe = find("wipe");
fill(element);
for (const [name, drawn] of [["undo", "undo"], ["redo", "redo"], ["compare", "compare"], ["out", "minus"], ["in", "plus"], ["fit", "fit"], ["to-face", "face"]]) find(name).append(icon(drawn));
find("compare").append(make("span", {}, say("compare")));
find("knob").append(icon("wipe"));

// --- pictures: decoded before they are shown, so that nothing flickers, and no photograph is seen in another's shape -
let arrived = 0, newest = 0, rested = 0, photo = null, box = null, opening = 0;
async function decoded(name, url) {
  const next = make("img", { class: name, alt: say(name === "before" ? "before" : "picture"), draggable: "false" });
  next.src = url;
  await next.decode();
  return next;
}
// What takes long to decode gives way to what came later and was put meanwhile.
function put(after, number) {
  if (number < newest) return false;
  newest = number;
  find("after").replaceWith(after);
  return true;
}
function mark(edited) {
  stage.classList.toggle("edited", edited);
  find("compare").disabled = !edited;                   // there is nothing to compare
}

async function show(value) {
  const number = ++arrived;
  if (value.quick) {
    if (value.ask < rested) return;                     // a slider that moved before what is seen was asked for
    note();
    if (put(await decoded("after", value.quick), number)) mark(true);
    return;
  }
  note(value.message);
  if (value.message) return;
  looking(photo, value.work);
  hear(value.seq);
  rested = Math.max(rested, value.ask ?? 0);
  if (value.empty) { stage.classList.add("empty"); return rest(value.ask); }
  if (!value.before && photo !== value.photo) {
    go(trigger, "act", { do: "show" });
    return;
  }
  const mine = value.before ? ++opening : opening;
  const [after, before] = await Promise.all([decoded("after", value.after), value.before && decoded("before", value.before)]);
  if (before && mine !== opening) return;              // another photograph was opened meanwhile
  if (before) frame(value, before);
  if (put(after, number)) mark(value.edited);
  stage.classList.remove("empty");
  began();
  stage.dataset.shown = String(Number(stage.dataset.shown || 0) + 1);
  rest(value.ask);
}
function frame(value, before) {
  const near = digestOf(photo) === digestOf(value.photo) && scale > 1;
  for (const node of [sheet, stage]) node.style.setProperty("--ratio", value.width / value.height);
  find("name").textContent = find("name").title = value.name;
  find("pixels").textContent = `${value.width} × ${value.height}`;
  find("before").replaceWith(before);
  drawFaces(value.faces, value.face, digestOf(value.photo));
  box = value.faces[value.face];
  find("to-face").disabled = !box;
  if (near && photo !== value.photo) toFace(true);     // who looks closely goes on to the other face
  else if (photo !== value.photo) {
    fit();
    setWipe(0);
    if (value.faces.length === 1) toFace(false);
  }
  looking(photo = value.photo, value.work);
}
document.addEventListener("limner:show", () => go(trigger, "act", { do: "show" }));
watch("value", () => { if (props.value) show(props.value); });
if (props.value) show(props.value);
else busy(true);                                        // the first picture is still to come

// --- which face: small under the picture in every tab, from left to right; in the picture too where nobody draws --
const digestOf = (seen) => seen?.split(".")[0];
let opened = null;
function drawFaces(boxes, chosen, digest) {
  const faces = find("faces"), people = find("people");
  if (opened !== digest) {                       // the focus stays where it is while only another one is chosen
    opened = digest;
    people.hidden = boxes.length < 2;
    const found = people.hidden ? [] : boxes.map((box, index) => ({ box, index })).sort((a, b) => a.box[0] + a.box[2] - b.box[0] - b.box[2]);
    people.replaceChildren(make("span", { "aria-hidden": "true" }, say("face_edited")), ...found.map((face, at) => faceButton(face, at, "person", { "aria-label": say("face", at + 1) }, portraitOf(face.box))));
    faces.replaceChildren(...found.map((face, at) => faceButton(face, at, "face", { tabindex: -1, style: placeOf(face.box), onmousedown: (event) => event.preventDefault() })));
    for (const name of ["pointerenter", "focus", "pointerleave", "blur"]) people.querySelectorAll("button").forEach((person, at) => person.addEventListener(
      name, () => faces.children[at].classList.toggle("meant", ["pointerenter", "focus"].includes(name))));
  }
  for (const button of element.querySelectorAll(".person, .face")) button.setAttribute("aria-pressed", String(Number(button.value) === chosen));
  const person = people.querySelector("[aria-pressed=true]");
  if (person) people.scrollTo({ left: person.offsetLeft - people.clientWidth / 2 });
}
const faceButton = ({ index }, at, kind, more, ...inside) => make("button", {
  type: "button", class: kind, value: index, title: say("face", at + 1), onclick: () => choose(index), ...more,
}, ...inside);
const placeOf = ([x0, y0, x1, y1]) => `left:${x0 * 100}%;top:${y0 * 100}%;width:${(x1 - x0) * 100}%;height:${(y1 - y0) * 100}%`;
function portraitOf([x0, y0, x1, y1]) {
  const from = find("before"), [width, height] = [from.naturalWidth, from.naturalHeight];
  const small = make("canvas", { width: 96, height: 96 }), brush = small.getContext("2d"), side = 1.4 * Math.max((x1 - x0) * width, (y1 - y0) * height);
  brush.imageSmoothingQuality = "high";
  brush.drawImage(from, (x0 + x1) / 2 * width - side / 2, (y0 + y1) / 2 * height - 0.54 * side, side, side, 0, 0, 96, 96);
  return small;
}
// Whatever face is seen by now, this one is meant; only the photograph has to be the same.
function choose(face) {
  busy(true);
  const seq = next();
  document.dispatchEvent(new CustomEvent("limner:face", { detail: seq }));
  go(trigger, "face", { face, photo: opened, seq, at: Date.now() + (seq % 1000) / 1000 });
}

// --- the wipe ---------------------------------------------------------------------------------------------------
function setWipe(share) {
  wipe.value = share;
  wipe.setAttribute("aria-valuetext", say("wipe_text", Math.round(share)));
  stage.classList.toggle("wiping", share > 0);
  stage.classList.toggle("all-before", share > 92);
  find("compare").setAttribute("aria-pressed", String(share > 0));
  place();
}
// The line stands over the stage; the clip is measured on the sheet, which may be zoomed and moved.
function place() {
  const whole = sheet.getBoundingClientRect(), frame = stage.getBoundingClientRect();
  const left = Math.max(whole.left, frame.left), right = Math.min(whole.right, frame.right);
  const x = left + (right - left) * wipe.value / 100;
  find("line").style.transform = `translateX(${x - frame.left}px)`;
  find("line").style.top = `${Math.max(whole.top - frame.top, 0)}px`;
  find("line").style.bottom = `${Math.max(frame.bottom - whole.bottom, 0)}px`;
  const cut = whole.width ? (x - whole.left) / whole.width * 100 : 0;
  find("clip").style.clipPath = `inset(0 ${100 - cut}% 0 0)`;
}
wipe.addEventListener("input", () => setWipe(Number(wipe.value)));
find("line").addEventListener("pointerdown", (event) => {
  event.stopPropagation();
  wipe.focus({ preventScroll: true });
  const whole = sheet.getBoundingClientRect(), frame = stage.getBoundingClientRect();
  const left = Math.max(whole.left, frame.left), right = Math.min(whole.right, frame.right);
  const line = find("line");
  const move = (e) => setWipe(Math.min(100, Math.max(0, (e.clientX - left) / (right - left) * 100)));
  line.setPointerCapture(event.pointerId);
  line.addEventListener("pointermove", move);
  line.addEventListener("lostpointercapture", () => line.removeEventListener("pointermove", move), { once: true });
});
// Who compares sees both halves of the face that is edited, wherever in the picture it is.
function halfOfFace() {
  const whole = sheet.getBoundingClientRect(), frame = stage.getBoundingClientRect();
  const left = Math.max(whole.left, frame.left), right = Math.min(whole.right, frame.right);
  const at = box && ((box[0] + box[2]) / 2 * whole.width + whole.left - left) / (right - left);
  return at > 0.05 && at < 0.92 ? Math.round(at * 100) : 50;
}
find("compare").addEventListener("click", () => setWipe(Number(wipe.value) > 0 ? 0 : halfOfFace()));

// --- undo and redo, which do what the keys do; on a small screen the cells are far below ----------------------------
const press = (shiftKey) => document.dispatchEvent(new KeyboardEvent("keydown", { key: "z", ctrlKey: true, shiftKey, bubbles: true }));
find("undo").addEventListener("click", () => press(false));
find("redo").addEventListener("click", () => press(true));

// --- zoom, pan, and the original while the picture is held ------------------------------------------------------
// Where the picture is moved to is kept in sizes of the sheet: what is looked at stays in sight when the screen is turned.
let scale = 1, panX = 0, panY = 0;
const bounded = (pan, whole, seen) => { const most = Math.max(0, (whole * scale - seen) / 2); return Math.min(most, Math.max(-most, pan * whole)); };
const moved = () => [bounded(panX, sheet.offsetWidth, stage.offsetWidth), bounded(panY, sheet.offsetHeight, stage.offsetHeight)];
function draw() {
  const [x, y] = moved();
  sheet.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  sheet.style.setProperty("--scale", scale);
  find("scale").textContent = `${Math.round(scale * 100)} %`;
  stage.classList.toggle("zoomed", scale > 1);
  place();
}
function move(x, y) {
  if (!sheet.offsetWidth) return;
  panX = x / sheet.offsetWidth;
  panY = y / sheet.offsetHeight;
  draw();
}
function zoom(factor, x = 0, y = 0) {
  const [left, top] = moved(), to = Math.min(8, Math.max(1, scale * factor)), grown = to / scale;
  scale = to;
  move(x - (x - left) * grown, y - (y - top) * grown);
}
function fit() { scale = 1; panX = panY = 0; draw(); }
// A small face is brought near; one that is large enough to work on stays where it is.
function toFace(asked) {
  if (!box || !sheet.offsetHeight) return;
  const to = Math.min(4, 0.42 * stage.offsetHeight / ((box[3] - box[1]) * sheet.offsetHeight));
  if (to < (asked ? 1 : 1.4)) return fit();
  scale = to;
  panX = -((box[0] + box[2]) / 2 - 0.5) * scale;
  panY = -((box[1] + box[3]) / 2 - 0.5) * scale;
  draw();
}
find("to-face").addEventListener("click", () => toFace(true));
const middle = (event) => {
  const frame = stage.getBoundingClientRect();
  return [event.clientX - frame.left - frame.width / 2, event.clientY - frame.top - frame.height / 2];
};
find("in").addEventListener("click", () => zoom(1.5));
find("out").addEventListener("click", () => zoom(1 / 1.5));
find("fit").addEventListener("click", fit);
stage.addEventListener("dblclick", (event) => { if (scale > 1) fit(); else zoom(3, ...middle(event)); });
stage.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && scale === 1) return;
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 300), ...middle(event));
}, { passive: false });
// One finger or the mouse: rest on the picture to see the original, move to pan what is zoomed. Two fingers: zoom.
const fingers = new Map();
let held;
const release = () => { clearTimeout(held); stage.classList.remove("held"); };
const span = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
stage.addEventListener("pointerdown", (event) => {
  if (event.target.closest("button, .line") || event.button) return;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY, moved: false });
  stage.setPointerCapture(event.pointerId);
  release();
  if (fingers.size === 1) held = setTimeout(() => stage.classList.add("held"), 200);
});
stage.addEventListener("pointermove", (event) => {
  const finger = fingers.get(event.pointerId);
  if (!finger) return;
  const [dx, dy] = [event.clientX - finger.x, event.clientY - finger.y];
  if (!finger.moved && Math.hypot(dx, dy) < 6) return;
  release();
  const before = fingers.size === 2 ? span() : 0;
  Object.assign(finger, { x: event.clientX, y: event.clientY, moved: true });
  if (before) return zoom(span() / before, ...middle(event));
  const [left, top] = moved();
  move(left + dx, top + dy);
});
for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => { fingers.delete(event.pointerId); release(); });
// Where the keys lead a brush is brought in sight.
const EDGE = 32;
stage.addEventListener("limner:look", ({ detail: { x, y } }) => {
  const frame = stage.getBoundingClientRect(), [left, top] = moved();
  const short = (at, low, high) => Math.max(0, low + EDGE - at) - Math.max(0, at - high + EDGE);
  move(left + short(x, frame.left, frame.right), top + short(y, frame.top, frame.bottom));
});
new ResizeObserver(draw).observe(stage);
onKey((e) => (e.key === "+" || e.key === "=") && !e.ctrlKey && !e.metaKey, () => zoom(1.5));
onKey((e) => e.key === "-" && !e.ctrlKey && !e.metaKey, () => zoom(1 / 1.5));
onKey((e) => e.key === "0" && !e.ctrlKey && !e.metaKey, fit);

// --- a photo dropped anywhere on the page -----------------------------------------------------------------------
const carriesFile = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
document.addEventListener("dragover", (event) => {
  if (carriesFile(event)) { event.preventDefault(); stage.classList.add("dropping"); }
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) stage.classList.remove("dropping"); });
document.addEventListener("drop", (event) => {
  stage.classList.remove("dropping");
  if (!carriesFile(event)) return;
  event.preventDefault();
  const file = event.dataTransfer.files[0];
  if (file) send(file.name.toLowerCase().endsWith(".limner") ? "notebook-file" : "photo-file", file);
});
