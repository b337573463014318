// Shared by every part of the page: words in the visitor's language, shortcuts, files, and what is under way.
window.limner = (() => {
  const words = WORDS;
  const asked = (navigator.languages || [navigator.language]).map((code) => code.toLowerCase().slice(0, 2));
  const language = asked.find((code) => code === "zh" || code === "en") || "en";
  const say = (key, ...values) => {
    const phrase = (words[language] || words.en)[key] || key.replaceAll("_", " ").replace(/^./, (c) => c.toUpperCase());
    return phrase.replace(/\{(\d)\}/g, (_, index) => values[index]);
  };

  // data-say fills the text, data-label the name that a screen reader speaks and a pointer shows.
  const fill = (root) => {
    root.querySelectorAll("[data-say]").forEach((node) => { node.textContent = say(node.dataset.say); });
    root.querySelectorAll("[data-label]").forEach((node) => {
      const text = say(node.dataset.label);
      node.setAttribute("aria-label", text);
      if (node.matches("button, summary, label")) node.title = text;
    });
    return root;
  };

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  };
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", "icon");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  };

  // Regions that are held as they are, as it is said of a cell and of the sliders.
  const locked = () => [...document.querySelectorAll("#attributes .locks input:checked")].map((box) => box.value);
  const keeping = (regions = []) => (regions.length ? `${say("keep")}: ${regions.map((region) => say(region)).join(", ")}` : "");

  // A size as it is read, from its bytes.
  const big = (bytes) => bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : bytes >= 1e8 ? `${Math.round(bytes / 1e6)} MB` : bytes >= 1e5 || !bytes ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;

  // Frames of a moving slider and pictures at rest are numbered, so that a late one never covers a newer one.
  let count = 0;
  const next = () => ++count;

  // What a person does before the server has found their work waits until it has.
  let began, known = false;
  const begun = new Promise((resolve) => { began = () => { known = true; resolve(); document.dispatchEvent(new Event("limner:began")); }; });

  // What is asked says which photograph is seen, and since when the work is as it is seen: another window of this browser
  // may have changed it. A change that waits for more of its kind goes first: what follows has a later number, is asked
  // once that is answered, and before whatever is asked later.
  let seen, work, listening = [], awaited = 0, behind = Promise.resolve();
  const waiting = new Set();     // each sends its change now, and says which number that has if it is not the last one
  const hear = (seq) => { listening = listening.filter(([number, heard]) => !(seq >= number) || heard()); };
  document.addEventListener("limner:unheard", () => hear(Infinity));      // what was asked after it does not wait for it
  const hurry = () => {
    if (!waiting.size) return null;
    awaited = Math.max(...[...waiting].map((now) => now() ?? count));
    return new Promise((heard) => { listening.push([awaited, heard]); setTimeout(heard, 20000); });
  };
  const go = (trigger, event, sent = {}) => {
    const atOnce = ["tick", "stop"].includes(event), first = atOnce ? null : hurry(), change = ["act", "use"].includes(event);
    if (first && (change || event === "face")) asks++;   // it is answered after what went first
    const asked = { photo: seen, work, ask: asks, ...sent, ...(first && sent.seq && change ? { seq: next() } : {}) };
    const turn = Promise.all([begun, first, atOnce || sent.seq <= awaited || behind]);
    behind = Promise.all([behind, turn]);
    return turn.then(() => trigger(event, asked));
  };
  // Windows tell one another when the work changed; each shows what it is by now, as soon as it is in sight.
  const windows = new BroadcastChannel("limner");
  let told = 0;
  const looking = (photo, changed) => {
    if (changed > work) windows.postMessage(changed);
    [seen, work] = [photo, changed];
  };
  const catchUp = () => { if (told > work && !document.hidden) document.dispatchEvent(new Event("limner:show")); };
  windows.addEventListener("message", ({ data }) => { told = data; catchUp(); });
  document.addEventListener("visibilitychange", catchUp);
  const later = (run, pause) => {
    let timer;
    const cancel = () => { clearTimeout(timer); waiting.delete(now); };
    const now = () => { cancel(); run(); };
    return { start: () => { cancel(); waiting.add(now); timer = setTimeout(now, pause); }, cancel, waits: () => waiting.has(now) };
  };

  // What is answered in pieces can be ended only once the server has begun it: until its first piece is here an end
  // waits, and what is asked next waits for that end.
  const pieces = (end) => {
    let asked, heard = () => {}, begun = Promise.resolve(), ended = begun;
    document.addEventListener("limner:unheard", () => heard());
    return {
      begin: (seq, ask) => {
        asked = seq;
        begun = new Promise((resolve) => { heard = resolve; setTimeout(resolve, 20000); });
        ended.then(ask);
      },
      heard: (seq) => { if (seq === undefined || seq === asked) heard(); },
      end: () => { ended = begun.then(end); },
    };
  };

  // What the server does not have yet is kept by the browser: every window finds its own again, and one that is opened
  // later what was kept last, for a day as on the server.
  const STORES = [sessionStorage, localStorage], DAY = 24 * 3600 * 1000;
  for (const store of STORES) for (const name of Object.keys(store)) if (name.startsWith("limner-") && !(JSON.parse(store[name]).at > Date.now() - DAY)) store.removeItem(name);
  const kept = (name) => JSON.parse(STORES.map((store) => store.getItem(name)).find(Boolean) || "null")?.value ?? null;
  const keep = (name, value) => STORES.forEach((store) => { try { store.setItem(name, JSON.stringify({ at: Date.now(), value })); } catch { /* it is full */ } });
  const drop = (name) => STORES.forEach((store) => store.removeItem(name));

  // What takes long says what it is, until it is done; a part of the page that waits for an answer of its own goes on
  // when the picture is here, and so does what was asked after that picture, or is still to arrive.
  let patience, said = "", asks = 0, files = 0;
  const under = new Map();
  const busy = (on, what = "", whose = "page") => {
    clearTimeout(patience);
    if (on) under.set(whose, what);
    else under.delete(whose);
    if (on && whose === "page") asks++;
    document.body.classList.toggle("limner-busy", under.size > 0);
    const hint = document.querySelector("#viewer .hint"), seen = said && hint.textContent === said;
    said = [...under.values()].find(Boolean) || "";
    if (seen) hint.textContent = said;
    if (said && !seen) patience = setTimeout(() => { hint.textContent = said; patience = setTimeout(idle, 60000); }, 700);
    else if (under.size) patience = setTimeout(idle, 60000);
  };
  const idle = () => { files = 0; under.clear(); busy(false); };
  const note = (text = "") => {
    const hint = document.querySelector("#viewer .hint");
    if (text || hint.textContent !== said) hint.textContent = text;
  };
  const rest = (ask) => { if (!((ask ?? Infinity) < asks)) busy(false); };
  const answered = ({ ask, file }) => {
    if (file && --files <= 0) { files = 0; busy(false, "", "file"); }
    rest(ask);
  };

  // Gradio's upload buttons are out of sight; their file inputs stand before them.
  const KINDS = { "photo-file": "image/*,.heic,.heif,.avif,.tif,.tiff", "check-file": "image/*,.avif", "notebook-file": ".limner", "weights-file": ".pt,.pth,.pkl,.npy,.npz,.safetensors,.json" };
  const hush = () => document.querySelectorAll(".toast-body .toast-close").forEach((each) => each.click());
  const tell = (text) => { document.querySelector("#viewer .hint").textContent = text; busy(false); };
  const input = (id) => document.getElementById(id).previousElementSibling;
  const send = (id, file) => {
    const files = new DataTransfer();
    files.items.add(file);
    const target = input(id);
    target.accept = "";
    target.files = files.files;
    target.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const choose = (id) => { input(id).accept = KINDS[id]; input(id).click(); };

  // A file that the server would refuse is refused here, in the visitor's language.
  const MOST_MB = 40;
  document.addEventListener("change", (event) => {
    const file = event.target.type === "file" && event.target.files[0];
    if (!file) return;
    const id = event.target.id || event.target.nextElementSibling?.id;
    if (file.size > MOST_MB * 1e6) {
      event.stopImmediatePropagation();
      event.target.value = "";
      const detail = { id, name: file.name, most: MOST_MB };
      if (["weights-file", "check-file"].includes(id) || event.target.closest("dialog")) document.dispatchEvent(new CustomEvent("limner:too-large", { detail }));
      else {
        hush();
        tell(say("too_large", file.name, MOST_MB));
      }
      return;
    }
    if (!known) {
      event.stopImmediatePropagation();
      return begun.then(() => event.target.dispatchEvent(new Event("change", { bubbles: true })));
    }
    if (["photo-file", "notebook-file"].includes(id)) {
      document.dispatchEvent(new Event("limner:opening"));
      files++;
      busy(true, say("opening", file.name), "file");
    } else if (id in KINDS) busy(true, "", id);
    hurry();
  }, true);

  const take = (file) => {
    busy(false);
    if (file) make("a", { href: file.url, download: file.orig_name || "" }).click();
  };

  const typing = (target) => target.closest?.("input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea");
  const shortcuts = [];
  const onKey = (test, run) => shortcuts.push([test, run]);
  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.metaKey;
    if (typing(event.target) && !(held && event.target.dataset.rests === event.target.value)) return; // undo is not of what is typed
    for (const [test, run] of shortcuts) if (test(event)) { event.preventDefault(); run(event); return; }
  });

  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files || [])].find((each) => each.type.startsWith("image/"));
    if (!file || (typing(event.target) && event.clipboardData.types.includes("text/plain"))) return;
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());  // it would lie over the picture
    send("photo-file", file);
  });

  // Who clicks twice means what was there at the first click: not what came under the pointer since, and where one click
  // is enough, that once.
  const CLICKED = "button, a, summary, select, input";
  let clicked = null;
  document.addEventListener("click", (event) => {
    const on = event.target.closest("label") || event.target.closest(CLICKED) || event.target;
    if (event.detail < 2) clicked = on;
    if (on === clicked && !(event.detail > 1 && on.matches("[data-once], .menu > summary"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // What has the keyboard and can be pressed no longer hands it to the nearest that can, as what it began is stopped by.
  const HOLDS = "button:not(:disabled), input:not(:disabled), select:not(:disabled)";
  new MutationObserver((changes) => {
    const at = document.activeElement;
    if (!changes.some(({ target }) => target.contains(at)) || (!at.disabled && at.checkVisibility())) return;
    for (let around = at.parentElement; around; around = around.parentElement) {
      const heir = [...around.querySelectorAll(HOLDS)].find((each) => each.checkVisibility());
      if (heir) return heir.focus({ preventScroll: true });
    }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["disabled", "hidden"], subtree: true });

  // Gradio knows Chinese of two regions; in a browser of any other it names its tabs in English.
  const nameTabs = () => document.querySelectorAll("#tabs [role=tab]").forEach((tab) => {
    const name = tab.textContent.trim(), key = Object.keys(words.en).find((each) => words.en[each] === name);
    if (key && say(key) !== name) tab.firstChild.textContent = say(key);
  });
  // Gradio heads its messages in English; and what it says when an event was not taken is said in the page's words:
  // whoever waits for an answer waits no more.
  const HEADS = { Error: "failed", "Connection Lost": "failed", Warning: "failed", Info: "good_to_know" };
  const UNHEARD = { "This application is currently busy": "server_busy", Connection: "server_lost", "An ": "server_failed" };
  const unheard = () => { idle(); document.dispatchEvent(new Event("limner:unheard")); };
  document.addEventListener("limner:failed", ({ detail: silently }) => { unheard(); if (silently) tell(say("server_failed")); });
  const nameMessages = () => {
    for (const { firstChild: head } of document.querySelectorAll(".toast-title")) {
      const known = HEADS[head?.data?.trim()];
      if (known) head.data = say(known) + " ";
    }
    for (const text of document.querySelectorAll(".toast-body.error .toast-message-text")) {
      const said = Object.keys(UNHEARD).find((each) => text.textContent.startsWith(each));
      if (!said) continue;
      text.textContent = say(UNHEARD[said]);
      unheard();
    }
  };
  // It shows those of one kind together and takes all away when the first was there long enough; what had come late is
  // then said on in the picture.
  const SEEN = 8000;
  let failed = 0, latest = { text: "", at: -SEEN };
  const keepLate = () => {
    const texts = document.querySelectorAll(".toast-body.warning .toast-message-text"), now = performance.now();
    if (texts.length > failed) latest = { text: texts[texts.length - 1].textContent, at: now };
    if (failed && !document.querySelector(".toast-body.warning") && now - latest.at < SEEN) tell(latest.text);
    failed = texts.length;
  };
  document.addEventListener("click", (event) => { if (event.target.closest?.(".toast-close")) latest.at = -SEEN; }, true);
  // A dialog that opens would lie half over what was said.
  document.addEventListener("toggle", ({ target, newState }) => { if (target.matches("dialog") && newState === "open") hush(); }, true);
  // What was said of one photograph, or of a file that could not be opened, is not said of the next.
  document.addEventListener("limner:opening", () => { hush(); tell(""); });
  // What is said again is read once, beside the count of it.
  const sayOnce = () => document.querySelectorAll(".toast-body").forEach((body) => {
    const items = [...body.querySelectorAll(".toast-message-item")], texts = items.map((item) => item.textContent.trim());
    items.forEach((item, at) => item.classList.toggle("again", texts.indexOf(texts[at], at + 1) > 0));
  });
  new MutationObserver(() => { if (language === "zh") nameTabs(); nameMessages(); keepLate(); sayOnce(); }).observe(document.body, { childList: true, subtree: true });

  document.addEventListener("click", (event) => { if (event.target.closest?.("#tabs [role=tab]")) document.querySelector("#right").scrollTo(0, 0); });
  // Arrow keys lead from tab to tab; a branch, which is drawn anew, is opened only when it is pressed.
  document.addEventListener("keydown", (event) => {
    const list = event.target.matches?.("[role=tab]") && event.target.closest("[role=tablist]");
    const tabs = list ? [...list.querySelectorAll("[role=tab]")] : [], at = tabs.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (!list || to === undefined || event.altKey) return;
    event.preventDefault();
    const tab = tabs.at(to % tabs.length);
    tab.focus();
    if (tab.closest("#tabs")) tab.click();
  });

  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  return { began, go, asked: () => asks, keep, kept, drop, DAY, later, pieces, waiting, looking, hear, say, locked, keeping, fill, make, icon, big, next, busy, note, rest, answered, send, choose, take, onKey, language, photos: KINDS["photo-file"] };
})();
