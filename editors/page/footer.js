const { go, say, fill, make, icon, choose, busy } = window.limner;
const find = (name) => element.querySelector("." + name);
fill(element);
find("models").append(icon("models"), say("models"));
find("models").addEventListener("click", () => document.dispatchEvent(new CustomEvent("limner:models")));
find("check").append(icon("check"), say("check"));
find("forget").append(icon("delete"), say("forget"));
find("forget").addEventListener("click", () => {
  if (!window.confirm(say("forget_sure"))) return;
  busy(true);
  document.dispatchEvent(new Event("limner:forget"));
  go(trigger, "forget");
});

// --- what a picture says about itself ---------------------------------------------------------------------------
const checking = find("check-dialog"), list = checking.querySelector("dl");
find("check").addEventListener("click", () => { list.replaceChildren(); checking.showModal(); });
checking.querySelector(".cancel").addEventListener("click", () => checking.close());
checking.querySelector(".choose").addEventListener("click", () => choose("check-file"));
const told = (found) => list.replaceChildren(...found.flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)]));
document.addEventListener("limner:too-large", ({ detail: { id, name, most } }) => { if (id === "check-file") told([[say("credentials"), say("too_large", name, most)]]); });
watch("value", () => {
  busy(false, "", "check-file");
  if (props.value?.found) told(props.value.found);
});
