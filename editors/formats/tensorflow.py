"""StyleGAN2 as NVIDIA first published it, for TensorFlow: three networks in one pickle, of which the last is the mean.

Kernels are (height, width, input, output) there, those that double the side are turned by half a circle, and the bias
of a style counts from one.
"""

from collections.abc import Mapping

import numpy as np

from .generators import config_of, count, count_sides
from .values import Array, Record, Refused

OLDEST = 4  # version of the format


def is_tensorflow(content: object) -> bool:
    """Whether this is (G, D, Gs) as `dnnlib.tflib` saves them."""
    return isinstance(content, tuple) and len(content) == 3 and all(
        isinstance(each, Record) and each.kind == "Network" for each in content
    )


def from_tensorflow(network: Record) -> tuple[dict, dict[str, np.ndarray]]:
    """The averaged generator -> constructor arguments, weights under our names. Raises Refused."""
    held = _variables(network)
    depth = count(held, "mapping/Dense{}/weight")
    blocks = count_sides(held, "synthesis/{0}x{0}/ToRGB/weight")
    weights = {
        "synthesis.constant": _take(held, "synthesis/4x4/Const/const", 4),
        "mean_style": _take(held, "dlatent_avg", 1),
    }
    for n in range(depth):
        weights[f"mapping.layers.{n}.weight"] = _take(held, f"mapping/Dense{n}/weight", 2).T
        weights[f"mapping.layers.{n}.bias"] = _take(held, f"mapping/Dense{n}/bias", 1)
    for k in range(blocks):
        place = f"synthesis/{4 * 2**k}x{4 * 2**k}"
        layers = {"conv": "Conv"} if k == 0 else {"up": "Conv0_up", "conv": "Conv1"}
        for ours, theirs in layers.items():
            weights |= _layer(held, f"{place}/{theirs}", f"synthesis.blocks.{k}.{ours}", turned=ours == "up")
            number = 2 * k - (ours == "up")
            weights[f"synthesis.blocks.{k}.{ours}.noise"] = _take(held, f"synthesis/noise{number}", 4)
            strength = _take(held, f"{place}/{theirs}/noise_strength", 0)
            weights[f"synthesis.blocks.{k}.{ours}.noise_strength"] = strength
        weights |= _layer(held, f"{place}/ToRGB", f"synthesis.blocks.{k}.to_rgb", turned=False)
    return config_of(weights, blocks, depth), weights


def _layer(held: Mapping[str, np.ndarray], theirs: str, ours: str, turned: bool) -> dict[str, np.ndarray]:
    weight = _take(held, f"{theirs}/weight", 4)
    return {
        f"{ours}.weight": (weight[::-1, ::-1] if turned else weight).transpose(3, 2, 0, 1),
        f"{ours}.bias": _take(held, f"{theirs}/bias", 1),
        f"{ours}.to_scale.weight": _take(held, f"{theirs}/mod_weight", 2).T,
        f"{ours}.to_scale.bias": _take(held, f"{theirs}/mod_bias", 1) + 1,
    }


def _take(held: Mapping[str, np.ndarray], name: str, axes: int) -> np.ndarray:
    if name not in held or held[name].ndim != axes:
        raise Refused(f"lacks {name!r} of {axes} axes: it is not StyleGAN2 of configuration E or F")
    return held[name]


def _variables(network: Record) -> dict[str, np.ndarray]:
    """Arrays of a network and of its components, whose names come before theirs. Raises Refused."""
    components = network.state.get("components")
    inside = components.items() if isinstance(components, dict) else ()
    parts = {"": network} | {f"{name}/": part for name, part in inside}
    version, held = network.state.get("version"), {}
    if type(version) is not int or version < OLDEST or len(parts) > 10:
        raise Refused("holds a network of an older version of StyleGAN")
    for prefix, part in parts.items():
        variables = part.state.get("variables") if isinstance(part, Record) else None
        for pair in variables if isinstance(variables, list) else []:
            match pair:
                case (str(name), Array() as value):
                    held[f"{prefix}{name}"] = value.array()
                case _:
                    raise Refused("holds a network whose variables are not arrays")
    return held
