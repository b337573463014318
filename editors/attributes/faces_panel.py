"""Faces of the generator for their own sake, in a dialog: by seed, mixed of two, a film of the way between two."""

import base64
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..acts import choose_usable_face
from ..desk import data_url
from ..drawing import content_of
from ..errors import SettingError
from ..images import encode, open_photo, save_photo
from ..models import Models
from ..pieces import Tell, in_pieces
from ..portrait import Portrait
from ..provenance import edit_note, sign
from ..sessions import Session
from ..step import check_number
from ..widgets import Shared, part
from .drawn_faces import FacePainter
from .picture_morph import morph_pictures
from .recipes import MOST_SEED, MOST_TRUNCATION, Drawer, Recipe, recipe_of
from .step import EMBEDDED, GENERATOR, LINEAR
from .video import RATE, write_video

MOST_FACES = 24
"""Faces drawn for one question."""
SECONDS = (0.5, 8.0)
"""Shortest and longest film."""


def build(shared: Shared) -> None:
    """Build the dialog and say what it asks and changes."""
    faces = Faces(shared.models)
    layers = 2 * int(shared.models.card(EMBEDDED).config["size"]).bit_length() - 4
    panel = part("faces", layers=layers, most_seed=MOST_SEED, most_truncation=MOST_TRUNCATION, seconds=list(SECONDS))
    shared.desk.also.append(faces.painter)
    shared.answer(panel.ask, panel, lambda session, sent: drawn(faces, shared, session, sent))
    shared.answer(panel.read, panel, lambda session, sent: read(faces, sent))
    shared.answer(panel.list, panel, lambda session, sent: by_seeds(faces, shared, session, sent), beside=True)
    shared.answer(panel.film, panel, lambda session, sent: film(faces, shared, session, sent), stop=panel.stop,
                  beside=True)
    shared.change(panel.use, lambda session, sent: use(faces, shared, session, sent))


class Faces:
    """The painter of faces, made when the first is asked for: it takes a second or two."""

    def __init__(self, models: Models):
        self.models = models
        self._painter: FacePainter | None = None
        self._lock = threading.Lock()

    def painter(self) -> FacePainter:
        """The painter, with the generator as it is loaded now."""
        with self._lock:
            if self._painter is None or self._painter.generator is not self.models.get(EMBEDDED):
                self._painter = FacePainter(self.models)
            return self._painter

    def drawer(self, shared: Shared, session: Session) -> Drawer:
        """What draws recipes for a session."""
        return Drawer(self.painter(), portraits_of(shared, session))


def portraits_of(shared: Shared, session: Session) -> Callable[[int], Portrait]:
    """The pictures of a session's notebook by their place. Asking for one that is not there raises SettingError."""
    def portrait(index: int) -> Portrait:
        with session.lock:
            portraits = session.run(shared.models, shared.desk.results)
        if index >= len(portraits):
            raise SettingError(f"There is no edit {index}; the notebook has {max(len(portraits) - 1, 0)}.")
        return portraits[index]

    return portrait


# --- what is asked without changing anything -------------------------------------------------------------------------

def drawn(faces: Faces, shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The face of a recipe; of a film, the first picture."""
    recipe, drawer = recipe_of(sent), faces.drawer(shared, session)
    begins = sent.get("film") is True and recipe.other is not None
    picture = next(frames_of(drawer, recipe, 2, shared.models)) if begins else drawer.draw(recipe)
    yield {"picture": png_url(picture), "seq": sent.get("seq")}


def by_seeds(faces: Faces, shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The faces of several seeds, each as soon as it is drawn."""
    drawer, found = faces.drawer(shared, session), []
    seeds = sent.get("seeds") if isinstance(sent.get("seeds"), list) else []
    for seed in seeds[:MOST_FACES]:
        recipe = recipe_of({"a": {"seed": seed}, "truncation": sent.get("truncation", 0.7)})
        found.append({"seed": seed, "url": data_url(encode(drawer.draw(recipe), "jpeg", 92))})
        yield {"faces": list(found), "asked": sent.get("seq")}


def read(faces: Faces, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is known of the largest face of another photograph; the photograph itself is kept nowhere.

    Raises ImageError if it is none, FaceError without a usable face.
    """
    photo = open_photo(content_of(sent.get("file")))
    yield {"code": faces.painter().of_photograph(Portrait(photo.pixels)).code, "seq": sent.get("seq")}


def png_url(picture: np.ndarray) -> str:
    """A picture as a URL, every pixel as it is."""
    return "data:image/png;base64," + base64.b64encode(encode(picture, "png")).decode()


def film(faces: Faces, shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The way from one face to another as an mp4, with how much of it is done meanwhile."""
    recipe, seconds = recipe_of(sent), sent.get("seconds", 2.4)
    check_number("seconds", seconds, *SECONDS)
    if recipe.other is None:
        raise SettingError("A film goes from one face to another: choose both.")
    count, back = round(seconds * RATE), sent.get("back") is True
    drawer, seq = faces.drawer(shared, session), sent.get("seq")
    yield {"film": 0.0, "seq": seq}
    frames = frames_of(drawer, recipe, count, shared.models)
    action = {"kind": "attributes.morph", "settings": recipe.plain}
    content = yield from in_pieces(
        lambda tell: filmed(frames, count, back, lambda share: tell({"film": share, "seq": seq}), action,
                            used_models(shared.models))
    )
    yield {"mp4": base64.b64encode(content).decode(), "seq": seq}


def frames_of(drawer: Drawer, recipe: Recipe, count: int, models: Models) -> Iterator[np.ndarray]:
    """Pictures of the way: in the photograph's pixels between two of the notebook, else as the generator draws it."""
    if recipe.first.cell is not None and recipe.other.cell is not None:
        yield from morph_pictures(drawer.portrait(recipe.first.cell), drawer.portrait(recipe.other.cell), count, models)
    else:
        ends = (drawer.face(source, recipe.truncation) for source in (recipe.first, recipe.other))
        yield from drawer.painter.morph(*ends, count)


def filmed(
    frames: Iterator[np.ndarray], count: int, back: bool, tell: Tell, action: Mapping[str, Any],
    used: Sequence[Mapping[str, Any]],
) -> bytes:
    """An mp4 of the pictures, and of the way back, that says what was done with which models.

    tell: is told the share that is written
    """
    def shown() -> Iterator[np.ndarray]:
        forth = []
        for frame in frames:
            tell(len(forth) / (count * (1 + back)))
            forth.append(frame)
            yield frame
        for index, frame in enumerate(forth[-2:0:-1] if back else []):
            tell((count + index) / (2 * count))
            yield frame

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        write_video(path, shown(), RATE)
        sign(path, [action], used)
        return path.read_bytes()


# --- what changes the session ----------------------------------------------------------------------------------------

def use(faces: Faces, shared: Shared, session: Session, sent: dict[str, Any]) -> bool:
    """Open a drawn face as the photograph; its file says how it came to be. Undo brings back what was open."""
    recipe = recipe_of(sent)
    content = signed(faces.drawer(shared, session).draw(recipe), recipe, shared.models)
    session.open_photo(content, name_of(recipe))
    choose_usable_face(session, shared.models)
    return True


def name_of(recipe: Recipe) -> str:
    """What a file of such a face is called."""
    seeds = [str(source.seed) for source in (recipe.first, recipe.other) if source and source.seed is not None]
    return "-".join(["face", *seeds])


def signed(picture: np.ndarray, recipe: Recipe, models: Models) -> bytes:
    """A PNG of a drawn face that says what drew it."""
    action = {"kind": "attributes.generate" if recipe.other is None else "attributes.mix", "settings": recipe.plain}
    used = used_models(models)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "face.png"
        save_photo(path, picture, note=edit_note([action], used))
        sign(path, [action], used)
        return path.read_bytes()


def used_models(models: Models) -> list[dict[str, Any]]:
    """The models that draw faces, each with its terms."""
    return [{"id": card.id, "licence": card.licence, "source": card.source, "sha256": models.fingerprint(card.id)}
            for card in map(models.card, (LINEAR, *GENERATOR))]
