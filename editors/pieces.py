"""Work of seconds while the page goes on: what it tells comes in pieces, and it ends when nobody listens any more."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from .errors import EditError

Result = TypeVar("Result")
Tell = Callable[[Any], None]
THREAD = "work in pieces"
"""What the thread of such work is called."""


class Stopped(EditError):
    """Raised inside work that nobody waits for any more."""


def in_pieces(work: Callable[[Tell], Result]) -> Generator[Any, None, Result]:
    """Run work(tell) in a thread of its own, yield what it tells and return what it returns.

    Where it tells faster than is asked, only the newest piece is given. Once the generator is closed, the next `tell`
    raises Stopped, which the work lets through.
    """
    told: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
    ended = threading.Event()

    def tell(piece: Any) -> None:
        if ended.is_set():
            raise Stopped("Stopped.")
        told.put((False, piece))

    def run() -> None:
        try:
            told.put((True, (work(tell), None)))
        except BaseException as error:  # it is raised where the work was asked for
            told.put((True, (None, error)))

    threading.Thread(target=run, name=THREAD, daemon=True).start()
    try:
        last, piece = told.get()
        while not last:
            yield piece
            last, piece = told.get()
            while not last and not told.empty():
                last, piece = told.get()
    finally:
        ended.set()
    result, error = piece
    if error is not None:
        raise error
    return result
