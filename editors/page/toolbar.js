const { go, say, fill, make, icon, choose, send, busy, answered } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
const name = (node, drawn, text) => {
  node.append(icon(drawn), make("span", {}, say(text)));
  node.setAttribute("aria-label", say(text));
};
name(find("open"), "open", "open");
name(find("camera"), "camera", "camera");
name(element.querySelector(".examples > summary"), "examples", "examples");
name(element.querySelector(".notebook > summary"), "notebook", "notebook");
name(element.querySelector(".download > summary"), "download", "download");

const act = (what, more = {}) => { busy(true); go(trigger, "act", { do: what, ...more }); };
const save = (what) => { busy(true); go(trigger, "save", what); };
const close = () => element.querySelectorAll("details[open]").forEach((menu) => { menu.open = false; });
find("open").addEventListener("click", () => choose("photo-file"));
find("open-notebook").addEventListener("click", () => { close(); choose("notebook-file"); });
find("save-notebook").addEventListener("click", () => { close(); save({ format: "limner" }); });
find("save").addEventListener("click", () => {
  close();
  save({ format: element.querySelector("[name=limner-format]:checked").value, label: find("write-label").checked });
});
const open = (index) => {
  close();
  document.dispatchEvent(new Event("limner:opening"));
  act("example", { example: index });
};
if (props.examples.length === 1) {
  const only = make("button", { type: "button", class: "button", title: props.examples[0].title, onclick: () => open(0) });
  name(only, "examples", "example");
  find("examples").replaceWith(only);
} else props.examples.forEach((example, index) => find("pictures").append(make("button", {
  type: "button", class: "picture", title: example.title, "aria-label": `${say("example")}: ${example.title}`,
  onclick: () => open(index),
}, make("img", { src: example.thumb, alt: "" }))));

// One menu at a time; a click elsewhere or Escape closes it.
element.querySelectorAll("details").forEach((menu) => menu.addEventListener("toggle", () => {
  if (menu.open) element.querySelectorAll("details[open]").forEach((other) => { if (other !== menu) other.open = false; });
}));
document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".menu")) close(); });
element.addEventListener("keydown", (event) => {
  const menu = event.target.closest("details[open]");
  if (event.key === "Escape" && menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

// --- camera -----------------------------------------------------------------------------------------------------
const dialog = find("camera-dialog"), video = dialog.querySelector("video"), said = dialog.querySelector(".note"), take = dialog.querySelector(".take");
let stream = null, opening = 0;
const end = (ended) => ended?.getTracks().forEach((track) => track.stop());
find("camera").addEventListener("click", async () => {
  said.textContent = "";
  video.hidden = false;
  take.disabled = true;
  dialog.showModal();
  const mine = ++opening;
  try {
    const came = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1920 }, height: { ideal: 1080 } } });
    if (mine !== opening) return end(came);             // the dialog was closed before it was allowed
    video.srcObject = stream = came;
    await video.play();
    take.disabled = false;
  } catch (error) {
    if (mine !== opening) return;
    video.hidden = true;
    said.textContent = say("camera_denied");
  }
});
dialog.addEventListener("close", () => { opening++; end(stream); stream = null; video.srcObject = null; });
dialog.querySelector(".cancel").addEventListener("click", () => dialog.close());
take.addEventListener("click", () => {
  const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  dialog.close();
  canvas.toBlob((blob) => send("photo-file", new File([blob], "camera.png", { type: "image/png" })), "image/png");
});

watch("value", () => answered(props.value));
