"""Average the outlines of parts over many label maps: `python -m checkpoints.label_painter.shapes`.

The embedded parser's labels of the fit split, half an hour on two cores. Each shape is the mean, over the photographs
that a measure of their outline puts together, of the distance to that outline, for lips of their edges from corner to
corner: a usual shape, and nobody's own. Writes
`editors/semantic/shapes.json`: kind -> shape -> label -> outlines in eye distances about the part's own place.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from checkpoints.data import training_faces
from editors.crops import inverse, sample
from editors.errors import SettingError
from editors.labels import IDS, LIPS, mask_of
from editors.models import Models
from editors.parsing import find_label_crop
from editors.semantic.parts import place_of, upright

FEWEST = 25  # photographs that a shape must be the mean of
FINE = 60    # pixels to an eye distance, at which outlines are averaged
STEPS = 24   # columns from corner to corner of the lips
SPANS = {"hair": (2.6, 3.6), "brows": (0.6, 0.4), "lips": (0.8, 0.6), "nose": (0.7, 0.9)}
"""Kind -> how far its picture reaches to each side and up and down, in eye distances."""
PARTS: dict[str, tuple[str, ...]] = {
    "hair": ("hair",), "brows": ("left brow",), "lips": LIPS, "nose": ("nose",),
}
Measures = dict[str, float]
CHOSEN: dict[str, dict[str, Callable[[Measures], bool]]] = {
    "hair": {
        "jaw": lambda m: 0.7 < m["low"] < 1.6 and m["wide"] < 2.3,
        "shoulder": lambda m: 1.7 < m["low"] < 2.6 and m["wide"] < 2.4,
        "flowing": lambda m: m["low"] > 2.9 and m["wide"] < 2.6,
    },
    "brows": {
        "thin": lambda m: m["rank thick"] < 0.2, "thick": lambda m: m["rank thick"] > 0.8,
        "arched": lambda m: m["rank bent"] > 0.8, "straight": lambda m: m["rank bent"] < 0.2,
    },
    "lips": {
        "thin": lambda m: m["rank thick"] < 0.2 and m["open"] < 0.02,
        "full": lambda m: m["rank thick"] > 0.7 and m["open"] < 0.02,
        "smiling": lambda m: m["rank bent"] > 0.7 and m["open"] > 0.03,
        "wide": lambda m: m["rank long"] > 0.4 and m["rank thick"] < 0.6 and m["open"] < 0.03,
    },
    "nose": {"narrow": lambda m: m["rank long"] < 0.2, "wide": lambda m: m["rank long"] > 0.8},
}
"""Kind -> shape -> which photographs it is the mean of, by measures of their outline; ranks are 0 to 1."""


def distances(labels: np.ndarray, seen: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Signed distances (L, h, w) to the outlines of a kind's labels in the part's own place, and where they are known.

    Positive inside, in eye distances; None where the part is missing.
    """
    names = PARTS[kind]
    if not mask_of(labels, names[:2]).any():
        return None
    x, y = upright(labels)
    to_labels = _affine(x, y, place_of(labels, kind, 1), kind)
    size = tuple(round(2 * span * FINE) for span in SPANS[kind])
    found = []
    for name in names:
        mask = cv2.warpAffine((labels == IDS[name]).astype(np.float32), to_labels, size,
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP) > 0.5
        mask = mask.astype(np.uint8)
        inwards, outwards = cv2.distanceTransform(mask, cv2.DIST_L2, 5), cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
        found.append((inwards - outwards) / FINE if mask.any() else np.full(mask.shape, -0.2, np.float32))
    known = cv2.warpAffine(seen.astype(np.uint8), to_labels, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return np.stack(found).clip(-1, 1), known


def _affine(x: np.ndarray, y: np.ndarray, place: tuple[float, float], kind: str) -> np.ndarray:
    """From pixels of the part's picture to those of the label map, (2, 3)."""
    turn = np.linalg.inv(np.array([[x[0, 1] - x[0, 0], x[1, 0] - x[0, 0]], [y[0, 1] - y[0, 0], y[1, 0] - y[0, 0]]]))
    corner = np.subtract(place, SPANS[kind]) + 0.5 / FINE - (x[0, 0], y[0, 0])
    return np.column_stack([turn / FINE, turn @ corner])


def measured(picture: np.ndarray, kind: str) -> Measures:
    """Measures of an outline, signed distances (L, h, w), in eye distances."""
    inside = picture.max(0) > 0
    rows, columns = (np.argwhere(inside).T + 0.5) / FINE - np.array(SPANS[kind])[::-1, None]
    if kind == "hair":
        return {"low": float(np.percentile(rows, 98)), "wide": float(np.percentile(np.abs(columns), 95))}
    long = float(np.ptp(columns))
    bent = np.polyfit(columns, rows, 2)[0] * (1 if kind == "brows" else -1)
    hole = float((picture[-1] > 0).sum()) / FINE**2 if kind == "lips" else 0.0
    return {"thick": (inside.sum() / FINE**2 - hole) / long, "long": long, "bent": float(bent), "open": hole}


def edges(labels: np.ndarray) -> np.ndarray | None:
    """Lips from corner to corner: (2 + 4, T), the corners' columns in the first row, then four edges, in eye distances.

    The edges are upper lip above and below, lower lip above and below, relative to the lips' middle; None without lips.
    """
    x, y = upright(labels)
    lips = mask_of(labels, PARTS["lips"])
    upper, lower = (labels == IDS[name] for name in PARTS["lips"][:2])
    if min(upper.sum(), lower.sum()) < 30:
        return None
    middle = place_of(labels, "lips", 1)
    ends = x[lips].min() - middle[0], x[lips].max() - middle[0]
    at, lines = ends[0] + (np.arange(STEPS) + 0.5) / STEPS * (ends[1] - ends[0]), []
    for part, choose in ((upper, min), (upper, max), (lower, min), (lower, max)):
        column = ((x[part] - middle[0] - ends[0]) / (ends[1] - ends[0]) * STEPS).astype(int).clip(0, STEPS - 1)
        rows = y[part] - middle[1]
        found = {c: float(choose(rows[column == c])) for c in np.unique(column)}
        lines.append(np.interp(at, at[list(found)], list(found.values())))
    return np.array([np.linspace(*ends, STEPS), *lines])


def _lips(chosen: list[np.ndarray], is_open: bool) -> dict[str, list]:
    """The mean of lips (E, T) from corner to corner, both halves alike, as outlines of the labels."""
    mean = np.mean([np.vstack([each[:1] - each[0].mean(), (each[1:] + each[1:, ::-1]) / 2]) for each in chosen], 0)
    across = np.linspace(mean[0, 0], mean[0, -1], STEPS)
    top, inner, lower, bottom = mean[1:]
    if not is_open:
        inner = lower = (inner + lower) / 2
    corner = (inner + lower)[[0, -1]] / 2
    ends = [(across[0] - 0.02, corner[0])], [(across[-1] + 0.02, corner[1])]

    def between(above: np.ndarray, below: np.ndarray) -> list[list[list[float]]]:
        ring = [*ends[0], *zip(across, above), *ends[1], *zip(across[::-1], below[::-1])]
        return [[[round(float(v), 3) for v in point] for point in ring]]

    return {"upper lip": between(top, inner), "lower lip": between(lower, bottom),
            "mouth": between(inner, lower) if is_open else []}


def shapes_of(maps: Iterable[tuple[np.ndarray, np.ndarray]]) -> dict[str, dict[str, dict[str, list]]]:
    """The library from label maps (H, W), each with bool (H, W) where it was seen. Raises SettingError for too few."""
    found: dict[str, list] = {kind: [] for kind in PARTS}
    for labels, seen in maps:
        for kind in PARTS:
            try:
                taken = distances(labels, seen, kind)
            except SettingError:  # an eye is hidden
                continue
            lips = edges(labels) if kind == "lips" else None
            if taken is not None and (taken[0].max(0) > 0).sum() > 30 and (kind != "lips" or lips is not None):
                found[kind].append((taken[0].astype(np.float16), taken[1], lips))
    return {kind: _means(kind, pictures) for kind, pictures in found.items()}


def _means(kind: str, pictures: list[tuple[np.ndarray, np.ndarray, np.ndarray | None]]) -> dict[str, dict[str, list]]:
    sizes = [measured(picture.astype(np.float32), kind) for picture, *_ in pictures]
    for name in list(sizes[0]):
        order = np.argsort(np.argsort([each[name] for each in sizes])) / max(1, len(sizes) - 1)
        for each, rank in zip(sizes, order, strict=True):
            each[f"rank {name}"] = float(rank)
    shapes = {}
    for shape, chosen in CHOSEN[kind].items():
        here = [pictures[i] for i, each in enumerate(sizes) if chosen(each)]
        if len(here) < FEWEST:
            raise SettingError(f"Only {len(here)} photographs show {kind} called {shape}; {FEWEST} are a mean.")
        if kind == "lips":
            shapes[shape] = _lips([lips for *_, lips in here], is_open=shape == "smiling")
        else:
            mean = _mean([each[:2] for each in here], symmetric=kind != "brows")
            shapes[shape] = {name: _outlines(m, kind) for name, m in zip(PARTS[kind], _told_apart(mean), strict=True)}
        print(kind, shape, len(here))
    return shapes


def _mean(pictures: list[tuple[np.ndarray, np.ndarray]], symmetric: bool) -> np.ndarray:
    """Mean distances (L, h, w) of what was seen, lifted so that its area is the usual one."""
    total = sum(picture.astype(np.float32) * known for picture, known in pictures)
    count = sum(known.astype(np.float32) for _, known in pictures)
    usual = np.mean([((picture.max(0) > 0) * known).sum() for picture, known in pictures])
    mean = total / np.maximum(count, 1) - 0.2 * (count < len(pictures) / 8)
    if symmetric:
        mean = (mean + mean[..., ::-1]) / 2
    mean = np.stack([cv2.GaussianBlur(layer, (0, 0), 1.5) for layer in mean])
    whole = mean.max(0)
    return mean - np.float32(np.sort(whole.ravel())[-int(usual)])


def _told_apart(mean: np.ndarray) -> list[np.ndarray]:
    first = mean.argmax(0)
    return [((mean.max(0) > 0) & (first == number)).astype(np.uint8) for number in range(len(mean))]


def _outlines(mask: np.ndarray, kind: str) -> list[list[list[float]]]:
    contours, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    kept = [cv2.approxPolyDP(contour, 0.6, True)[:, 0] for contour in contours if len(contour) > 12]
    return [[[round(float(v), 2) for v in (point + 0.5) / FINE - SPANS[kind]] for point in each] for each in kept]


def main() -> None:
    models = Models()

    def maps() -> Iterable[tuple[np.ndarray, np.ndarray]]:
        for face in training_faces("fit", models, mirror=False):
            labels, to_crop = find_label_crop(face.image, face.mesh, models)
            yield labels, sample(np.ones(face.image.shape[:2], np.uint8), inverse(to_crop), labels.shape[::-1]) > 0

    target = Path(__file__).parents[2] / "editors" / "semantic" / "shapes.json"
    target.write_text(json.dumps(shapes_of(maps()), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
