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
watch("value", () => {
  busy(false);
  if (!props.value?.found) return;
  list.replaceChildren(...props.value.found.flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)]));
});
