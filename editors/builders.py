"""How the files of a model become a model: one function a kind of file."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .catalogue import ModelCard
from .errors import ModelError
from .networks.kept import Kept

Paths = Mapping[str, Path]
"""Name -> file, whole and checked."""


class OpenCVNetwork:
    """A TFLite or ONNX graph run by OpenCV; one call at a time, since its graph holds state.

    A face is looked for in a photograph, beside its sketch and in what each edit makes of it, and most of what is
    looked at stays as it was: what it saw last it knows.

    outputs:  their names, in the order in which they come
    """

    def __init__(self, net: "cv2.dnn.Net", nbytes: int):
        self._net, self._nbytes = net, nbytes
        self.outputs = net.getUnconnectedOutLayersNames()
        self._kept = Kept()

    @property
    def nbytes(self) -> int:
        """Of its file, and of what it keeps."""
        return self._nbytes + self._kept.nbytes

    def __call__(self, blob: np.ndarray) -> tuple[np.ndarray, ...]:
        """blob float32 in the graph's input layout -> its outputs, read-only, in the graph's order."""
        return self._kept.get(blob, self._run)

    def _run(self, blob: np.ndarray) -> tuple[np.ndarray, ...]:
        self._net.setInput(blob)
        return tuple(np.array(output) for output in self._net.forward(self.outputs))


def _tflite(model_card: ModelCard, paths: Paths) -> OpenCVNetwork:
    (network,) = _tflites(model_card, paths).values()
    return network


def _tflites(model_card: ModelCard, paths: Paths) -> dict[str, OpenCVNetwork]:
    """Several graphs that work together, by the names of their files."""
    # OpenCV's newer engine gives only the first of several outputs.
    return {name: OpenCVNetwork(cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC), path.stat().st_size)
            for name, path in paths.items()}


def _onnx(model_card: ModelCard, paths: Paths) -> OpenCVNetwork:
    (path,) = paths.values()
    return OpenCVNetwork(cv2.dnn.readNetFromONNX(str(path)), path.stat().st_size)


def _arrays(model_card: ModelCard, paths: Paths) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    arrays = load_file(next(iter(paths.values())))
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def _linear(model_card: ModelCard, paths: Paths) -> Any:
    """A model of plain arrays: `editors/networks/<id>.py` must define `build(arrays)`."""
    return importlib.import_module(f".networks.{model_card.builds}", __package__).build(_arrays(model_card, paths))


def _network(model_card: ModelCard, paths: Paths) -> Any:
    """A torch network: `editors/networks/<id>.py` must define `build(**config)`."""
    from safetensors.torch import load_file

    network = importlib.import_module(f".networks.{model_card.builds}", __package__).build(**model_card.config)
    weights = {name: tensor for path in paths.values() for name, tensor in load_file(path).items()}
    network.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return network.eval().requires_grad_(False)


def _pretrained(model_card: ModelCard, paths: Paths) -> Any:
    """A network of the transformers library: `editors/networks/<id>.py` must define `build(folder)`."""
    folder = next(iter(paths.values())).parent
    try:
        built = importlib.import_module(f".networks.{model_card.builds}", __package__).build(folder)
    except ImportError as error:
        raise ModelError(f"{model_card.id} needs {error.name}, which is not installed. Run: pip install "
                         f"{error.name}") from error
    except Exception as error:  # transformers and what it reads files with raise errors of many kinds
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"The files of {model_card.id} are of no such network ({reason}). Remove them with `python -m "
                         f"editors models --free {model_card.id}` and fetch them again.") from error
    return built.eval().requires_grad_(False)


def _files(model_card: ModelCard, paths: Paths) -> dict[str, Path]:
    """The files themselves, for an editor that builds a pipeline of them."""
    return dict(paths)


BUILDERS: dict[str, Callable[[ModelCard, Paths], Any]] = {
    "tflite": _tflite,
    "tflites": _tflites,
    "onnx": _onnx,
    "arrays": _arrays,
    "linear": _linear,
    "network": _network,
    "published": _network,  # converted when it was fetched
    "pretrained": _pretrained,
    "files": _files,
}
