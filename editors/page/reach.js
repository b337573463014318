// How the page reaches its server, whatever the network does: what is asked arrives in the order it was asked in, and
// every answer is heard. And what Gradio's page asks of the browser for nothing.
(() => {
  const reach = window.fetch;

  // A slow network could let the second question, or file, overtake the first. Gradio's page must know that it has asked
  // before it hears the answer, and of one question after another.
  const reached = {};
  const inOrder = (kind, reach) => {
    const asking = Promise.resolve(reached[kind]).then(reach);
    reached[kind] = asking.catch(() => {});
    return asking;
  };
  async function join(...asked) {
    const answer = await reach(...asked), said = await answer.text();
    try { ask(JSON.parse(said).event_id); } catch { /* it was not taken */ }
    return new Response(said, answer);
  }

  // Gradio's server ends the stream of answers once it has answered all; Gradio's page would wait for ever for the answer
  // to what reached the server in that moment. So its stream goes on, connected anew while an answer is still to come.
  const unanswered = new Set(), early = new Map();
  let more = () => {};
  const ask = (id) => {
    const known = early.get(id);
    early.delete(id);
    if (!id || known === null) return;                     // it was not taken, or is answered already
    unanswered.add(id);
    known?.();
    more();
  };
  const asked = (id) => unanswered.has(id) || new Promise((known) => { early.set(id, known); setTimeout(known, 5000); });
  const hear = (id) => { if (!unanswered.delete(id)) early.set(id, null); };
  // What comes in one moment is heard one after another: Gradio's page would show the last alone, or an older one last.
  const moment = () => new Promise((passed) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = passed; port2.postMessage(0); });
  // What failed without a word is told to nobody by Gradio's page.
  const failed = (silently) => document.dispatchEvent(new CustomEvent("limner:failed", { detail: silently }));
  // Passes the messages of one connection on until the server has ended it: where a page leaves first, the server forgets
  // what it was asked meanwhile.
  async function pass(answer, out) {
    const pieces = answer.body.pipeThrough(new TextDecoderStream()).getReader(), letters = new TextEncoder();
    for (let rest = "", ended = false; ;) {
      const { value, done } = await pieces.read();
      if (done) {
        if (unanswered.size && !ended) throw new TypeError("The connection was lost.");
        return;
      }
      const messages = (rest + value).split("\n\n");
      rest = messages.pop();
      for (const message of messages) {
        const [, kind] = message.slice(0, 300).match(/"msg":"(\w+)"/) || [], [, id] = message.slice(0, 300).match(/"event_id":"(\w+)"/) || [];
        if (kind === "close_stream") { ended = true; continue; }
        if (id) await asked(id);
        await moment();
        if (kind === "process_completed") hear(id);
        if (/"success":false/.test(message.slice(0, 300))) failed(message.includes('"error":null'));
        out.enqueue(letters.encode(message + "\n\n"));
      }
    }
  }
  async function answers(...asked) {
    const first = await reach(...asked);
    if (!first.ok) return first;
    return new Response(new ReadableStream({
      async start(out) {
        try {
          for (let answer = first; ; answer = await reach(...asked)) {
            if (!answer.ok) throw new TypeError("The connection was lost.");
            await pass(answer, out);
            if (!unanswered.size) await new Promise((resolve) => { more = resolve; });
          }
        } catch (error) { out.error(error); }
      },
    }), { headers: first.headers });
  }

  window.fetch = (address, ...how) => {
    const [, kind] = String(address.url ?? address).match(/\/(queue\/join|queue\/data|upload)(?=$|\?)/) || [];
    if (kind === "queue/data" && address instanceof Request) return answers(address, ...how);    // Gradio's own
    if (!kind || kind === "queue/data") return reach(address, ...how);
    return inOrder(kind, () => (kind === "queue/join" ? join : reach)(address, ...how));
  };

  // Gradio's word that its page loads counts its seconds at every frame, unseen, and is taken away before it can stop: it
  // would count for as long as the page is open. Once the page stands, frames that were asked for past what is here are
  // asked for by such words alone, and not drawn.
  const frame = window.requestAnimationFrame, known = new Set();
  window.requestAnimationFrame = (draw) => {
    const asked = frame((now) => { known.delete(asked); draw(now); });
    known.add(asked);
    return asked;
  };
  document.addEventListener("limner:began", () => {
    const last = frame(() => {});
    for (let asked = Math.max(0, last - 99); asked < last; asked++) if (!known.has(asked)) cancelAnimationFrame(asked);
  }, { once: true });
})();
