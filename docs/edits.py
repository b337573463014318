"""What the three editors do to the example portrait, in one picture for the READMEs: python -m docs.edits [FILE]"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from editors.attributes.step import ShiftAttributes
from editors.faces import eye_distance, mesh_of
from editors.images import save_photo
from editors.labels import COLOURS, IDS
from editors.mesh_points import LEFT_EYE, RIGHT_EYE
from editors.models import Models
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.semantic.shapes import placed
from editors.semantic.step import MaskEdit
from editors.sketch.step import SketchFill

FILE = Path(__file__).with_name("edits.jpg")
PHOTO = Path(__file__).parents[1] / "examples" / "portraits" / "astronaut.png"
WIDE, HIGH, GAP, ROW = 300, 330, 6, 4
"""Pixels of a picture, between two of them, and how many stand in a row."""
VIEW = (-1.35, -1.45, 1.35, 1.52)
"""What is shown of the portrait, in eye distances from between the eyes: left, top, right, bottom."""
MARKED = (60, 200, 190)
"""Colour of what is brushed out."""
SHOWN = 3
"""A drawing stands in the corner of its picture, so many times smaller."""

UPPER_LIP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
"""Points of the mesh along the upper lip, from the picture's left to its right."""

Scene = tuple[Portrait, np.ndarray, Models]
"""The portrait at twice its size, its mesh, and what loads models."""


def moved(amounts: dict[str, float]) -> Callable[[Scene], tuple[np.ndarray, None]]:
    """A picture of sliders at these amounts."""
    return lambda scene: (ShiftAttributes(amounts=amounts).apply(scene[0], scene[2]).image, None)


def shut_eyes(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Both eyes brushed out, two arcs and some lashes drawn."""
    portrait, mesh, _ = scene
    eyes, arcs = eye_distance(mesh), []
    for corners in (LEFT_EYE, RIGHT_EYE):
        middle = mesh[list(corners), :2].mean(0)
        angles = np.radians(np.linspace(20, 160, 24))
        arcs.append(middle + eyes * np.stack([0.21 * np.cos(angles), 0.07 * np.sin(angles) - 0.01], 1))
    lashes = [np.stack([point, point + eyes * np.array((0.15 * (point - arc.mean(0))[0] / eyes, 0.05))])
              for arc in arcs for point in arc[3:-3:4]]
    return _sketched(scene, [(mesh[list(corners), :2].mean(0), (0.32, 0.16)) for corners in (LEFT_EYE, RIGHT_EYE)],
                     arcs + lashes)


def moustache(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """The upper lip brushed out, short strokes drawn."""
    mesh = scene[1]
    eyes, lip = eye_distance(mesh), mesh[list(UPPER_LIP), :2]
    strokes = []
    for x in np.linspace(lip[0, 0], lip[-1, 0], 19)[1:-1]:
        tip = np.array([x, np.interp(x, *lip.T) - 0.02 * eyes])
        strokes.append(np.stack([tip - eyes * np.array([0.2 * (x - lip[5, 0]) / eyes, 0.13]), tip]))
    hole = lip[[2, 8]].mean(0) - (0, 0.1 * eyes)
    return _sketched(scene, [(hole, (0.5, 0.16))], strokes)


def _sketched(scene: Scene, holes: list, strokes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What Sketch makes of strokes in ellipses, in pixels and eye distances, and what was drawn."""
    portrait, mesh, models = scene
    eyes = eye_distance(mesh)
    hole, lines = (np.zeros(portrait.image.shape[:2], np.uint8) for _ in range(2))
    for middle, radii in holes:
        cv2.ellipse(hole, np.round(middle).astype(int), tuple(int(r * eyes) for r in radii), 0, 0, 360, 255, -1)
    for stroke in strokes:
        cv2.polylines(lines, [np.round(16 * stroke).astype(np.int32)], False, 255, 3, cv2.LINE_8, 4)
    drawn = np.where(hole[..., None] > 0, np.uint8(0.5 * portrait.image + 0.5 * np.array(MARKED)), portrait.image)
    drawn[(lines > 100) & (hole > 0)] = 255
    return SketchFill(hole=hole, lines=lines).apply(portrait, models).image, drawn


def painted(change: Callable[[np.ndarray, np.ndarray], None], **settings) -> Callable:
    """A picture of a label map that was painted on."""
    def draw(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
        portrait, mesh, models = scene
        labels = labels_of(portrait, models).copy()
        change(labels, mesh)
        return MaskEdit(labels=labels, **settings).apply(portrait, models).image, COLOURS[labels]

    return draw


def bald(labels: np.ndarray, mesh: np.ndarray) -> None:
    """The bald head of the library, with the ears that hair hid."""
    labels[:] = placed(labels, "hair", "bald")


def glasses(labels: np.ndarray, mesh: np.ndarray) -> None:
    """Two rings and a bridge."""
    eyes, rims = eye_distance(mesh), []
    pen = IDS["eyeglasses"], max(2, int(0.045 * eyes))
    for corners, side in ((RIGHT_EYE, 1), (LEFT_EYE, -1)):
        middle = mesh[list(corners), :2].mean(0) + (0, 0.03 * eyes)
        cv2.ellipse(labels, np.round(middle).astype(int), (int(0.33 * eyes), int(0.26 * eyes)), 0, 0, 360, *pen)
        rims.append(np.round(middle + (side * 0.33 * eyes, -0.03 * eyes)).astype(int))
    cv2.line(labels, *rims, *pen)


EDITS = (
    lambda scene: (scene[0].image, None), moved({"age": 2}), moved({"masculine": 1.5, "beard": 2.5, "hair_light": -1}),
    moved({"mouth_open": 1.5, "eyes_open": 1.2, "brows_raised": 1.5}),
    shut_eyes, moustache, painted(glasses), painted(bald),
)
"""The portrait, three of Attributes, two of Sketch and two of Masks."""


def shown(picture: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """The head in a picture."""
    eyes = eye_distance(mesh)
    x, y = mesh[[*LEFT_EYE, *RIGHT_EYE], :2].mean(0)
    left, top, right, bottom = np.round(np.array((x, y, x, y)) + eyes * np.array(VIEW)).astype(int).clip(0)
    return cv2.resize(picture[top:bottom, left:right], (WIDE, HIGH), interpolation=cv2.INTER_AREA)


def main(arguments: list[str]) -> None:
    """Make every edit and put them side by side."""
    models = Models()
    pixels = Portrait.open(PHOTO).image
    portrait = Portrait(cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    scene = portrait, mesh_of(portrait, models), models
    tiles = []
    for edit in EDITS:
        picture, drawing = edit(scene)
        tile = shown(picture, scene[1])
        if drawing is not None:
            small = cv2.resize(shown(drawing, scene[1]), (WIDE // SHOWN, HIGH // SHOWN), interpolation=cv2.INTER_AREA)
            tile[-small.shape[0] - 2 :, : small.shape[1] + 2] = 255
            tile[-small.shape[0] :, : small.shape[1]] = small
        tiles.append(cv2.copyMakeBorder(tile, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(255,) * 3))
    rows = [np.hstack(tiles[start : start + ROW]) for start in range(0, len(tiles), ROW)]
    save_photo(Path(arguments[0]) if arguments else FILE, np.vstack(rows)[:-GAP, :-GAP])


if __name__ == "__main__":
    main(sys.argv[1:])
