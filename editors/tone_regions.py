"""Where the colour of hair and of skin can be shifted: a soft mask of each, whose edge follows the photograph's."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from . import guided
from .areas import Box, within_hull
from .crops import inverse, layer_through, scale_of, transform
from .faces import eye_distance
from .flesh import BEYOND, flesh, hanging
from .frame import MESH_POINTS
from .images import fit_within
from .labels import IDS, mask_of
from .loose import fleshy, outlined
from .mesh_points import CHIN, FOREHEAD, LEFT_BROW, RIGHT_BROW

TONES = {
    "hair": {"hair": 1.0},
    "skin": {"skin": 1.0, "nose": 1.0, "left ear": 1.0, "right ear": 1.0, "neck": 1.0, "left brow": 0.8,
             "right brow": 0.8, "upper lip": 0.6, "lower lip": 0.6, "mouth": 0.4, "left eye": 0.3, "right eye": 0.3},
}
"""Regions whose colour can be shifted as a whole: labels, and how much of the shift each takes."""
COARSE = 400
"""Long side in pixels at which labels are told by colours, before their edge follows the photograph's."""
AROUND = 8
"""Pixels of the label map around a region in which its edge may lie."""
NOTHING = 0.02
"""Share of a region up to which a pixel is none of it."""


@dataclass(frozen=True, eq=False)
class ToneRegions:
    """What tells regions of a photograph apart.

    image, vertices, labels, to_crop: as of `canvas.Canvas`
    skin:   CIELAB (3,) of the face's skin, None where none is seen
    focus:  blur in pixels that the edge of a region has
    """

    image: np.ndarray
    vertices: np.ndarray
    labels: np.ndarray
    to_crop: np.ndarray
    skin: np.ndarray | None
    focus: float

    def find(self, name: str) -> tuple[Box, np.ndarray, np.ndarray]:
        """A region of TONES: a box of the photograph, a soft mask in it, float32 (h, w) 0..1, and the region's own
        colours, uint8 (h, w, 3), without what shows through it."""
        of_label = np.zeros(256, np.float32)
        of_label[[IDS[label] for label in TONES[name]]] = list(TONES[name].values())
        mask, eyes = of_label[self.labels], eye_distance(self.vertices)
        if not mask.any():
            return (0, 0, 1, 1), np.zeros((1, 1), np.float32), self.image[:1, :1]
        x0, y0, x1, y1 = box = self._box(mask, BEYOND * eyes if name == "skin" else 0)
        crop = self.image[y0:y1, x0:x1]
        small = fit_within(np.ascontiguousarray(crop), COARSE)
        scale = (x1 - x0) / small.shape[1]
        to_photograph = np.array([[scale, 0, x0 + scale / 2 - 0.5], [0, scale, y0 + scale / 2 - 0.5], [0, 0, 1.0]])
        soft = _following(crop, small, self._by_colour(name, small, mask, to_photograph))
        if name == "hair":
            if self.skin is not None:
                face = within_hull(self.vertices[:MESH_POINTS, :2] - (x0, y0), soft.shape)
                soft *= 1 - fleshy(crop, soft, self.skin, face, eyes)
            soft, crop = outlined(crop, soft, eyes)
        if self.focus:
            soft = cv2.GaussianBlur(soft, (0, 0), self.focus)
        soft[soft < NOTHING] = 0
        return box, soft, crop

    def _box(self, mask: np.ndarray, beyond: float) -> Box:
        """What holds a mask of the label map and at least so many pixels of the photograph around it."""
        rows, columns = np.nonzero(mask)
        ends = np.array([(x, y) for x in (columns.min(), columns.max()) for y in (rows.min(), rows.max())], float)
        corners = transform(ends, inverse(self.to_crop))
        margin = max(AROUND / scale_of(self.to_crop), beyond)
        height, width = self.image.shape[:2]
        x0, y0 = (int(v) for v in np.clip(corners.min(0) - margin, 0, [width - 1, height - 1]))
        x1, y1 = (int(v) for v in np.clip(corners.max(0) + margin, [x0 + 1, y0 + 1], [width, height]))
        return x0, y0, x1, y1

    def _by_colour(self, name: str, picture: np.ndarray, mask: np.ndarray, to_photograph: np.ndarray) -> np.ndarray:
        """How much of a picture uint8 (h, w, 3) of the photograph is of a region, float32 (h, w): by its mask of the
        label map, and by colours."""
        found = self._brought(mask, picture, to_photograph)
        if name == "skin":
            return self._told(flesh, picture, found, to_photograph)
        skin = self._brought(self.labels == IDS["skin"], picture, to_photograph)
        return np.maximum(found, self._told(hanging, picture, skin, to_photograph))

    def _told(self, find: Callable, picture: np.ndarray, skin: np.ndarray, to_photograph: np.ndarray) -> np.ndarray:
        """How much of a picture of the photograph `flesh` or `hanging` finds, float32 (h, w), by colours and labels."""
        hair, clothes = (self._brought(mask_of(self.labels, names), picture, to_photograph)
                         for names in (("hair",), ("cloth", "necklace")))
        points = transform(self.vertices[:MESH_POINTS, :2], inverse(to_photograph[:2]))
        face = within_hull(points, skin.shape)
        up = points[FOREHEAD] - points[CHIN]
        rows, columns = np.indices(skin.shape, np.float32)
        above = columns * up[0] + rows * up[1] > float(points[list(RIGHT_BROW + LEFT_BROW)].mean(0) @ up)
        return find(picture, skin, hair, clothes, face, above, eye_distance(self.vertices) / to_photograph[0, 0])

    def _brought(self, mask: np.ndarray, picture: np.ndarray, to_photograph: np.ndarray) -> np.ndarray:
        """A mask of the label map in a picture of the photograph, float32 (h, w)."""
        return layer_through(mask, self.to_crop @ to_photograph, picture.shape[1::-1])


def _following(crop: np.ndarray, small: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """A mask (h, w) of a small copy of a picture in the picture itself, (H, W) in 0..1, its edge where that has one."""
    lines = guided.fit(small.astype(np.float32) / 255, coarse[None], max(2, round(max(coarse.shape) / 100)), 1e-3)
    soft = guided.apply(lines, crop.astype(np.float32) / 255)[0].clip(0, 1)
    near = cv2.dilate(coarse, np.ones((7, 7)))                     # the filter may soften an edge, not find new places
    return soft * cv2.resize(near, crop.shape[1::-1], interpolation=cv2.INTER_LINEAR)
