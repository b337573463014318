"""Weights in the names of published implementations, random and made again from those names alone.

`tests/stored/published.json` lists each implementation's names and shapes, as its own code gave them.
"""

import json
import math
import zlib
from pathlib import Path

import numpy as np
import torch

STORED = Path(__file__).parent / "stored"
PLAIN = ("encoder.", "cp.", "ffm.", "conv_out")  # networks whose layers are not scaled when they are used
REPEAT = 65_537  # a prime, so that no two rows of a layer are alike


def names_of(implementation: str) -> dict[str, list[int]]:
    """Published name -> shape."""
    return json.loads((STORED / "published.json").read_text())[implementation]


def weights(names: dict[str, list[int]], seed: int) -> dict[str, torch.Tensor]:
    """A value for each name, drawn from a generator seeded by the name; about as large as trained ones are."""
    return {name: torch.from_numpy(np.asarray(_value(name, tuple(shape), seed))) for name, shape in names.items()}


def _value(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    last = name.rsplit(".", 1)[-1]
    if last == "num_batches_tracked":
        return np.zeros(shape, np.int64)
    if last in ("kernel", "resample_filter"):
        taps = np.float32([1, 3, 3, 1])
        return np.outer(taps, taps) / 64 * (4 if ".blur." in name or "upsample." in name else 1)
    generator = np.random.default_rng([seed, zlib.crc32(name.encode())])
    # A large layer repeats its first numbers: a quarter of a billion of them would take longer to draw than to use.
    draw = generator.standard_normal(min(math.prod(shape), REPEAT), dtype=np.float32)
    return np.resize(_scaled(draw, name, last, shape), shape)


def _scaled(draw: np.ndarray, name: str, last: str, shape: tuple[int, ...]) -> np.ndarray:
    if last == "running_var":
        return 0.5 + np.abs(draw)
    if ("style." in name or "mapping.fc" in name) and last == "weight":
        return draw * 100
    if name.endswith(("modulation.bias", "affine.bias")):
        return 1 + draw / 10
    if last in ("bias", "noise_strength") or name.endswith((".noise.weight", "torgb.weight")) or "to_rgb" in name:
        return draw / 10 if "modulation.weight" not in name else draw
    if name.startswith(PLAIN) and len(shape) == 4:
        return draw * np.float32(1.4 / np.sqrt(np.prod(shape[1:])))
    return 0.6 + draw / 10 if last == "weight" and len(shape) == 1 else draw


def normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape, dtype=np.float32))
