const { go, pieces, say, fill, make, next, busy } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
const panel = find("likeness");
let running = 0, wanted = 0, shown = null;
const model = () => document.getElementById("limner-generator")?.value || "";
const work = pieces(() => go(trigger, "stop"));

const buttons = props.choices.map((seconds) => make("button", {
  type: "button", class: "button", "data-seconds": seconds, onclick: () => spend(seconds),
}, seconds ? say("likeness_seconds", seconds) : say("likeness_none")));
find("spend").append(...buttons);
const press = (seconds) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(Number(button.dataset.seconds) === seconds)));

const look = (seconds) => { if (panel.open && !running) go(trigger, "look", { model: model(), seconds }); };
function run(on) {
  find("filming").hidden = !on;
  buttons.forEach((button) => { button.disabled = on; });
  if (!on) running = 0;
}
function spend(seconds) {
  wanted = seconds;
  find("said").textContent = "";
  if (!seconds) { look(0); return use(0); }
  running = next();
  run(true);
  find("filming").firstChild.value = 0;
  const asked = { model: model(), seconds, seq: running };
  work.begin(running, () => go(trigger, "sharpen", asked));
}
function use(seconds) {
  if (shown?.drawn) { busy(true); go(trigger, "act", { seconds, seq: next() }); }
  else if (seconds) find("said").textContent = say("likeness_unused");
}
find("stop-it").addEventListener("click", () => { work.end(); run(false); });
document.addEventListener("limner:unheard", () => run(false));
panel.addEventListener("toggle", () => look());
document.addEventListener("change", (event) => { if (event.target.id === "limner-generator") look(); });

function show(faceless) {
  find("pair").hidden = find("spend").hidden = faceless;
  if (faceless || "faceless" in find("said").dataset) find("said").textContent = faceless ? say("likeness_faceless") : "";
  find("said").toggleAttribute("data-faceless", faceless);
}
function draw(value) {
  show(false);
  find("mine").src = value.mine;
  find("its").src = value.its;
  find("mine").alt = say("my_photo");
  find("its").alt = say("likeness_alt", value.decibels.toFixed(1));
  find("its-said").textContent = say("likeness_its", value.decibels.toFixed(1));
  press(value.seconds);
}
watch("value", () => {
  const value = props.value;
  if (!value) return;
  if (value.share !== undefined || value.ready !== undefined || value.stopped) work.heard(value.seq ?? value.ready ?? 0);
  if (value.share !== undefined) { if (value.seq === running) find("filming").firstChild.value = value.share; }
  else if (value.ready !== undefined) {
    if (value.ready !== running) return;
    run(false);
    draw(value);
    use(value.seconds);
  } else if (value.mine) draw(value);
  else if (value.faceless) show(true);
  else if (value.stopped) { if (value.seq === running) run(false); }
  else if (value.changed) {
    if (running && value.of !== shown?.of) { work.end(); run(false); }        // it would be of what is seen no more
    shown = value;
    if (value.drawn) { press(value.likeness); find("said").textContent = ""; }
    look(value.drawn ? value.likeness : undefined);
  }
});
