"""Draw `samples.png`: every direction on the example portrait. `python -m checkpoints.attribute_directions.samples`

Rows are directions, columns -2, -1, 0, 1, 2 (photograph: NASA, public domain).
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from checkpoints.data import ASTRONAUT
from editors.attributes.directions import directions_of
from editors.attributes.step import ShiftAttributes
from editors.canvas import canvas_of
from editors.models import Models
from editors.portrait import Portrait

AMOUNTS, WIDTH = (-2, -1, 0, 1, 2), 128


def sheet(portrait: Portrait, models: Models) -> np.ndarray:
    """All directions at all amounts, uint8 (H, W, 3), the name of each at its left."""
    x0, y0, x1, y1 = canvas_of(portrait, models).box
    size = WIDTH, round(WIDTH * (y1 - y0) / (x1 - x0))
    rows = []
    for direction in directions_of(models):
        row = []
        for amount in AMOUNTS:
            image = ShiftAttributes(amounts={direction.name: amount}).apply(portrait, models).image
            row.append(cv2.resize(image[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA))
        name = np.full((size[1], WIDTH, 3), 255, np.uint8)
        cv2.putText(name, direction.name, (6, size[1] // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
        rows.append(np.hstack([name, *row]))
    half = (len(rows) + 1) // 2
    rows += [np.full_like(rows[0], 255)] * (2 * half - len(rows))
    return np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])


if __name__ == "__main__":
    drawn = sheet(Portrait.open(ASTRONAUT), Models())
    Image.fromarray(drawn).quantize(256).save(Path(__file__).with_name("samples.png"), optimize=True)
