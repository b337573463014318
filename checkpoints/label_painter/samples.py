"""The picture in CARD.md: `python -m checkpoints.label_painter.samples`.

The example portrait with every edit of `edits.py`, some styles and shapes, and faces drawn from its labels alone.
"""

from pathlib import Path

import cv2
import numpy as np

from checkpoints.data import ASTRONAUT
from checkpoints.label_painter.edits import EDITS
from editors.images import encode
from editors.labels import coloured
from editors.models import Models
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.semantic.imagine import imagine
from editors.semantic.shapes import placed
from editors.semantic.step import MaskEdit

HEAD = (slice(0, 250), slice(105, 355))
SIDE, COLUMNS = 225, 4


def tile(image: np.ndarray) -> np.ndarray:
    """A picture, or its head, at the size of the sheet's cells."""
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def main() -> None:
    models = Models()
    portrait = Portrait(np.ascontiguousarray(Portrait.open(ASTRONAUT).image[HEAD]))
    portrait = Portrait(cv2.resize(portrait.image, None, fx=2.4, fy=2.4, interpolation=cv2.INTER_CUBIC))
    labels = labels_of(portrait, models)
    steps = [MaskEdit(labels=paint(labels)) for paint, _, _ in EDITS.values()]
    dyed = {"hair": "#3a1c10", "lips": "#a01030"}
    dressed = labels
    for kind, shape in (("glasses", "round"), ("hat", "brim"), ("earrings", "drop")):
        dressed = placed(dressed, kind, shape)
    steps += [MaskEdit(labels=dressed), MaskEdit(labels=labels, colours=dyed)]
    tiles = [portrait.image, *(step.apply(portrait, models).image for step in steps)]
    steps = [MaskEdit(labels=placed(labels, "hair", shape)) for shape in ("flowing", "jaw")]
    steps += [MaskEdit(labels=placed(labels, *part)) for part in (("brows", "thick"), ("lips", "full"))]
    tiles += [step.apply(portrait, models).image for step in steps]
    tiles += [coloured(labels), *(imagine(labels, seed, models) for seed in range(3))]
    rows = [np.hstack([tile(image) for image in tiles[i : i + COLUMNS]]) for i in range(0, len(tiles), COLUMNS)]
    Path(__file__).with_name("samples.png").write_bytes(encode(np.vstack(rows), "png"))


if __name__ == "__main__":
    main()
