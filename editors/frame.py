"""The mesh-normalised frame: every face warped so that its mesh lies on the mean mesh, and the way back.

Vertices are the 468 points of the face mesh followed by two rings around the face oval, which carry hair,
ears and neck. Between vertices everything is linear in each triangle, as in active appearance models
(Cootes, Edwards and Taylor 2001).
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from .mesh_points import OVAL

MESH_POINTS = 468
RINGS = (1.35, 1.8)
"""Size of each ring, in sizes of the face oval."""
FOLLOW = (0.55, 0.0)
"""How much of the oval's movement each ring makes: the outer one stays, so that nothing outside it moves."""
OPENINGS = (  # upper and lower edge of each opening, corner to corner: mouth, right eye, left eye
    ((78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308), (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)),
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((263, 466, 388, 387, 386, 385, 384, 398, 362), (263, 249, 390, 373, 374, 380, 381, 382, 362)),
)


def vertices_of(mesh: np.ndarray) -> np.ndarray:
    """mesh (468 or more, 3) -> (540, 3): the mesh and its rings, the rings a little behind the oval."""
    mesh = np.asarray(mesh, np.float64)[:MESH_POINTS]
    oval = mesh[list(OVAL)]                                                    # (36, 3)
    centre = oval.mean(0)
    rings = [centre + size * (oval - centre) for size in RINGS]
    depth = np.ptp(mesh[:, 2])
    for order, ring in enumerate(rings):
        ring[:, 2] = oval[:, 2] + depth * 0.5 * (order + 1)
    return np.concatenate([mesh, *rings])


def moved_vertices(vertices: np.ndarray, movement: np.ndarray) -> np.ndarray:
    """vertices (540, 3) after the mesh moves by movement (468, 3); rings follow the oval less and less."""
    oval = movement[list(OVAL)]
    return vertices + np.concatenate([movement, *(follow * oval for follow in FOLLOW)])


def triangles_of(skin: np.ndarray) -> np.ndarray:
    """Triangles of the whole frame from those of the face mesh: openings and rings are added.

    skin: int (852, 3), the published tessellation without eyes and mouth
    Returns int32 (T, 3).
    """
    triangles = [tuple(triangle) for triangle in np.asarray(skin)]
    for upper, lower in OPENINGS:
        for i in range(len(upper) - 1):
            for a, b, c in ((upper[i], upper[i + 1], lower[i]), (upper[i + 1], lower[i + 1], lower[i])):
                if len({a, b, c}) == 3:
                    triangles.append((a, b, c))
    count = len(OVAL)
    borders = [list(OVAL)] + [list(range(MESH_POINTS + count * r, MESH_POINTS + count * (r + 1))) for r in range(2)]
    for inner, outer in zip(borders, borders[1:], strict=False):
        for i in range(count):
            j = (i + 1) % count
            triangles += [(inner[i], inner[j], outer[i]), (inner[j], outer[j], outer[i])]
    return np.asarray(triangles, np.int32)


def areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Twice the signed area of each triangle, (T,)."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])


def rasterise(
    points: np.ndarray, triangles: np.ndarray, shape: tuple[int, int], depth: np.ndarray,
    hidden: np.ndarray | None = None,
) -> np.ndarray:
    """Which triangle is seen at each pixel: int32 (H, W), -1 for none; nearer ones hide those behind.

    points: (V, 2) pixel coordinates; depth: (V,), smaller is nearer; hidden: bool (T,) triangles left out
    """
    seen = np.full(shape, -1, np.int32)
    corners = np.round(points[triangles] * 16).astype(np.int32)                 # (T, 3, 2) in sixteenths
    order = np.argsort(-depth[triangles].mean(1), kind="stable")
    for index in order if hidden is None else order[~hidden[order]]:
        cv2.fillConvexPoly(seen, corners[index], int(index), cv2.LINE_8, 4)
    return seen


def triangle_maps(source: np.ndarray, target: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """The affine map of each triangle: (T, 3, C) with [x, y, 1] @ map = value, x, y in source.

    source: (V, 2); target: (V, C) any values at the vertices. A triangle without area maps to its first corner.
    """
    corners = np.concatenate([source[triangles], np.ones((len(triangles), 3, 1))], 2)         # (T, 3, 3)
    flat = np.abs(np.linalg.det(corners)) < 1e-9
    corners[flat] = np.eye(3)
    maps = np.linalg.solve(corners, target[triangles])
    maps[flat] = 0
    maps[flat, 2] = target[triangles[flat, 0]]
    return maps


def evaluate(seen: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Values at each pixel of `seen` (H, W) by its triangle's map (T, 3, C) -> float32 (H, W, C), 0 where none is."""
    height, width = seen.shape
    maps = np.concatenate([maps, np.zeros_like(maps[:1])]).astype(np.float32)[seen]           # (H, W, 3, C)
    x, y = np.arange(width, dtype=np.float32)[None, :, None], np.arange(height, dtype=np.float32)[:, None, None]
    return maps[:, :, 0] * x + maps[:, :, 1] * y + maps[:, :, 2]


def continued(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Values (H, W, C), where not seen, bool (H, W), taken from the nearest pixel that is; as they are if none is."""
    if not seen.any():
        return values
    nearest = cv2.distanceTransformWithLabels(
        (~seen).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    known = np.zeros((nearest.max() + 1, values.shape[2]), values.dtype)
    known[nearest[seen]] = values[seen]
    return known[nearest]


@dataclass(frozen=True, eq=False)
class Frame:
    """The mean face's square: where pictures of all faces lie point on point.

    mean:       (540, 2) vertices of the mean face in 0..1 of the square
    triangles:  (T, 3)
    size:       pixels along a side
    """

    mean: np.ndarray
    triangles: np.ndarray
    size: int
    _corners: np.ndarray = field(init=False, repr=False)
    _weights: np.ndarray = field(init=False, repr=False)
    inside: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        points = self.mean * self.size - 0.5
        seen = rasterise(points, self.triangles, (self.size, self.size), np.zeros(len(points)))
        corner = triangle_maps(points, np.zeros((len(points), 1)), self.triangles)
        basis = np.broadcast_to(np.eye(3), (len(self.triangles), 3, 3))
        square = np.concatenate([points[self.triangles], np.ones((len(corner), 3, 1))], 2)
        weights = evaluate(seen, np.linalg.solve(square, basis))                # (S, S, 3) barycentric
        object.__setattr__(self, "inside", seen >= 0)
        object.__setattr__(self, "_corners", self.triangles[np.maximum(seen, 0)])
        object.__setattr__(self, "_weights", weights)

    def positions(self, vertices: np.ndarray) -> np.ndarray:
        """Where each pixel of the frame lies among vertices (540, 2+) -> float32 (S, S, 2)."""
        return np.einsum("ijk,ijkc->ijc", self._weights, vertices[self._corners][..., :2].astype(np.float32))

    def take(self, image: np.ndarray, vertices: np.ndarray) -> np.ndarray:
        """Warp a picture into the frame.

        image: uint8 or float32 (H, W, 3); vertices: (540, 2+) in its pixels
        Returns float32 (S, S, 3) in the image's range, 0 outside the rings; edge pixels continue past the border.
        """
        low = np.floor(vertices[:, :2].min(0) - 4).astype(int)
        high = np.ceil(vertices[:, :2].max(0) + 5).astype(int)
        low, high = np.clip(low, 0, [image.shape[1] - 2, image.shape[0] - 2]), np.clip(high, 2, image.shape[1::-1])
        crop = image[low[1] : high[1], low[0] : high[0]]
        scale = min(1.0, 1.5 * self.size / float(np.ptp(vertices[:, :2], axis=0).max()))
        size = np.maximum(np.round(np.array(crop.shape[1::-1]) * scale), 1).astype(int)
        ratio = size / np.array(crop.shape[1::-1])
        if scale < 1:
            crop = cv2.resize(crop, tuple(int(s) for s in size), interpolation=cv2.INTER_AREA)
        where = ((self.positions(vertices) - low + 0.5) * ratio - 0.5).astype(np.float32)
        taken = cv2.remap(crop.astype(np.float32), where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return taken * self.inside[..., None]

    def spread(self, values: np.ndarray) -> np.ndarray:
        """A picture of the frame, float32 (S, S), from the values of its pixels inside, (N,); nothing outside."""
        picture = np.zeros(self.inside.shape, np.float32)
        picture[self.inside] = values
        return picture
