"""The part of a photograph that edits of a face can reach, with what every edit of it uses. A fact of the portrait."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from .areas import Box, within_hull
from .colours import rgb_to_lab
from .crops import inverse, layer_through, transform
from .faces import eye_distance, mesh_of
from .focus import blur_of
from .frame import MESH_POINTS, evaluate, rasterise, triangle_maps, vertices_of
from .images import fit_within
from .labels import BROWS, EYES, IDS
from .lit import lit
from .mesh_points import OVAL
from .models import Models
from .networks.face_shape import FaceShape
from .parsing import hands_of, head_labels_of, label_crop_of
from .portrait import Portrait
from .tone_regions import TONES, ToneRegions

GRID = 256
"""Movements and changes are computed on this many points along the face's longer side, smooth between them."""
REGIONS = {
    "hair": ("hair", "hat"),
    "eyes": EYES,
    "brows": BROWS,
    "nose": ("nose",),
    "mouth": ("mouth", "upper lip", "lower lip"),
    "skin": ("skin", "left ear", "right ear", "neck"),
    "background": ("background", "cloth"),
}
"""Regions a person can name, as labels."""
SHARP = 0.6
"""Blur in pixels that a photograph counts as sharp with."""
WELL_LIT, DARKEST = 75.0, 0.12
"""CIELAB lightness that the lightest fiftieth of a well-lit photograph has, and the least light there can be."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """Where the rings around a face lie in a photograph.

    image:      uint8 (H, W, 3) the photograph
    vertices:   (540, 3) of the face in photograph pixels
    shape:      the linear model whose frame is used
    labels, to_crop: label map (512, 512) around the head, and the affine from photograph to it
    box:        what edits of the mesh can reach
    step:       pixels between points of the grid, which covers the box
    hands:      bool (512, 512), what hands before the face cover in the label map, or None
    irises:     (2, 5, 3), the right and the left one of the person: middle and edge in photograph pixels
    """

    image: np.ndarray
    vertices: np.ndarray
    shape: FaceShape
    labels: np.ndarray
    to_crop: np.ndarray
    box: Box
    step: float
    hands: np.ndarray | None = None
    irises: np.ndarray | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the box."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    @property
    def grid_shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return tuple(int(np.ceil(side / self.step)) for side in self.size[::-1])

    def to_grid(self, points: np.ndarray) -> np.ndarray:
        """Photograph pixels (N, 2+) -> grid coordinates (N, 2)."""
        return (points[:, :2] - self.box[:2] + 0.5) / self.step - 0.5

    def enlarge(self, grid: np.ndarray, part: Box | None = None) -> np.ndarray:
        """Values on the grid (h, w, ...) -> at every pixel of the box, or of a part of it, given in its pixels."""
        x0, y0, x1, y1 = (0, 0, *self.size) if part is None else part
        width, height = x1 - x0, y1 - y0
        affine = np.array([[1, 0, x0 + 0.5], [0, 1, y0 + 0.5]]) / self.step - [[0, 0, 0.5]]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(grid, affine, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)

    @cached_property
    def pixels(self) -> np.ndarray:
        """x and y of every pixel of the box in the box, float32 (H, W, 2)."""
        width, height = self.size
        return np.stack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)), -1)

    @cached_property
    def small(self) -> np.ndarray:
        """The photograph on the grid, uint8 (h, w, 3)."""
        x0, y0, x1, y1 = self.box
        return cv2.resize(self.image[y0:y1, x0:x1], self.grid_shape[::-1], interpolation=cv2.INTER_AREA)

    @cached_property
    def positions(self) -> np.ndarray:
        """Frame pixel of each grid point for cv2.remap, float32 (h, w, 2); far outside the frame beyond the rings."""
        points, triangles = self.to_grid(self.vertices), self.shape.frame.triangles
        seen = rasterise(points, triangles, self.grid_shape, self.vertices[:, 2])
        frame = self.shape.frame.mean * self.shape.frame.size - 0.5
        positions = evaluate(seen, triangle_maps(points, frame, triangles))
        positions[seen < 0] = -10
        return positions

    @cached_property
    def reach(self) -> np.ndarray:
        """How much of a change of skin each point takes, float32 (h, w) 0..1: all on the person, less on dark hair,
        nothing at the rings' rim."""
        person = self.labels_on_grid(("background", "cloth"), invert=True)
        soft = cv2.GaussianBlur(cv2.erode(person, np.ones((3, 3))), (0, 0), 1.5) * (self.rim / 0.08).clip(0, 1)
        if self.skin_colour is None:
            return soft
        light = rgb_to_lab(self.small)[..., 0] / np.float32(max(self.skin_colour[0], 1))
        oval, eyes = self.to_grid(self.vertices[list(OVAL)]), eye_distance(self.vertices) / self.step
        return soft * lit(light, oval, self.labels_on_grid(("hair", "hat")), self.labels_on_grid(("neck",)), eyes)

    @cached_property
    def rim(self) -> np.ndarray:
        """How far inside the outer ring each grid point lies, in sizes of the grid, float32 (h, w); 0 outside it."""
        covered = np.pad(self.positions[..., 0] > -5, 1).astype(np.uint8)
        return cv2.distanceTransform(covered, cv2.DIST_L2, 5)[1:-1, 1:-1] / max(covered.shape)

    @cached_property
    def inwards(self) -> np.ndarray:
        """How far each grid point lies inside the photograph, in its pixels, float32 (h, w)."""
        height, width = self.image.shape[:2]
        rows, columns = self.grid_shape
        x = self.box[0] + (np.arange(columns) + 0.5) * self.step - 0.5
        y = self.box[1] + (np.arange(rows) + 0.5) * self.step - 0.5
        across, down = np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)
        return np.minimum(across[None], down[:, None]).clip(0).astype(np.float32)

    @cached_property
    def anchored(self) -> np.ndarray:
        """How far each grid point lies from the person, in eye distances, float32 (h, w)."""
        outside = (self.labels_on_grid(("background",)) > 0.5).astype(np.uint8)
        return cv2.distanceTransform(outside, cv2.DIST_L2, 5) * self.step / eye_distance(self.vertices)

    def labels_on_grid(self, names: tuple[str, ...], invert: bool = False) -> np.ndarray:
        """Mask of some labels, or of all others, float32 (h, w) 0..1."""
        return self._on_grid(np.isin(self.labels, [IDS[name] for name in names], invert=invert))

    def _on_grid(self, mask: np.ndarray) -> np.ndarray:
        """A mask of the label map on the grid, float32 (h, w) 0..1."""
        origin = np.array(self.box[:2]) + 0.5 * self.step - 0.5
        to_photograph = np.vstack([np.column_stack([np.eye(2) * self.step, origin]), [0, 0, 1]])
        return layer_through(mask, self.to_crop @ to_photograph, self.grid_shape[::-1])

    def held(self, lock: tuple[str, ...]) -> np.ndarray | None:
        """How firmly each grid point is held by hands and locked regions, float32 (h, w): 1 inside, fading around.

        None where there is no hand and nothing is locked, or nothing that is seen.
        """
        inside = np.zeros(self.grid_shape, np.uint8)
        if self.hands is not None:
            inside |= (self._on_grid(self.hands) > 0.02).astype(np.uint8)
        for region in lock:
            inside |= (self.labels_on_grid(REGIONS[region]) > 0.02).astype(np.uint8)
        if not inside.any():
            return None
        away = cv2.distanceTransform(1 - cv2.dilate(inside, np.ones((3, 3), np.uint8)), cv2.DIST_L2, 5)
        return (1 - away * self.step / (0.15 * eye_distance(self.vertices))).clip(0, 1)

    def tone_mask(self, name: str, lock: tuple[str, ...] = ()) -> tuple[Box, np.ndarray]:
        """Where the region TONES[name] is, no hand and not locked: a box of the photograph, a soft mask 0..1 in it."""
        box, soft, _ = self._toned[name]
        if not lock and self.hands is None:
            return box, soft
        kept = np.isin(self.labels, [IDS[label] for region in lock for label in REGIONS[region]])
        locked = self._at(box, kept if self.hands is None else kept | self.hands)
        return box, np.where(cv2.dilate(locked, np.ones((3, 3))) > 0.02, 0, soft)

    def own_colour(self, name: str) -> np.ndarray:
        """The photograph in the box of a region of TONES, uint8 (h, w, 3), without what shows through it."""
        return self._toned[name][2]

    def _at(self, box: Box, mask: np.ndarray) -> np.ndarray:
        """A mask of the label map brought to a box of the photograph, float32 0..1."""
        x0, y0, x1, y1 = box
        to_photograph = np.array([[1, 0, x0], [0, 1, y0], [0, 0, 1.0]])
        return layer_through(mask, self.to_crop @ to_photograph, (x1 - x0, y1 - y0))

    @cached_property
    def _toned(self) -> dict[str, tuple[Box, np.ndarray, np.ndarray]]:
        regions = ToneRegions(self.image, self.vertices, self.labels, self.to_crop, self.skin_colour, self.focus)
        return {name: regions.find(name) for name in TONES}

    @cached_property
    def blurs(self) -> tuple[float, float]:
        """Blur in pixels of the edges of the face, and of the finest that it shows, noise and all."""
        (x0, y0, x1, y1), points = self.box, self.vertices[:MESH_POINTS, :2] - self.box[:2]
        face = self.image[y0:y1, x0:x1], within_hull(points, self.size[::-1])
        return blur_of(*face), blur_of(*face, first=0)

    @property
    def focus(self) -> float:
        """Blur in pixels that what is drawn into the photograph takes on to be no sharper; 0 if it is sharp."""
        return float(np.sqrt(max(0.0, self.blurs[0] ** 2 - SHARP**2)))

    @cached_property
    def exposure(self) -> float:
        """How much light the photograph has around the face, 0..1: what is white there is only so white."""
        return float(np.clip(np.percentile(rgb_to_lab(self.small)[..., 0], 98) / WELL_LIT, DARKEST, 1))

    @cached_property
    def skin_colour(self) -> np.ndarray | None:
        """CIELAB (3,) of the skin of the face; None where none is seen."""
        inside = cv2.erode(self.labels_on_grid(("skin", "nose")), np.ones((3, 3))) > 0.99
        if not inside.any():
            return None
        return np.median(rgb_to_lab(self.small[inside]), axis=0)


def canvas_of(portrait: Portrait, models: Models) -> Canvas:
    """The canvas of the chosen face: a fact of the portrait. Raises FaceError without a usable face."""
    return portrait.fact("canvas", lambda: _canvas(portrait, models))


def _canvas(portrait: Portrait, models: Models) -> Canvas:
    height, width = portrait.image.shape[:2]
    mesh = mesh_of(portrait, models)
    vertices, irises = vertices_of(mesh), mesh[MESH_POINTS:].reshape(2, 5, 3)
    low = np.clip(np.floor(vertices[:, :2].min(0)).astype(int), 0, [width - 1, height - 1])
    high = np.clip(np.ceil(vertices[:, :2].max(0)).astype(int) + 1, low + 1, [width, height])
    labels, to_crop = label_crop_of(portrait, models)
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    step = max(1.0, float(max(high - low)) / GRID)      # a NumPy number would make arrays it meets float64
    hands = hands_of(portrait, models)
    return Canvas(portrait.image, vertices, models.get("face_shape"), labels, to_crop, box, step, hands, irises)


def reduced(portrait: Portrait, long_side: int, models: Models) -> Portrait:
    """The portrait at display size, its face facts scaled rather than found again. Smaller ones stay as they are.

    The fact "larger" gives the portrait itself, for what is to be found in all its pixels.
    """
    if max(portrait.image.shape[:2]) <= long_side:
        return portrait
    mesh = mesh_of(portrait, models)
    image = fit_within(portrait.image, long_side)
    scale = image.shape[1] / portrait.image.shape[1]
    shrink = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]])
    small_mesh = np.column_stack([transform(mesh[:, :2], shrink), mesh[:, 2] * scale]).astype(np.float32)
    labels = {
        name: (crop, to_crop @ np.vstack([inverse(shrink), [0, 0, 1]]))
        for name, (crop, to_crop) in (("label_crop", label_crop_of(portrait, models)),
                                      ("head_labels", head_labels_of(portrait, models)))
    }
    facts = {"mesh": small_mesh, **labels, "hands": hands_of(portrait, models), "larger": lambda: portrait}
    alpha = None if portrait.alpha is None else fit_within(portrait.alpha, long_side)
    return Portrait(image, alpha, portrait.profile, portrait.face, portrait.origin or portrait, facts)


def whole_of(portrait: Portrait) -> Portrait:
    """The portrait in all its pixels, where this is the one at display size."""
    return portrait.fact("larger", lambda: None)() if portrait.knows("larger") else portrait
