"""Hair that turns grey as it does on a head: strand by strand, at the temples first. Drawn by a rule.

All of the hair is drawn once without its colour, as light and shade show it; with age more and more of that is seen.

H, W height and width of the box around the hair; lengths and widths are in eye distances.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .areas import within_hull
from .canvas import Canvas
from .colours import lab_to_rgb, rgb_to_lab
from .faces import eye_distance
from .frame import MESH_POINTS
from .tint import tint_of, tinted

LIGHT, RISES, LIGHTER = 42.0, 0.45, 3.0
"""CIELAB lightness of black hair once it is grey, how much more there is for each that hair has, and the least gain."""
LIGHTEST, SHINES, OVER = 80.0, 1.4, 16.0
"""Lightness above which white hair gains less and less, how many times that of the rest of the hair such is, too, and
how far above both it goes: a hairline is as light as the skin that shows there."""
RIM, FACE = 0.15, 0.5
"""Eye distances from its outline over which hair may come to shine beside the face, where skin is seen through it, and
how far from the face that is."""
DARK, FAIR = 10.0, 55.0
"""Lightness of black hair and of fair hair; between these lie numbers of hair between them."""
SHADING, DEPTH = (0.6, 0.95), 6.0
"""How much of light and shade of black hair and of fair hair is left, and the lightness that is added to compare."""
STREAKED = (8.0, 2.0)
"""Lightness by which strands of grey hair differ where it was black, and where it was fair: black shows none."""
COLOUR, WARM = 0.15, 2.0
"""Share of a and b that is left, and the b of grey hair."""
MOST_COLOUR = 25.0
"""Largest a and b of which that share is left."""
UNEVEN, SOFT = 0.36, 2.0
"""How far apart hairs turn grey, and how long each takes for it; all of the hair takes from BEGIN to END."""
BEGIN, END = -2.0, 1.3
TEMPLES, NEAR, SOONER = (127, 356), 0.9, 0.6
"""Points of the mesh at the temples, how far around them hair turns grey sooner, and how much."""


@dataclass(frozen=True, eq=False)
class Grey:
    """hair:  uint8 (H, W, 3), the photograph with all of it grey
    late:  float32 (H, W), when each pixel turns, between BEGIN and END
    """

    hair: np.ndarray
    late: np.ndarray


def grey_of(canvas: Canvas, grain: np.ndarray) -> Grey | None:
    """The hair of the photograph that a canvas lies on as it is once it is grey; None without hair.

    grain: float32 (H, W), what tells one hair from the next, as `hair_grain.grain_of` says
    """
    (x0, y0, x1, y1), mask = canvas.tone_mask("hair")
    inner = mask > 0.9
    if not inner.any():
        return None
    own, eyes = canvas.own_colour("hair"), eye_distance(canvas.vertices)
    lab = rgb_to_lab(own)
    usual = float(np.median(lab[..., 0][inner]))
    fair = float(np.interp(usual, (DARK, FAIR), (0, 1)))
    shading, streaked = (low + fair * (high - low) for low, high in (SHADING, STREAKED))
    middle = max(canvas.exposure * LIGHT + RISES * usual, usual + canvas.exposure * LIGHTER)
    most = min(canvas.exposure * LIGHTEST, SHINES * middle)
    light = middle * ((lab[..., 0] + DEPTH) / (usual + DEPTH)) ** shading
    light += canvas.exposure * streaked * grain
    deep = _deep(canvas, mask > 0.5, eyes)
    past, room = np.maximum(light - (middle + (most - middle) * deep), 0), OVER * deep
    light += room * past / (room + past + np.float32(1e-6)) - past
    light = np.maximum(light, np.minimum(lab[..., 0], 98))
    grey = COLOUR * lab[..., 1:].clip(-MOST_COLOUR, MOST_COLOUR) + (0, WARM)
    drawn = np.dstack([light, grey]).astype(np.float32)
    drawn[..., 1:] = tinted(drawn, tint_of(canvas.skin_colour))
    drawn = lab_to_rgb(drawn)
    late = UNEVEN * grain
    for point in TEMPLES:
        late -= SOONER * _around(canvas.vertices[point, :2] - (x0, y0), NEAR * eyes, mask.shape)
    hair = canvas.image[y0:y1, x0:x1] + (drawn - own)
    return Grey(np.round(hair).clip(0, 255).astype(np.uint8), late)


def _deep(canvas: Canvas, hair: np.ndarray, eyes: float) -> np.ndarray:
    """0 at the hairline, 1 within the hair and away from the face, float32 (H, W); hair: bool (H, W)."""
    (x0, y0, _, _), _ = canvas.tone_mask("hair")
    face = within_hull(canvas.vertices[:MESH_POINTS, :2] - (x0, y0), hair.shape)
    rim, away = (cv2.distanceTransform(each.astype(np.uint8), cv2.DIST_L2, 5) / np.float32(reach * eyes)
                 for each, reach in ((hair, RIM), (~face, FACE)))
    return np.maximum(rim, away).clip(0, 1)


def greyed(part: np.ndarray, grey: Grey, mask: np.ndarray, share: float) -> np.ndarray:
    """Hair uint8 (H, W, 3) of which a share, 0..1, has turned grey; mask: float32 (H, W), how much of it is hair."""
    turned = ((BEGIN + float(share) * (END - BEGIN) + SOFT / 2 - grey.late) * np.float32(1 / SOFT)).clip(0, 1)
    turned *= turned * (3 - 2 * turned) * mask
    return cv2.blendLinear(grey.hair, part, turned, 1 - turned)


def _around(point: np.ndarray, radius: float, shape: tuple[int, int]) -> np.ndarray:
    """1 at a point x, y and less around it, float32 (H, W)."""
    across, down = (np.exp(-(((np.arange(side) - at) / radius) ** 2) / 2)
                    for side, at in zip(shape[::-1], point, strict=True))
    return np.outer(down, across).astype(np.float32)
