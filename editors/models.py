"""The one loader: find a model, check its bytes, build it, keep it, hand it out read-only."""

import hashlib
import importlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .catalogue import ModelCard, card
from .errors import ModelError

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"


class OpenCVNetwork:
    """A TFLite or ONNX graph run by OpenCV; one call at a time, since its graph holds state."""

    def __init__(self, net: "cv2.dnn.Net"):
        self._net = net
        self._outputs = net.getUnconnectedOutLayersNames()
        self._lock = threading.Lock()

    def __call__(self, blob: np.ndarray) -> list[np.ndarray]:
        """blob float32 in the graph's input layout -> its outputs, in the graph's order."""
        with self._lock:
            self._net.setInput(blob)
            return [np.array(output) for output in self._net.forward(self._outputs)]


def _tflite(model_card: ModelCard, paths: Mapping[str, Path]) -> OpenCVNetwork:
    # OpenCV's newer engine gives only the first of several outputs.
    return OpenCVNetwork(cv2.dnn.readNetFromTFLite(str(next(iter(paths.values()))), cv2.dnn.ENGINE_CLASSIC))


def _onnx(model_card: ModelCard, paths: Mapping[str, Path]) -> OpenCVNetwork:
    return OpenCVNetwork(cv2.dnn.readNetFromONNX(str(next(iter(paths.values())))))


def _arrays(model_card: ModelCard, paths: Mapping[str, Path]) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    arrays = load_file(next(iter(paths.values())))
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def _linear(model_card: ModelCard, paths: Mapping[str, Path]) -> Any:
    """A model of plain arrays: `editors/networks/<id>.py` must define `build(arrays)`."""
    return importlib.import_module(f".networks.{model_card.id}", __package__).build(_arrays(model_card, paths))


def _network(model_card: ModelCard, paths: Mapping[str, Path]) -> Any:
    """A torch network: `editors/networks/<id>.py` must define `build(**config)`."""
    from safetensors.torch import load_file

    network = importlib.import_module(f".networks.{model_card.id}", __package__).build(**model_card.config)
    weights = {name: tensor for path in paths.values() for name, tensor in load_file(path).items()}
    network.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return network.eval().requires_grad_(False)


BUILDERS: dict[str, Callable[[ModelCard, Mapping[str, Path]], Any]] = {
    "tflite": _tflite,
    "onnx": _onnx,
    "arrays": _arrays,
    "linear": _linear,
    "network": _network,
}


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Models:
    """Loaded models by id; create one, pass it in. Safe to share between threads.

    budget_gb: the least recently used models leave when the files of those loaded pass this size
    """

    def __init__(self, checkpoints: Path = CHECKPOINTS, budget_gb: float = 4.0):
        self.checkpoints = Path(checkpoints)
        self.budget_gb = budget_gb
        self._loaded: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, model_id: str) -> Any:
        """The model, loaded once. Raises ModelError if its files are missing or were changed."""
        with self._lock:
            if model_id not in self._loaded:
                self._loaded[model_id] = self._load(card(model_id))
                self._evict()
            self._loaded.move_to_end(model_id)
            return self._loaded[model_id]

    def fingerprint(self, model_id: str) -> str:
        """sha256 over the model's files as its card declares them: another file, another fingerprint."""
        files = card(model_id).files
        return hashlib.sha256("".join(f"{name}:{files[name]};" for name in sorted(files)).encode()).hexdigest()

    def _load(self, model_card: ModelCard) -> Any:
        paths = {name: self.checkpoints / model_card.id / name for name in model_card.files}
        for name, path in paths.items():
            if not path.is_file():
                raise ModelError(
                    f"{model_card.id} ({model_card.size_mb:g} MB, {model_card.licence}) is not on this machine: "
                    f"{path} is missing. Check the repository out again."
                )
            if sha256_of(path) != model_card.files[name]:
                raise ModelError(
                    f"{path} is not the file the catalogue describes (its sha256 differs). "
                    "Check the repository out again."
                )
        return BUILDERS[model_card.builder](model_card, paths)

    def _evict(self) -> None:
        while len(self._loaded) > 1 and sum(card(key).size_mb for key in self._loaded) > self.budget_gb * 1000:
            self._loaded.popitem(last=False)
