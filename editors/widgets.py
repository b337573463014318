"""What every part of the page is made with, and how a change reaches the page.

A part of the page is a `gr.HTML` with its own template and script in `page/`. It sends what a person did as an event
("act", or "tick" while a slider moves) and is shown a plain value. Widgets come first, wiring after.
"""

import hashlib
import html
import secrets
import shutil
import traceback
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from .acts import Change, open_example, rest_absent
from .desk import Desk
from .downloads import write_file
from .errors import EditError, NotebookError
from .models_panel import ModelsPanel
from .sessions import TOKEN, Session, Sessions, new_token, sweep
from .step import Step
from .translations import error_in, language_of, say

PAGE = Path(__file__).parent / "page"
WORK = "work"              # the one queue of everything that draws
BESIDE = "beside"          # and of what takes many seconds
ANYWHERE = ("show", "example", "undo", "redo")
"""What may be asked whatever photograph is seen."""
LATE = ("Another photograph or face was chosen meanwhile, perhaps in another window. It is shown now; "
        "nothing else was changed.")
ELSEWHERE = ("Another window changed this work meanwhile. It is shown as it is now; what you did last may have to be "
             "done again.")
BUG = say("server_failed", "en")
View = Callable[[Session, bool, dict[str, Any]], Any]
Answer = Callable[[Session, dict[str, Any]], Iterator[Any]]
StepOf = Callable[[Session, dict[str, Any]], Step]


@lru_cache
def asset(name: str) -> str:
    """The text of a file in `page/`."""
    return (PAGE / name).read_text(encoding="utf-8")


def part(name: str, value: Any = None, **props: Any) -> gr.HTML:
    """A part of the page from its template and script."""
    return gr.HTML(
        value, html_template=asset(f"{name}.html"), js_on_load=asset(f"{name}.js"), apply_default_css=False,
        elem_id=name, **props,
    )


class Shared:
    """What a tab is given: `show` a part, `change` the session by its events, draw `quick` while a slider moves."""

    def __init__(self, desk: Desk, sessions: Sessions, folder: Path, panel: ModelsPanel | None = None):
        self.desk, self.sessions, self.folder = desk, sessions, folder
        self.panel = panel or ModelsPanel(desk.models)
        self.models = desk.models
        # What is inside is the secret; encrypting it with a key that is in the source would add nothing.
        self.token = gr.BrowserState("", storage_key="limner", secret="limner")
        self.viewer: gr.HTML | None = None
        self._shown: list[tuple[gr.HTML, View]] = []
        self._wires: list[Callable[[list[gr.HTML]], None]] = []

    def show(self, shown: gr.HTML, view: View) -> None:
        """Give a part its value after every change: view(session, whether the photograph is new, what was sent)."""
        self._shown.append((shown, view))

    def change(self, event: Callable[..., Any], change: Change) -> None:
        """Let an event of a part change the session."""
        def handle(token: str, sent: gr.EventData, request: gr.Request):
            return self.apply(token, sent._data or {}, change, language_asked(request), request.session_hash)

        self._wires.append(lambda outputs: event(handle, self.token, outputs, trigger_mode="multiple", **QUEUED))

    def upload(self, button: gr.UploadButton, change: Change) -> None:
        """Let an uploaded file change the session; the change is sent its path."""
        def handle(token: str, path: str, request: gr.Request):
            return self.apply(token, {"path": path, "ask": 0}, change, language_asked(request), request.session_hash)

        self._wires.append(lambda outputs: button.upload(
            handle, [self.token, button], outputs, trigger_mode="multiple", **QUEUED))

    def quick(self, event: Callable[..., Any], step_of: StepOf) -> None:
        """Let an event draw a step at display size without keeping it; of ticks that wait, the last is drawn."""
        def handle(token: str, sent: gr.EventData, request: gr.Request):
            return self.tick(token, sent._data or {}, step_of, language_asked(request), request.session_hash)

        self._wires.append(lambda outputs: event(
            handle, self.token, self.viewer, trigger_mode="always_last", **QUEUED))

    def answer(
        self, event: Callable[..., Any], shown: gr.HTML, answer: Answer, stop: Callable[..., Any] | None = None,
        beside: bool = False,
    ) -> None:
        """Answer an event to one part alone, in as many pieces as there are; `stop` is the event that ends it.

        beside:  what takes long and must not hold up the sliders waits in a queue of its own
        """
        def handle(token: str, sent: gr.EventData, request: gr.Request):
            language = language_asked(request)
            session = self.session(token, language)
            try:
                yield from answer(session, sent._data or {})
            except Exception as error:
                why = warn(error, language)  # which lies under a dialog: that is given the words, too
                yield {"stopped": secrets.token_hex(4), "why": why, "seq": (sent._data or {}).get("seq")}

        def wire(outputs: list[gr.HTML]) -> None:
            queue = QUEUED | ({"concurrency_id": BESIDE} if beside else {})
            answering = event(handle, self.token, shown, trigger_mode="multiple", **queue)
            if stop is not None:
                stop(None, cancels=[answering], api_visibility="private")

        self._wires.append(wire)

    def wired(self, wire: Callable[[list[gr.HTML]], None]) -> None:
        """Connect an event once every part stands; `wire` is given all of them."""
        self._wires.append(wire)

    def wire(self, page: gr.Blocks) -> None:
        """Connect what was declared; call it once, after every part stands."""
        outputs = [shown for shown, _ in self._shown]
        for wire in self._wires:
            wire(outputs)
        page.load(self.begin, self.token, [self.token, *outputs], **QUEUED)

    def session(self, token: str, language: str) -> Session:
        """The session of a token. Raises gr.Error, shown on the page, for what is not one."""
        try:
            return self.sessions.get(token)
        except EditError as error:
            raise gr.Error(error_in(str(error), language), print_exception=False) from None

    def apply(
        self, token: str, sent: dict[str, Any], change: Change, language: str, window: str | None = None
    ) -> list[Any]:
        """Change a session, keep it, and return what every part shows; after an error, what it was before.

        window:  which of a browser's windows asks
        """
        session = self.session(token, language)
        with session.lock:
            before, new = session.copy(), False
            try:
                late = self.late(session, sent, window)
                if late:
                    new = True
                    raise NotebookError(late)
                new = bool(change(session, sent))
                self.desk.check(session)
                session.note_change(before, window or "")
                self.sessions.keep(token)
            except Exception as error:
                session.restore(before)
                warn(error, language)
                self.resume(session, sent)  # a model of what stood there may be gone by now
            if session.notice:
                values = (error_in(value, language) for value in session.notice[1:])
                gr.Info(html.escape(say(session.notice[0], language, *values)))
                session.notice = ()
            return self.views(session, new, sent)

    def late(self, session: Session, sent: dict[str, Any], window: str | None) -> str | None:
        """Why something is not done: it was meant for another photograph, face or edits than are open by now."""
        work = sent.get("work")
        if session.portrait is None or sent.get("do") in ANYWHERE:
            return None
        if not self.is_open(session, sent):
            return LATE
        return ELSEWHERE if isinstance(work, int) and session.changed_elsewhere(work, window or "") else None

    def refuse_late(self, session: Session, sent: dict[str, Any]) -> None:
        """Raise NotebookError for what was asked of another photograph or face than is open by now; the layers to draw
        on are always those of the one that is."""
        if sent.get("do") != "layers" and not self.is_open(session, sent):
            raise NotebookError(LATE)

    def is_open(self, session: Session, sent: dict[str, Any]) -> bool:
        """Whether the photograph, and the face, that something was meant for is the one that is open."""
        seen = sent.get("photo")
        return not isinstance(seen, str) or self.desk.photo(session).startswith(seen)

    def views(self, session: Session, new: bool, sent: dict[str, Any]) -> list[Any]:
        """The value of every part."""
        return [view(session, new, sent) for _, view in self._shown]

    def tick(
        self, token: str, sent: dict[str, Any], step_of: StepOf, language: str, window: str | None = None
    ) -> Any:
        """The picture while a slider moves, or why there is none; nothing where it was moved over other work."""
        session = self.session(token, language)
        try:
            with session.lock:
                if self.late(session, sent, window):
                    return gr.skip()
                return {"quick": self.desk.quick(session, step_of(session, sent)), "ask": sent.get("ask")}
        except Exception as error:
            return {"message": said_of(error, language)}

    def begin(self, kept: str, request: gr.Request) -> list[Any]:
        """Find a browser's work again, or begin with the first example: its token, then every part's value."""
        token = kept if isinstance(kept, str) and TOKEN.fullmatch(kept) else new_token()
        self.sessions.sweep()
        sweep(self.folder / "leaving", self.sessions.lifetime)
        empty = self.sessions.get(token).portrait is None
        begin = open_example if empty else self.resume
        return [token, *self.apply(token, {}, begin, language_asked(request), request.session_hash)]

    def resume(self, session: Session, sent: dict[str, Any]) -> bool:
        """Show a session that was found again; edits that can no longer be drawn are switched off, not lost."""
        try:
            rest_absent(session, self.models)
            self.desk.check(session)
        except Exception as error:
            session.switch_off()
            session.notice = ("switched_off", said_of(error, "en"))
        return True

    def write(self, token: str, sent: dict[str, Any], language: str) -> str | None:
        """Write what is to be saved into a folder whose name nobody can guess; its path, or None if it was said why."""
        session, folder = self.session(token, language), self.leaving(token) / secrets.token_hex(16)
        shutil.rmtree(folder.parent, ignore_errors=True)  # the one before has left
        folder.mkdir(parents=True, mode=0o700)
        try:
            with session.lock:
                return str(write_file(session, self.desk, sent.get("format"), folder, sent.get("label") is True))
        except Exception as error:
            warn(error, language)
            return None

    def leaving(self, token: str) -> Path:
        """Where a session's downloads lie until they are a day old or forgotten."""
        return self.folder / "leaving" / hashlib.sha256(token.encode()).hexdigest()

    def forget(self, token: str, request: gr.Request) -> list[Any]:
        """Remove a session and what was downloaded from it, and begin anew."""
        self.sessions.forget(token)
        self.desk.forget()
        shutil.rmtree(self.leaving(token), ignore_errors=True)
        gr.Info(say("forgotten", language_asked(request)))
        return self.apply(token, {}, open_example, language_asked(request), request.session_hash)


QUEUED = {"concurrency_id": WORK, "concurrency_limit": 1, "show_progress": "hidden", "api_visibility": "private"}


def language_asked(request: gr.Request) -> str:
    """The language that a browser asks for."""
    return language_of(request.headers.get("accept-language"))


def said_of(error: Exception, language: str) -> str:
    """What is said of an error; one that nobody can mend is a bug, whose traceback is written where Limner runs."""
    if not isinstance(error, EditError):
        traceback.print_exception(error)
    return error_in(str(error) if isinstance(error, EditError) else BUG, language)


def warn(error: Exception, language: str) -> str:
    """Show what is said of an error, and return it."""
    said = said_of(error, language)
    gr.Warning(html.escape(said), duration=12, title=say("failed", language))
    return said
