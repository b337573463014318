"""Every measure of a face that directions are fitted to: form by the mesh, colour by pixels, age by classifiers."""

from collections.abc import Sequence

import cv2
import numpy as np

from .crops import sample
from .faces import Face
from .frame import MESH_POINTS, vertices_of
from .measures import mesh_measures
from .mesh_points import LEFT_EYE, LEFT_IRIS, MOUTH_CORNERS, RIGHT_EYE, RIGHT_IRIS
from .models import Models
from .networks.face_shape import FaceShape

CLASSIFIERS = ("age_judge", "gender_judge")
"""Ids of the networks that judge age and how masculine a face looks."""
# dlib's five points of an upright face, in shares of an unpadded chip, and the mesh points that stand for them: outer
# and inner corner of the left eye, of the right eye (the person's own sides), base of the nose.
_CHIP = np.array([[0.8596, 0.2135], [0.6461, 0.2290], [0.1206, 0.2137], [0.3341, 0.2291], [0.4901, 0.6278]])
_CHIP_POINTS = [263, 362, 33, 133, 2]
_CHIP_PADDING = 0.2
_CHIP_MEAN = (122.782, 117.001, 104.298)   # RGB
_YEARS = np.array([0.25, *range(1, 81)])   # of the 81 classes
_BATCH = 16


def face_chip(image: np.ndarray, mesh: np.ndarray, size: int) -> np.ndarray:
    """The (size, size, 3) crop that dlib's networks were trained on: five points laid on a mean face."""
    here = (_CHIP + _CHIP_PADDING) / (1 + 2 * _CHIP_PADDING) * size @ (1, 1j)
    there = mesh[_CHIP_POINTS, :2].astype(float) @ (1, 1j)
    turn = np.vdot(here - here.mean(), there - there.mean()) / np.vdot(here - here.mean(), here - here.mean()).real
    shift = there.mean() - turn * here.mean()  # least squares: there = turn * here + shift
    affine = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return sample(image, affine, (size, size), cv2.BORDER_REPLICATE)


def face_around(mesh: np.ndarray) -> Face:
    """A face as a detector would give it, where a mesh (478, 3) lies, or one without irises (468, 3)."""
    low, high = mesh[:MESH_POINTS, :2].min(0), mesh[:MESH_POINTS, :2].max(0)
    if len(mesh) > MESH_POINTS:
        eyes = mesh[[RIGHT_IRIS, LEFT_IRIS], :2]
    else:
        eyes = np.array([mesh[list(lids), :2].mean(0) for lids in (RIGHT_EYE, LEFT_EYE)])
    return Face((*map(float, low), *map(float, high)), 1.0, eyes)


def chip_chances(network, images: Sequence[np.ndarray], meshes: Sequence[np.ndarray], size: int) -> np.ndarray:
    """What one of dlib's networks answers for chips of a size: chances (N, classes)."""
    chips = [face_chip(image, mesh, size) for image, mesh in zip(images, meshes, strict=True)]
    blobs = (cv2.dnn.blobFromImages(chips[start : start + _BATCH], 1 / 256, mean=_CHIP_MEAN)
             for start in range(0, len(chips), _BATCH))
    return np.concatenate([network(blob)[0] for blob in blobs])


def years(network, images: Sequence[np.ndarray], meshes: Sequence[np.ndarray]) -> np.ndarray:
    """Age in years by dlib's network, float (N,): the mean of 81 probabilities."""
    return chip_chances(network, images, meshes, 64) @ _YEARS


def masculinity(network, images: Sequence[np.ndarray], meshes: Sequence[np.ndarray]) -> np.ndarray:
    """How male a face looks to dlib's network, 0..1, float (N,)."""
    return chip_chances(network, images, meshes, 32)[:, 1]


def frame_regions(shape: FaceShape) -> dict[str, np.ndarray]:
    """Places of the mean face, bool (S, S): cheeks, nose, beard, where glasses lie, hair above the brow."""
    size, mean = shape.frame.size, shape.frame.mean * shape.frame.size
    eye = np.linalg.norm(mean[list(LEFT_EYE)].mean(0) - mean[list(RIGHT_EYE)].mean(0))
    corners = mean[list(MOUTH_CORNERS)]

    def disc(centre: np.ndarray, width: float, height: float) -> np.ndarray:
        mask = np.zeros((size, size), np.uint8)
        cv2.ellipse(mask, (tuple(centre), (2 * width * eye, 2 * height * eye), 0), 1, -1)
        return mask > 0

    return {
        "right cheek": disc(mean[50], 0.2, 0.2),
        "left cheek": disc(mean[280], 0.2, 0.2),
        "nose": disc(mean[195], 0.13, 0.16),
        "beard": disc((mean[164] + mean[0]) / 2, 0.28, 0.06) | disc(mean[199] + [0, 0.08 * eye], 0.25, 0.12)
        | disc(corners[0] + [-0.12 * eye, 0.3 * eye], 0.1, 0.16)
        | disc(corners[1] + [0.12 * eye, 0.3 * eye], 0.1, 0.16),
        "bridge": disc(mean[6] - [0, 0.02 * eye], 0.1, 0.125),
        "under eyes": disc(mean[118], 0.18, 0.07) | disc(mean[347], 0.18, 0.07),
        "hair": disc(mean[10] - [0, 0.42 * eye], 0.75, 0.12) & shape.frame.inside,
    }  # fmt: skip


def pixel_measures(appearance: np.ndarray, regions: dict[str, np.ndarray]) -> dict[str, float]:
    """Lightness of skin and hair, from side to side, and of chin against cheeks, in CIELAB.

    appearance: float32 (S, S, 3) in 0..255, in the mesh-normalised frame
    """
    lab = cv2.cvtColor((appearance / 255).clip(0, 1).astype(np.float32), cv2.COLOR_RGB2Lab)
    light = {name: float(np.median(lab[..., 0][mask])) for name, mask in regions.items()}
    colour = {
        f"{region}_{axis}": float(np.median(lab[..., channel][np.logical_or.reduce([regions[name] for name in names])]))
        for region, names in (("skin", ("right cheek", "left cheek", "nose")), ("hair", ("hair",)))
        for channel, axis in ((1, "a"), (2, "b"))
    }
    cheeks = (light["right cheek"] + light["left cheek"]) / 2
    return colour | {
        "hair_light": light["hair"],
        "skin_light": (2 * cheeks + light["nose"]) / 3,
        "light_side": light["left cheek"] - light["right cheek"],
        "beard": cheeks - light["beard"],
        "glasses": _glasses(lab[..., 0], regions),
    }


def _glasses(lightness: np.ndarray, regions: dict[str, np.ndarray]) -> float:
    """How sure it is that there are glasses: bars across the bridge of the nose and under the eyes."""
    steps = np.abs(cv2.Sobel(lightness, cv2.CV_32F, 0, 1))
    bridge, under = (float(np.log(steps[regions[name]].mean() + 1.2)) for name in ("bridge", "under eyes"))
    return bridge + under / 2


def classified(chance: np.ndarray) -> np.ndarray:
    """Chances 0..1 as log-odds within -12..12 (the classifier knows no more in single precision)."""
    chance = chance.astype(float).clip(6e-6, 1 - 6e-6)
    return np.log(chance / (1 - chance))


def plain_measures(image: np.ndarray, mesh: np.ndarray, shape: FaceShape) -> dict[str, float]:
    """What mesh and pixels say of a face. image uint8 (H, W, 3), mesh (478, 3) in its pixels."""
    form = mesh_measures(shape.similarity(mesh).to_model(mesh), shape.mean_mesh)
    return form | pixel_measures(shape.frame.take(image, vertices_of(mesh)), frame_regions(shape))


def measure_faces(
    images: Sequence[np.ndarray], meshes: Sequence[np.ndarray], models: Models
) -> dict[str, np.ndarray]:
    """Measures of faces by name, float (N,) each. images uint8 (H, W, 3); meshes (478, 3) in their pixels.

    `masculine` is log-odds, `age` years, the others as `measures` and `pixel_measures` say.
    """
    shape = models.get("face_shape")
    rows = [plain_measures(image, mesh, shape) for image, mesh in zip(images, meshes, strict=True)]
    measures = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    age, gender = (models.get(name) for name in CLASSIFIERS)
    return measures | {
        "age": years(age, images, meshes),
        "masculine": classified(masculinity(gender, images, meshes)),
    }
