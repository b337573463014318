"""Directions that others published: in W, in W+, in single channels, or as principal components.

Nothing in such a file says which generator it was found for; that is for the one who loads it to know.
"""

from collections.abc import Mapping

import numpy as np

from .values import Array, Refused, Tensor, numbers

MOST_DIRECTIONS, MOST_LAYERS, MOST_CHANNELS, STYLE_SIZES = 1000, 32, 10_000, (16, 1024)
LONGEST_NAME = 100
COMPONENTS = (("mean", "comp", "std"), ("lat_mean", "lat_comp", "lat_stdev"), ("lat_mean", "lat_comp", "lat_std"))


def is_components(content: object) -> bool:
    """Whether this is GANSpace's: a mean, components and their deviations."""
    return isinstance(content, dict) and any(set(names) <= content.keys() for names in COMPONENTS)


def from_components(content: Mapping[str, object]) -> dict[str, np.ndarray]:
    """mean (S,), components (K, S), deviations (K,), all float32. Raises Refused."""
    names = next(names for names in COMPONENTS if set(names) <= content.keys())
    mean, components, deviations = (numbers(content[name]) for name in names)
    mean, deviations = mean.reshape(-1), deviations.reshape(-1)
    fits = components.size == mean.size * deviations.size > 0
    if not fits or not STYLE_SIZES[0] <= mean.size <= STYLE_SIZES[1]:
        raise Refused(f"holds components {components.shape} that do not fit their mean of {mean.size} numbers")
    return {"mean": mean, "components": components.reshape(-1, mean.size), "deviations": deviations}


def from_directions(content: object, name: str) -> dict[str, np.ndarray] | None:
    """One direction, which is then called `name` where that can be read, or a dictionary of them; else None.

    Returns by name: float32 (1, S) for every layer alike, float32 (L, S), or int64 (N, 2) of a layer and a channel.
    Raises Refused for a dictionary in which only some are directions.
    """
    if not isinstance(content, dict):
        found = _direction(content)
        return None if found is None else {name if _is_name(name) else "direction": found}
    named = {key: value for key, value in content.items() if key != "__metadata__"}
    found = {key: _direction(value) for key, value in list(named.items())[:MOST_DIRECTIONS]}
    odd = [key for key, value in found.items() if value is None or not isinstance(key, str)]
    if 2 * len(odd) > len(found) or len(named) > len(found) or not found:
        return None  # a network whose biases look like directions, or something else
    if odd:
        raise Refused(f"holds directions, and {str(odd[0])[:40]!r}, which is none")
    unread = next((key for key in found if not _is_name(key)), None)
    if unread is not None:
        raise Refused(f"holds a direction called {ascii(unread[:40])}; a name is 1 to {LONGEST_NAME} letters that can "
                      "be shown")
    return found


def _is_name(text: str) -> bool:
    """Whether a person can read it, and a file of weights keep it."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and text != "__metadata__"


def _direction(content: object) -> np.ndarray | None:
    if isinstance(content, (list, tuple)):
        channels = _channels(content)
        return channels if channels is not None else _vectors(content)
    if not isinstance(content, Tensor | Array):
        return None
    shape = tuple(length for length in content.shape if length != 1)
    if len(content.shape) == 2 and content.shape[1] == 2 and content.shape[0] <= MOST_CHANNELS:
        return _channels(content.array().tolist())
    if len(shape) not in (1, 2) or 0 in shape or not STYLE_SIZES[0] <= shape[-1] <= STYLE_SIZES[1]:
        return None
    if len(shape) == 2 and shape[0] > MOST_LAYERS:
        return None
    return numbers(content).reshape(-1, shape[-1])


def _vectors(rows: list | tuple) -> np.ndarray | None:
    """A vector, or one for each layer, as JSON writes them."""
    rows = [rows] if rows and not isinstance(rows[0], (list, tuple)) else rows
    if not 0 < len(rows) <= MOST_LAYERS or not all(isinstance(row, (list, tuple)) for row in rows):
        return None
    lengths = {len(row) for row in rows}
    if len(lengths) > 1 or not STYLE_SIZES[0] <= min(lengths) <= STYLE_SIZES[1]:
        return None
    plain = all(type(number) is float or type(number) is int and abs(number) < 2**63 for row in rows for number in row)
    return numbers(Array(np.array(rows, np.float64))) if plain else None


def _channels(pairs: list | tuple) -> np.ndarray | None:
    """Places of StyleSpace: a layer and a channel each; one pair may stand alone."""
    pairs = [pairs] if len(pairs) == 2 and all(type(number) is int for number in pairs) else pairs
    if not 0 < len(pairs) <= MOST_CHANNELS:
        return None
    if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs):
        return None
    if not all(type(number) is int and 0 <= number < 4096 for pair in pairs for number in pair):
        return None
    return np.array(pairs, np.int64)
