"""Convert ESRGAN Slim of UpscalerJS (MIT) to half precision: `python -m checkpoints.super_resolution.convert`.

Also writes what the unconverted weights make of a picture, computed apart from the network, for the parity test.
"""

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from checkpoints.packages import fetch_package
from checkpoints.tfjs_graph import read_weights

HERE = Path(__file__).parent
STORED = HERE.parent.parent / "tests" / "stored" / "super_resolution.npz"
SCALE, BLOCKS, LAYERS = 4, 2, 1
NAMES = {
    "first": "F_m1", "second": "F_0", "join": "GFF_1", "joined": "GFF_2", "last": "SR",
    **{f"enlarge.{index}": f"UPN{index + 1}" for index in range(3)},
    **{f"blocks.{block}.join": f"LFF_{block + 1}" for block in range(BLOCKS)},
    **{f"blocks.{block}.layers.{layer}": f"F_{block + 1}_{layer + 1}"
       for block in range(BLOCKS) for layer in range(LAYERS)},
}  # fmt: skip
"""The network's names of its convolutions, and the file's."""


def named(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Keras kernels (K, K, I, O) under the network's names as (O, I, K, K)."""
    kernels = {f"{ours}.weight": np.ascontiguousarray(weights[f"{theirs}/kernel"].transpose(3, 2, 0, 1))
               for ours, theirs in NAMES.items()}
    return kernels | {f"{ours}.bias": weights[f"{theirs}/bias"] for ours, theirs in NAMES.items()}


def reference(layers: list[dict], weights: dict[str, np.ndarray], picture: np.ndarray) -> np.ndarray:
    """RGB (H, W, 3) enlarged by the layers as the file lists them, by sums over shifted pictures, in double precision.

    layers: of a functional Keras model, each after those it takes its inputs from
    """
    values = {}
    for layer in layers:
        name, config = layer["name"], layer["config"]
        inputs = [values[node[0]] for node in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else [picture]
        values[name] = {
            "InputLayer": lambda x: x.astype(float),
            "Conv2D": lambda x: convolve(x, weights[f"{name}/kernel"], weights[f"{name}/bias"]),
            "Activation": lambda x: np.maximum(x, 0),
            "Concatenate": lambda *x: np.concatenate(x, -1),
            "Add": lambda *x: sum(x),
            "UpSampling2D": lambda x: x.repeat(config["size"][0], 0).repeat(config["size"][1], 1),
        }[layer["class_name"]](*inputs)
    return values[layers[-1]["name"]]


def convolve(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    reach, (height, width) = kernel.shape[0] // 2, x.shape[:2]
    padded, kernel = np.pad(x, ((reach, reach), (reach, reach), (0, 0))), kernel.astype(float)
    shifts = [(i, j) for i in range(kernel.shape[0]) for j in range(kernel.shape[1])]
    return sum(padded[i : i + height, j : j + width] @ kernel[i, j] for i, j in shifts) + bias.astype(float)


if __name__ == "__main__":
    package = fetch_package("@upscalerjs/esrgan-slim", "1.0.0", "npm") / "package"
    folder = package / "models" / f"x{SCALE}"
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    weights = {name: tensor.numpy() for name, tensor in read_weights(model["weightsManifest"], folder).items()}
    save_file({name: array.astype(np.float16) for name, array in named(weights).items()}, HERE / "weights.safetensors")
    noise = np.random.default_rng(0).integers(0, 256, (5, 6, 3))
    picture = np.kron(noise, np.ones((4, 5, 1))).astype(np.uint8)[:19, :27]
    layers = model["modelTopology"]["model_config"]["config"]["layers"]
    np.savez_compressed(STORED, picture=picture, enlarged=reference(layers, weights, picture).astype(np.float32))
    shutil.copyfile(package / "LICENSE", HERE / "LICENSE")
