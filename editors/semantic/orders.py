"""Label maps as other programs count them: translated by name, and told apart by how they fit the photograph."""

import numpy as np

from ..areas import nearest
from ..errors import ImageError, SettingError
from ..labels import BISENET_NAMES, BROWS, COLOURS, EARS, EYES, IDS, LIPS, NAMES

ORDERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "celebamask": tuple((name,) for name in NAMES),
    "bisenet": tuple((name,) for name in BISENET_NAMES),
    "semanticstylegan": (
        ("background",), ("skin",), EYES, BROWS, LIPS, ("nose",), EARS, ("hair",), ("neck", "necklace"), ("cloth",),
        ("eyeglasses",), ("hat",), ("earring",),
    ),
    "maskfacegan": (
        ("background", "hat", "eyeglasses", "earring", "necklace"), LIPS, BROWS, EYES, ("hair",), ("nose",), ("skin",),
        EARS, ("neck", "cloth"),
    ),
}
"""Name of an order -> what each of its ids stands for: one label of ours, or several that it does not tell apart."""
_CLEARLY = 0.15  # by how much more of the picture another order must fit before it is asked for


def to_ours(labels: np.ndarray, order: str, current: np.ndarray | None = None) -> np.ndarray:
    """A label map (H, W) of another order in ours.

    current: labels of the photograph (H, W), by which parts are told apart that the other order has as one
    Raises SettingError for an unknown order, ImageError for an id that the order does not have.
    """
    if order not in ORDERS:
        raise SettingError(f"The order is {order!r}; it can be {', '.join(ORDERS)}.")
    meant = ORDERS[order]
    if labels.max() >= len(meant):
        raise ImageError(f"The label map holds {labels.max()}; {order} counts from 0 to {len(meant) - 1}. "
                         f"Name its order: --order {'|'.join(ORDERS)}.")
    first = np.array([IDS[names[0]] for names in meant], np.uint8)
    ours = first[labels]
    for number, names in enumerate(meant):
        here = labels == number
        if len(names) > 1 and here.any():
            ours[here] = _told_apart(here, [IDS[name] for name in names], names, current)[here]
    return ours


def _told_apart(here: np.ndarray, ids: list[int], names: tuple[str, ...], current: np.ndarray | None) -> np.ndarray:
    """Which of several labels each pixel has: the nearest one in the photograph, else by its place."""
    seen = None if current is None else np.isin(current, ids)
    if seen is not None and seen.any():
        return nearest(current, seen)
    rows, columns = np.nonzero(here)
    out = np.full(here.shape, ids[0], np.uint8)
    if names[0].startswith("left"):  # the person's left is on the picture's right
        out[:, : round(columns.mean())] = ids[1]
    elif names == LIPS:
        out[round(rows.mean()) :] = ids[1]
    return out


def doubted(labels: np.ndarray, current: np.ndarray) -> str | None:
    """Another order that fits the photograph's own labels clearly better than ours; None if ours fits."""
    parts = (current != IDS["background"]) & (current != IDS["skin"])
    fits = {name: float((to_ours(labels, name, current) == current)[parts].mean())
            for name, meant in ORDERS.items() if labels.max() < len(meant) and parts.any()}
    best = max(fits, key=fits.get, default="celebamask")
    return best if best != "celebamask" and fits[best] > fits.get("celebamask", 0) + _CLEARLY else None


def from_colours(pixels: np.ndarray) -> np.ndarray:
    """A label map drawn in the colours of the palette, uint8 (H, W, 3) -> (H, W).

    Raises ImageError for a colour that is not in the palette.
    """
    key = pixels.astype(np.int64) @ (65536, 256, 1)
    known = COLOURS.astype(np.int64) @ (65536, 256, 1)
    order = np.argsort(known)
    found = order[np.searchsorted(known[order], key).clip(0, len(known) - 1)]
    wrong = known[found] != key
    if wrong.any():
        colour = pixels[tuple(np.argwhere(wrong)[0])]
        raise ImageError(
            f"The label map is a colour picture with #{bytes(colour).hex()}, which is no colour of the label palette "
            f"({wrong.mean():.0%} of it is not). Save it as a PNG of mode P whose values are the labels, or in the "
            "palette's exact colours."
        )
    return found.astype(np.uint8)
