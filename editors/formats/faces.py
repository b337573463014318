"""Encoders (e4e, pSp) and the BiSeNet parser under their published names."""

from collections.abc import Mapping

import numpy as np

from ..labels import BISENET_NAMES, NAMES
from .generators import Held, count, shape_of
from .values import Record, Refused, numbers

UNITS = (3, 4, 14, 3)  # residual blocks of each stage of an IR-SE50
LAST = "conv_out.conv_out.weight"  # whose rows are the labels
DELTAS = {"Encoder4Editing": True, "GradualStyleEncoder": False}


def from_psp(content: Mapping[str, object]) -> tuple[str, dict, dict[str, Held], np.ndarray]:
    """An e4e or pSp file -> its kind, constructor arguments, weights, mean codes (L, S). Raises Refused."""
    state, options = content["state_dict"], content.get("opts")
    options = options.state if isinstance(options, Record) else options
    kind = options.get("encoder_type") if isinstance(options, dict) else None
    if not isinstance(kind, str) or kind not in DELTAS:
        shown = kind[:40] if isinstance(kind, str) else "no name"
        raise Refused(f"holds an encoder of type {shown!r}; those that are known: {', '.join(DELTAS)}")
    weights = {name.removeprefix("encoder."): held for name, held in state.items() if name.startswith("encoder.")}
    layers, blocks = count(weights, "styles.{}.linear.bias"), count(weights, "body.{}.res_layer.0.weight")
    if blocks != sum(UNITS) or not layers:
        raise Refused(f"holds an encoder of {blocks} blocks and {layers} styles; an IR-SE50 has {sum(UNITS)} blocks")
    seen = shape_of(weights, "input_layer.0.weight", 4)[1]
    if seen != 3:
        raise Refused(f"holds an encoder that looks at {seen} channels; ReStyle's, which sees its own estimate, does")
    last = [sum(UNITS[: stage + 1]) - 1 for stage in range(4)]
    ends = [shape_of(weights, f"body.{place}.res_layer.3.weight", 4)[0] for place in last]
    weights["mean_codes"] = codes = _mean_codes(content.get("latent_avg"), options, layers, ends[3])
    deltas = DELTAS[kind]
    return "e4e" if deltas else "psp", {"layers": layers, "channels": ends, "deltas": deltas}, weights, codes


def _mean_codes(held: object, options: dict, layers: int, style_size: int) -> np.ndarray:
    """`latent_avg`, one style or one for each layer -> float32 (L, S). Raises Refused."""
    if held is None and options.get("start_from_latent_avg"):
        raise Refused("has an encoder that starts from a mean style, and lacks 'latent_avg'")
    if held is None:
        return np.zeros((layers, style_size), np.float32)
    mean = numbers(held)
    if mean.size not in (style_size, layers * style_size):
        raise Refused(f"has a latent_avg of {mean.shape}, not ({layers}, {style_size})")
    return np.broadcast_to(mean.reshape(-1, style_size), (layers, style_size))


def from_bisenet(state: Mapping[str, Held]) -> tuple[dict, dict[str, Held]]:
    """BiSeNet's state -> constructor arguments, weights whose labels are in our order. Raises Refused."""
    weights = {name: held for name, held in state.items() if not name.startswith(("conv_out16.", "conv_out32."))}
    labels, width = shape_of(weights, LAST, 4)[0], shape_of(weights, "cp.resnet.conv1.weight", 4)[0]
    if labels != len(BISENET_NAMES):
        raise Refused(f"holds a parser of {labels} labels; that of faces has {len(BISENET_NAMES)}")
    weights[LAST] = weights[LAST].array()[[BISENET_NAMES.index(name) for name in NAMES]]
    return {"labels": labels, "width": width}, weights
