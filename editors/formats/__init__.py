"""Weights as others publish them, read as data and turned once into safetensors.

    kind = recognise(path)                 what a file is, by its content
    converted = convert(path, folder)      a safetensors file for each network in it
    network = load(converted.parts[0])     the network, or the arrays of a file of directions

Nothing in a file is run: no name in it is imported, nothing is called. `containers` opens a file, `pickles` reads its
instructions, `calls` lists the names that it may mention, `values` are what can come out; `generators`, `tensorflow`,
`faces` and `directions` know the published names.
"""

import hashlib
import importlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ImageError, ModelError
from . import directions, faces, generators, tensorflow
from .containers import read
from .generators import Held
from .safe import write_safetensors
from .values import Array, Record, Refused, Tensor

KINDS: dict[str, str] = {
    "rosinality": "a StyleGAN2 of rosinality's implementation",
    "nvidia": "a StyleGAN2 of NVIDIA's implementation",
    "e4e": "an e4e encoder and its StyleGAN2",
    "psp": "a pSp encoder and its StyleGAN2",
    "bisenet": "a BiSeNet that parses faces",
    "directions": "directions in the latent space of a StyleGAN2",
    "ganspace": "principal components of the latent space of a StyleGAN2",
}


@dataclass(frozen=True)
class Part:
    """One network of a file.

    network:  the file in `editors/networks` that builds it, empty for arrays
    config:   its constructor arguments
    file:     safetensors that hold its weights
    sha256:   of that file
    numbers:  how many it holds
    """

    network: str
    config: Mapping[str, object]
    file: Path
    sha256: str
    numbers: int

    @property
    def size_mb(self) -> float:
        return self.file.stat().st_size / 1e6


@dataclass(frozen=True)
class Converted:
    """What a file turned out to be; `notes` are sentences that a person should read."""

    kind: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    network: str
    config: dict
    weights: Mapping[str, Held]


def recognise(path: str | Path) -> str:
    """One of `KINDS`. Raises ModelError naming what was found instead."""
    return _understood(Path(path))[0]


def convert(path: str | Path, folder: str | Path) -> Converted:
    """Write what a file holds as safetensors into a folder, each file whole or not at all.

    Raises ModelError where the file holds anything else than weights, or they do not fit.
    """
    path, folder = Path(path), Path(folder)
    kind, found, notes = _understood(path)
    parts = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in found:
            weights = _fitted(each) if each.network else each.weights
            said = {"kind": kind, "network": each.network, "config": json.dumps(each.config)}
            file = folder / f"{each.network or kind}.safetensors"
            digest = write_safetensors(file, weights, said)
            total = sum(int(np.prod(held.shape)) for held in weights.values())
            parts.append(Part(each.network, each.config, file, digest, total))
    except Refused as error:
        raise _named(path, error) from error
    except (OSError, ImageError) as error:
        raise ModelError(f"{folder} cannot be written ({error}). Choose a folder with room.") from error
    return Converted(kind, tuple(parts), tuple(notes))


def load(part: Part) -> Any:
    """The network, read-only, or for directions its arrays. Raises ModelError if the file was changed."""
    from safetensors.numpy import load_file as load_arrays
    from safetensors.torch import load_file

    with open(part.file, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
            raise ModelError(f"{part.file} was changed after it was written. Convert the model again.")
    if not part.network:
        return load_arrays(part.file)
    network = _shapes_only(part.network, part.config)
    weights = {name: held.float() if held.is_floating_point() else held for name, held in load_file(part.file).items()}
    network.load_state_dict(weights, assign=True)
    return network.eval().requires_grad_(False)


def _understood(path: Path) -> tuple[str, list[_Found], list[str]]:
    """Kind, networks and notes. Raises ModelError that begins with the file's name."""
    if not path.is_file():
        raise ModelError(f"{path} cannot be read: there is no such file. Choose a file of weights.")
    try:
        kind, found, notes = _sorted(read(path), path.stem)
        _check_amount(found, path.stat().st_size)
        return kind, found, notes
    except Refused as error:
        raise _named(path, error) from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}). Choose a file of weights.") from error


def _check_amount(found: list[_Found], size: int) -> None:
    """Raise Refused where networks have more numbers than a file has bytes: its tensors share what they are made of."""
    shapes = [held.shape for each in found if each.network for name, held in each.weights.items()
              if not name.endswith(".noise")]  # which may have been drawn here
    total = sum(math.prod(shape) for shape in shapes)
    if total > size:
        raise Refused(f"describes {total:,} numbers in {size:,} bytes, more numbers than it has room for")


def _named(path: Path, error: Refused) -> ModelError:
    known = "; ".join(KINDS.values())
    return ModelError(f"{path.name[:100]} was not loaded and nothing in it was run: it {error}. What can be loaded: "
                      f"{known}.")


def _sorted(content: object, name: str) -> tuple[str, list[_Found], list[str]]:
    """What is in a file, sorted by the names in it. Raises Refused."""
    if tensorflow.is_tensorflow(content):
        return "nvidia", [_Found("face_generator", *tensorflow.from_tensorflow(content[2]))], []
    if isinstance(content, dict):
        content.pop("__metadata__", None)
        if isinstance(content.get("G_ema"), Record):
            config, weights, notes = generators.from_nvidia(content["G_ema"])
            return "nvidia", [_Found("face_generator", config, weights)], notes
        state = _state(content.get("g_ema")) or _state(content)
        if "input.input" in state:
            mean = _held(state.pop("latent_avg", content.get("latent_avg")))  # in safetensors among the others
            found = generators.from_rosinality(state, mean)
            return "rosinality", [_Found("face_generator", *found)], []
        if "cp.resnet.conv1.weight" in state:
            return "bisenet", [_Found("face_parser", *faces.from_bisenet(state))], []
        if any(name.startswith("encoder.") for name in _state(content.get("state_dict"))):
            return _of_psp(content)
        if directions.is_components(content):
            return "ganspace", [_Found("", {}, directions.from_components(content))], []
    found = directions.from_directions(content, name)
    if found is not None:
        return "directions", [_Found("", {}, found)], []
    raise Refused(f"holds {_described(content)}")


def _of_psp(content: dict) -> tuple[str, list[_Found], list[str]]:
    state = _state(content["state_dict"])
    kind, config, weights, codes = faces.from_psp({**content, "state_dict": state})
    decoder = {name.removeprefix("decoder."): held for name, held in state.items() if name.startswith("decoder.")}
    sizes, drawn = generators.from_rosinality(decoder, codes[0])
    layers = 2 * len(sizes["channels"])
    if (layers, sizes["style_size"]) != codes.shape:
        raise Refused(f"has an encoder to {codes.shape} and a generator from {(layers, sizes['style_size'])}")
    return kind, [_Found("face_encoder_e4e", config, weights), _Found("face_generator", sizes, drawn)], []


def _state(content: object) -> dict[str, Held]:
    """A state dictionary: names and tensors only, without the prefix of a network trained on several GPUs."""
    if not isinstance(content, dict):
        return {}
    held = {name: value for name, value in content.items() if isinstance(name, str) and _held(value) is not None}
    if held and all(name.startswith("module.") for name in held):
        return {name.removeprefix("module."): value for name, value in held.items()}
    return held


def _held(content: object) -> Held | None:
    return content if isinstance(content, Tensor | Array) else None


def _described(content: object) -> str:
    if isinstance(content, dict):
        first = next((name for name in content if isinstance(name, str)), "nothing with a name")
        inside = next((name for name in _state(content.get(first))), None)
        within = f" with {inside[:60]!r} in it" if inside else ""
        return f"a dictionary of {len(content)} entries, such as {first[:60]!r}{within}"
    if isinstance(content, Tensor | Array):
        return f"a tensor {content.shape}"
    if isinstance(content, Record):
        return f"an object of {content.kind[:60]!r}"
    return f"a value of type {type(content).__name__}"


def _shapes_only(network: str, config: Mapping[str, object]) -> Any:
    """A network whose weights have shapes and no memory yet."""
    import torch

    with torch.device("meta"):
        return importlib.import_module(f"..networks.{network}", __package__).build(**config)


def _fitted(found: _Found) -> dict[str, np.ndarray]:
    """The weights in the shapes that the network has. Raises Refused: missing, unknown, of another shape."""
    network = _shapes_only(found.network, found.config)
    expected = {name: tuple(held.shape) for name, held in network.state_dict().items()}
    # Counts that only training reads; torch did not write them before 0.4.1.
    counts = {name: np.zeros((), np.int64) for name in expected if name.endswith("num_batches_tracked")}
    held = counts | dict(found.weights)
    if "mean_style" in expected and "mean_style" not in held:
        held["mean_style"] = None
    weights = generators.renamed(held, {name: name for name in expected})
    for name, shape in expected.items():
        if weights[name] is None:
            continue
        if [length for length in weights[name].shape if length != 1] != [length for length in shape if length != 1]:
            raise Refused(f"has {name!r} of {tuple(weights[name].shape)}, not {shape}")
        weights[name] = generators.array(weights[name]).reshape(shape)
    if "mean_style" in expected and weights["mean_style"] is None:
        weights["mean_style"] = _measured_mean(found, weights)
    return weights


def _measured_mean(found: _Found, weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """The mean style of a generator that comes without one."""
    import torch

    generator = _shapes_only(found.network, found.config)
    held = {name: torch.tensor(weights[name]).float() for name in weights if name.startswith("mapping.")}
    held["mean_style"] = torch.zeros(found.config["style_size"])
    generator.load_state_dict(held, strict=False, assign=True)
    with torch.no_grad():
        return generator.measure_mean_style().numpy()
