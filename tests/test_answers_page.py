"""Answers in a real browser: those that come together, late, or to something older hide nothing and undo nothing."""

from playwright.sync_api import expect

from .browser import changed, face, settle, until, upload

REVERSED = """
const reach = window.fetch, said = [];
window.fetch = async (address, ...how) => {
  const answer = await reach(address, ...how);
  if (!window.reversed || !String(address.url ?? address).includes("/queue/join")) return answer;
  const text = await answer.text();
  return new Response(new ReadableStream({ start(out) { said.push(() => {
    window.known = (window.known || 0) + 1;
    out.enqueue(new TextEncoder().encode(text));
    out.close();
  }); } }), answer);
};
setInterval(() => said.pop()?.(), 300);
"""
"""What the server says when it is asked comes late, the last first, where it can."""


def test_of_faces_clicked_one_after_another_the_last_is_shown_however_late_the_page_knows_that_it_asked(
    unopened, address, two,
):
    page = unopened
    page.add_init_script(REVERSED)
    page.goto(address)
    settle(page)
    changed(page, lambda: upload(page, two))
    page.evaluate("""() => {
      window.reversed = true;
      for (const at of [0, 1]) document.querySelectorAll(".person")[at].click();
    }""")
    until(page, "window.known >= 2 && !document.body.classList.contains('limner-busy')")
    expect(face(page, "Face 2")).to_have_attribute("aria-pressed", "true")
