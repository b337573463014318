"""Fit the linear model of shape and appearance. `python -m checkpoints.face_shape.train`, seconds once meshes are kept.

The triangles are those of the face mesh published with mediapipe 0.10.21 (Apache-2.0).
"""

import re
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from checkpoints.data import training_faces
from checkpoints.packages import fetch_package
from editors.faces import eye_distance, yaw_of
from editors.frame import MESH_POINTS, Frame, triangles_of, vertices_of
from editors.models import Models
from editors.networks.face_shape import similarity_to

SIZE, SHAPES, APPEARANCES = 160, 60, 400
MOST_TURNED = 28.0
"""Degrees of yaw beyond which a face shows too little of one side to teach appearance."""


def skin_triangles() -> np.ndarray:
    """The 852 triangles of the published face mesh, (852, 3): three edges in a row are one triangle."""
    source = fetch_package("mediapipe", "0.10.21") / "mediapipe/python/solutions/face_mesh_connections.py"
    listed = re.search(r"FACEMESH_TESSELATION = frozenset\((.*?)\)\n\n", source.read_text() + "\n\n", re.S).group(1)
    edges = [int(first) for first, _ in re.findall(r"\((\d+),\s*(\d+)\)", listed)]
    return np.array(edges).reshape(-1, 3)


def mean_mesh(meshes: np.ndarray) -> np.ndarray:
    """Generalised Procrustes mean (468, 3) of meshes (M, 468, 3): eye centres level and 1 apart, centred."""
    mean = meshes[0]
    for _ in range(5):
        mean = align(meshes, mean).mean(0)
        eyes = mean[[33, 133, 159, 145]].mean(0), mean[[263, 362, 386, 374]].mean(0)
        across = complex(*(eyes[1] - eyes[0])[:2])
        plane = ((mean[:, 0] + 1j * mean[:, 1]) - complex(*mean[:, :2].mean(0))) / across
        mean = np.column_stack([plane.real, plane.imag, mean[:, 2] / abs(across)])
    return mean / eye_distance(mean)


def align(meshes: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """meshes (M, 468, 3) on the mean by similarities, depth centred."""
    aligned = np.array([similarity_to(mesh, mean).to_model(mesh) for mesh in meshes])
    aligned[..., 2] -= aligned[..., 2].mean(1, keepdims=True) - mean[:, 2].mean()
    return aligned


def components(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Principal components of centred rows (M, D) by their Gram matrix: (count, D) unit, deviations (count,)."""
    values, vectors = np.linalg.eigh(rows @ rows.T)
    order = np.argsort(values)[::-1][:count]
    return (vectors[:, order] / np.sqrt(values[order])).T @ rows, np.sqrt(values[order] / len(rows))


def fit(models: Models) -> dict[str, np.ndarray]:
    """All arrays of the model."""
    faces = training_faces("fit", models)
    meshes = np.array([face.mesh[:MESH_POINTS] for face in faces], np.float64)
    mean = mean_mesh(meshes)
    shapes, shape_deviations = components((align(meshes, mean) - mean).reshape(len(meshes), -1), SHAPES)
    vertices = vertices_of(mean)[:, :2]
    low, high = vertices.min(0), vertices.max(0)
    frame_mean = (vertices - (low + high) / 2) / ((high - low).max() / 0.97) + 0.5
    triangles = triangles_of(skin_triangles())
    frame = Frame(frame_mean, triangles, SIZE)
    rows = np.array([
        frame.take(face.image, vertices_of(face.mesh))[frame.inside].ravel()
        for face in faces if abs(yaw_of(face.mesh)) < MOST_TURNED
    ], np.float32)  # fmt: skip
    average = rows.mean(0)
    pictures, deviations = components(rows - average, APPEARANCES)
    scales = np.abs(pictures).max(1) / 127
    return {
        "triangles": triangles,
        "mean_mesh": mean.astype(np.float32),
        "mesh_components": shapes.astype(np.float16),
        "mesh_deviations": shape_deviations.astype(np.float32),
        "frame_mean": frame_mean.astype(np.float32),
        "frame_size": np.array([SIZE], np.int32),
        "mean_appearance": average.reshape(-1, 3).astype(np.float16),
        "appearance_components": np.round(pictures / scales[:, None]).astype(np.int8),
        "appearance_scales": scales.astype(np.float32),
        "appearance_deviations": deviations.astype(np.float32),
    }


if __name__ == "__main__":
    path = Path(__file__).with_name("weights.safetensors")
    save_file(fit(Models()), path)
    print(path, path.stat().st_size)
