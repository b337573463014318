"""Reads and runs TensorFlow.js graph models (model.json and its shards) in torch, for inference.

Only the operations that the models in use need; an unknown one is named when the model is read.
Values keep TensorFlow's axis order (B, H, W, C); a convolution sees a transposed view, which is channels_last.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from editors.errors import ModelError


class TFJSGraph:
    """A graph model, called with one picture batch.

    path:     model.json; its shards lie beside it
    outputs:  names of the nodes to compute, as `name` or `name:0`
    """

    def __init__(self, path: Path, outputs: list[str]):
        model = json.loads(Path(path).read_text())
        nodes = {node["name"]: node for node in model["modelTopology"]["node"]}
        self.outputs = [_plain(name) for name in outputs]
        self.nodes = _in_order(nodes, self.outputs)
        self.weights = read_weights(model["weightsManifest"], Path(path).parent)
        unknown = {node["op"] for node in self.nodes} - OPERATIONS.keys() - {"Const", "Placeholder"}
        if unknown:
            raise ModelError(f"{Path(path).name} uses operations that are not implemented: {', '.join(unknown)}.")

    @torch.inference_mode()
    def __call__(self, x: np.ndarray) -> list[np.ndarray]:
        """x float32 (B, H, W, C) -> the outputs, in the order asked for."""
        values: dict[str, Tensor] = dict(self.weights)
        waiting = Counter(_plain(name) for node in self.nodes for name in node.get("input", []))
        waiting.update(self.outputs)
        for node in self.nodes:
            if node["op"] == "Const":
                continue
            inputs = [_plain(name) for name in node.get("input", [])]
            if node["op"] == "Placeholder":
                values[node["name"]] = torch.from_numpy(np.ascontiguousarray(x, np.float32))
            else:
                values[node["name"]] = OPERATIONS[node["op"]](node.get("attr", {}), *(values[name] for name in inputs))
            waiting.subtract(inputs)
            for name in set(inputs):
                if not waiting[name]:  # what nobody asks for again makes room: batches are large
                    del values[name]
        return [values[name].numpy() for name in self.outputs]


def _plain(name: str) -> str:
    return name.split(":")[0]


def _in_order(nodes: dict[str, dict], outputs: list[str]) -> list[dict]:
    """The nodes that the outputs need, each after its inputs."""
    ordered: dict[str, dict] = {}
    stack = list(reversed(outputs))
    while stack:
        name = stack[-1]
        missing = [_plain(i) for i in nodes[name].get("input", []) if _plain(i) not in ordered]
        if missing:
            stack.extend(missing)
        else:
            ordered.setdefault(stack.pop(), nodes[name])
    return list(ordered.values())


def read_weights(manifest: list[dict], folder: Path) -> dict[str, Tensor]:
    """Weights by name. Stored integers q with a scale become q * scale + min; float16 is widened."""
    weights = {}
    for group in manifest:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        offset = 0
        for entry in group["weights"]:
            stored = entry.get("quantization", {})
            kind = np.dtype(stored.get("dtype", entry["dtype"])).newbyteorder("<")
            count = int(np.prod(entry["shape"], dtype=int))
            array = np.frombuffer(data, kind, count, offset)
            offset += count * kind.itemsize
            array = array.astype(np.dtype(entry["dtype"]))
            if "scale" in stored:
                array = array * np.float32(stored["scale"]) + np.float32(stored["min"])
            weights[entry["name"]] = torch.from_numpy(array.reshape(entry["shape"]))
    return weights


def _numbers(attr: dict, name: str) -> list[int]:
    return [int(i) for i in attr.get(name, {}).get("list", {}).get("i", [])]


def _text(attr: dict, name: str) -> str:
    return base64.b64decode(attr[name]["s"]).decode()


def _padded(x: Tensor, kernel: list[int], stride: list[int], padding: str, fill: float = 0.0) -> Tensor:
    """x (B, C, H, W) with TensorFlow's SAME border: the odd pixel goes below and to the right."""
    if padding == "VALID":
        return x
    if padding != "SAME":
        raise ModelError(f"The padding is {padding}; SAME and VALID are implemented.")
    height, width = (max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(x.shape[2:], kernel, stride))
    return F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2), value=fill)


def _fused(attr: dict, y: Tensor, extra: tuple[Tensor, ...]) -> Tensor:
    """What a fused operation does after its product: BiasAdd, an activation."""
    for name in (base64.b64decode(s).decode() for s in attr.get("fused_ops", {}).get("list", {}).get("s", [])):
        y = y + extra[0] if name == "BiasAdd" else {"Relu": F.relu, "Relu6": F.relu6}[name](y)
    return y


def _conv(attr: dict, x: Tensor, kernel: Tensor, *extra: Tensor) -> Tensor:
    """x (B, H, W, I), kernel (K, K, I, O) -> (B, H', W', O)."""
    return _convolve(attr, x, kernel.permute(3, 2, 0, 1), 1, extra)


def _depthwise(attr: dict, x: Tensor, kernel: Tensor, *extra: Tensor) -> Tensor:
    """x (B, H, W, I), kernel (K, K, I, M) -> (B, H', W', I*M)."""
    return _convolve(attr, x, kernel.permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1), x.shape[3], extra)


def _convolve(attr: dict, x: Tensor, kernel: Tensor, groups: int, extra: tuple[Tensor, ...]) -> Tensor:
    stride, dilation = _numbers(attr, "strides")[1:3], (_numbers(attr, "dilations") or [1, 1, 1, 1])[1:3]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel.shape[2:], dilation)]
    x = _padded(x.permute(0, 3, 1, 2), reach, stride, _text(attr, "padding"))
    y = F.conv2d(x, kernel, stride=stride, dilation=dilation, groups=groups)
    return _fused(attr, y.permute(0, 2, 3, 1), extra)


def _max_pool(attr: dict, x: Tensor) -> Tensor:
    size, stride = _numbers(attr, "ksize")[1:3], _numbers(attr, "strides")[1:3]
    x = _padded(x.permute(0, 3, 1, 2), size, stride, _text(attr, "padding"), fill=-torch.inf)
    return F.max_pool2d(x, size, stride).permute(0, 2, 3, 1)


def _reduced(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda attr, x, axes: reduce(x, axes.flatten().tolist(), bool(attr.get("keep_dims", {}).get("b")))


OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "Conv2D": _conv,
    "_FusedConv2D": _conv,
    "DepthwiseConv2dNative": _depthwise,
    "FusedDepthwiseConv2dNative": _depthwise,
    "_FusedMatMul": lambda attr, x, kernel, *extra: _fused(attr, x @ kernel, extra),
    "MaxPool": _max_pool,
    "Max": _reduced(torch.amax),
    "Mean": _reduced(torch.mean),
    "Sum": _reduced(torch.sum),
    "Add": lambda attr, a, b: a + b,
    "Sub": lambda attr, a, b: a - b,
    "Mul": lambda attr, a, b: a * b,
    "Minimum": lambda attr, a, b: torch.minimum(a, b),
    "Maximum": lambda attr, a, b: torch.maximum(a, b),
    "Relu": lambda attr, x: F.relu(x),
    "Abs": lambda attr, x: x.abs(),
    "Square": lambda attr, x: x.square(),
    "Rsqrt": lambda attr, x: x.rsqrt(),
    "Sigmoid": lambda attr, x: x.sigmoid(),
    "Softmax": lambda attr, x: x.softmax(-1),
    "Squeeze": lambda attr, x: x.squeeze(tuple(_numbers(attr, "squeeze_dims")) or tuple(range(x.dim()))),
    "Identity": lambda attr, x: x,
}
