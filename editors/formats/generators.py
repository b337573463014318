"""StyleGAN2 under the names of rosinality's and NVIDIA's implementations; the table is in `networks.face_generator`."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .values import Array, Record, Refused, Tensor, is_count

Held = Tensor | Array | np.ndarray
MOST_MODULES = 2000
MOST_BLOCKS, MOST_DEPTH = 9, 32  # 1024 pixels


@dataclass(frozen=True)
class Dialect:
    """How one implementation names what a layer holds: our name -> theirs."""

    styled: Mapping[str, str]
    to_rgb: Mapping[str, str]
    left_out: tuple[str, ...]  # endings of names that hold the fixed filter


ROSINALITY = Dialect(
    styled={
        "weight": "conv.weight", "to_scale.weight": "conv.modulation.weight", "to_scale.bias": "conv.modulation.bias",
        "noise_strength": "noise.weight", "bias": "activate.bias",
    },
    to_rgb={
        "weight": "conv.weight", "to_scale.weight": "conv.modulation.weight", "to_scale.bias": "conv.modulation.bias",
        "bias": "bias",
    },
    left_out=(".kernel",),
)  # fmt: skip
NVIDIA = Dialect(
    styled={
        "weight": "weight", "to_scale.weight": "affine.weight", "to_scale.bias": "affine.bias",
        "noise_strength": "noise_strength", "bias": "bias", "noise": "noise_const",
    },
    to_rgb={"weight": "weight", "to_scale.weight": "affine.weight", "to_scale.bias": "affine.bias", "bias": "bias"},
    left_out=("resample_filter",),
)  # fmt: skip


def from_rosinality(state: Mapping[str, Held], mean: Held | None) -> tuple[dict, dict[str, Held]]:
    """A generator's state and mean style -> constructor arguments, weights under our names. Raises Refused."""
    depth, blocks = count(state, "style.{}.weight", first=1), 1 + count(state, "to_rgbs.{}.bias")
    names = {"synthesis.constant": "input.input"}
    for n in range(depth):
        names |= {f"mapping.layers.{n}.{part}": f"style.{n + 1}.{part}" for part in ("weight", "bias")}
    for k in range(blocks):
        layers = {"conv": "conv1"} if k == 0 else {"up": f"convs.{2 * k - 2}", "conv": f"convs.{2 * k - 1}"}
        names |= _of_block(ROSINALITY, k, layers, "to_rgb1" if k == 0 else f"to_rgbs.{k - 1}")
        names |= {f"synthesis.blocks.{k}.{layer}.noise": f"noises.noise_{2 * k - (layer == 'up')}" for layer in layers}
    _check_size(blocks, depth)
    held = dict(state)
    if not any(name.startswith("noises.") for name in held):  # of before 2020: noise was drawn when a picture was
        draw = np.random.default_rng(0)
        for ours, theirs in names.items():
            if ours.endswith(".noise"):
                side = 4 * 2 ** int(ours.split(".")[2])
                held[theirs] = draw.standard_normal((side, side), dtype=np.float32)
    weights = renamed(held, names, ROSINALITY.left_out)
    if mean is not None:
        weights["mean_style"] = mean
    return config_of(weights, blocks, depth), weights


def from_nvidia(record: Record) -> tuple[dict, dict[str, Held], list[str]]:
    """A saved `Generator` -> constructor arguments, weights under our names, what is to be said. Raises Refused."""
    held = _tensors(record)
    synthesis = _modules(_modules(record).get("synthesis"))
    depth, blocks = count(held, "mapping.fc{}.weight"), count_sides(synthesis, "b{0}")
    if record.kind != "Generator" or not blocks:
        raise Refused(f"holds a {record.kind[:40]!r} that is not StyleGAN2's")
    if record.state.get("c_dim") != 0 or record.state.get("img_channels") != 3:
        raise Refused("holds a generator of classes or of other than three channels, not of faces")
    if any(block.state.get("architecture") != "skip" for block in synthesis.values()):
        raise Refused("holds a generator without skip connections, which is not configuration F")
    names = {"synthesis.constant": "synthesis.b4.const", "mean_style": "mapping.w_avg"}
    for n in range(depth):
        names |= {f"mapping.layers.{n}.{part}": f"mapping.fc{n}.{part}" for part in ("weight", "bias")}
    for k in range(blocks):
        block = f"synthesis.b{4 * 2**k}"
        layers = {"conv": f"{block}.conv1"} if k == 0 else {"up": f"{block}.conv0", "conv": f"{block}.conv1"}
        names |= _of_block(NVIDIA, k, layers, f"{block}.torgb")
    weights = renamed(held, names, NVIDIA.left_out)
    layer = _modules(synthesis["b4"]).get("conv1") or Record("")
    clamp = layer.state.get("conv_clamp")
    notes = [f"Its layers were clamped at {clamp} in training; here they are not."] if is_count(clamp) else []
    return config_of(weights, blocks, depth), weights, notes


def _of_block(dialect: Dialect, k: int, layers: Mapping[str, str], to_rgb: str) -> dict[str, str]:
    names = {
        f"synthesis.blocks.{k}.{layer}.{ours}": f"{theirs}.{part}"
        for layer, theirs in layers.items()
        for ours, part in dialect.styled.items()
    }
    return names | {f"synthesis.blocks.{k}.to_rgb.{ours}": f"{to_rgb}.{part}" for ours, part in dialect.to_rgb.items()}


def config_of(weights: Mapping[str, Held], blocks: int, depth: int) -> dict:
    """Constructor arguments of a `FaceGenerator`, read off the shapes of its weights."""
    _check_size(blocks, depth)
    (_, style_size) = shape_of(weights, "synthesis.blocks.0.conv.to_scale.weight", 2)
    (_, latent_size) = shape_of(weights, "mapping.layers.0.weight", 2) if depth else (0, style_size)
    channels = {
        str(4 * 2**k): shape_of(weights, f"synthesis.blocks.{k}.to_rgb.to_scale.bias", 1)[0] for k in range(blocks)
    }
    return {
        "size": 4 * 2 ** (blocks - 1), "style_size": style_size, "mapping_layers": depth, "latent_size": latent_size,
        "channels": channels,
    }  # fmt: skip


def _check_size(blocks: int, depth: int) -> None:
    if not 0 < blocks <= MOST_BLOCKS or depth > MOST_DEPTH:
        raise Refused(f"holds a generator of {blocks} blocks with {depth} layers of mapping; 1024 pixels are "
                      f"{MOST_BLOCKS} blocks")


def count(names: Mapping[str, object], pattern: str, first: int = 0) -> int:
    """How many names in a row a pattern with one number finds, at most 1000."""
    return next((n for n in range(1000) if pattern.format(first + n) not in names), 1000)


def count_sides(names: Mapping[str, object], pattern: str) -> int:
    """How many sides from 4 pixels on, each twice the one before, a pattern finds, at most one more than there are."""
    return next((k for k in range(MOST_BLOCKS + 1) if pattern.format(4 * 2**k) not in names), MOST_BLOCKS + 1)


def shape_of(held: Mapping[str, Held], name: str, axes: int) -> tuple[int, ...]:
    """The shape of what a name holds. Raises Refused if there is nothing or it has another number of axes."""
    shape = held[name].shape if name in held else ()
    if len(shape) != axes or 0 in shape:
        raise Refused(f"lacks {name!r} of {axes} axes")
    return shape


def renamed(held: Mapping[str, Held], names: Mapping[str, str], left_out: tuple[str, ...] = ()) -> dict[str, Held]:
    """What `names` lists, under our names. Raises Refused naming what is missing or not known."""
    missing = [theirs for theirs in names.values() if theirs not in held]
    known = set(names.values())
    strange = [name for name in held if name not in known and not name.endswith(left_out)]
    if missing or strange:
        what = f"lacks {missing[0][:60]!r}" if missing else f"holds {strange[0][:60]!r}, which has no place here"
        raise Refused(f"{what} ({len(missing)} missing, {len(strange)} unknown)")
    return {ours: held[theirs] for ours, theirs in names.items()}


def _modules(record: object) -> dict:
    found = record.state.get("_modules") if isinstance(record, Record) else None
    return found if isinstance(found, dict) else {}


def _tensors(record: Record) -> dict[str, Held]:
    """Parameters and buffers of a module and those inside it, by dotted name. Raises Refused."""
    found, waiting, seen = {}, [("", record)], 0
    while waiting:
        prefix, module = waiting.pop()
        seen += 1
        if not isinstance(module, Record) or seen + len(waiting) > MOST_MODULES or len(prefix) > 200:
            raise Refused("holds modules that are not networks, too many or too deep")
        for kind in ("_parameters", "_buffers"):
            held = module.state.get(kind)
            for name, value in (held if isinstance(held, dict) else {}).items():
                if isinstance(value, Tensor | Array):
                    found[f"{prefix}{name}"] = value
        waiting += [(f"{prefix}{name}.", inner) for name, inner in _modules(module).items()]
    return found


def array(held: Held) -> np.ndarray:
    """Its numbers, read-only."""
    return held if isinstance(held, np.ndarray) else held.array()
