const { say, fill, busy } = window.limner;
fill(element);
element.querySelector(".forget").addEventListener("click", () => {
  if (!window.confirm(say("forget_sure"))) return;
  busy(true);
  trigger("forget");
});
