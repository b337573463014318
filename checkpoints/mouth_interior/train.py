"""Fit what lies between open lips. `python -m checkpoints.mouth_interior.train`, seconds once meshes are kept."""

from pathlib import Path

import cv2
import numpy as np
from safetensors.numpy import save_file

from checkpoints.data import training_faces
from editors.faces import yaw_of
from editors.models import Models
from editors.networks.mouth_interior import HEIGHT, WIDTH, predictors, skin_level, take_patch

LEAST_OPEN = 0.07
"""Eye distances between the lips from which a mouth shows what is inside."""
MOST_TURNED = 20.0
RIDGE = 1.0


def fit(models: Models) -> dict[str, np.ndarray]:
    """Weights of the regression and the bounds of its predictors."""
    shown = [
        face for face in training_faces("fit", models)
        if predictors(face.mesh)[1] > LEAST_OPEN and abs(yaw_of(face.mesh)) < MOST_TURNED
    ]
    rows = np.array([predictors(face.mesh) for face in shown])
    patches = np.array([take_patch(f.image, f.mesh) / skin_level(f.image, f.mesh) for f in shown])
    trusted = np.sqrt(rows[:, 1:2])                                     # a mouth open twice as far tells twice as much
    left, right = rows * trusted, patches.reshape(len(rows), -1) * trusted
    weights = np.linalg.solve(left.T @ left + RIDGE * np.diag([0, 1, 1]), left.T @ right)
    # An average is flatter than each mouth it was made of: give it the contrast that one mouth has.
    inside = patches[0].reshape(-1, 3).any(1)
    own, drawn = patches.reshape(len(rows), -1, 3)[:, inside], (rows @ weights).reshape(len(rows), -1, 3)[:, inside]
    contrast = np.median(own.std(1), 0) / np.median(drawn.std(1), 0)
    middle = weights.reshape(3, -1, 3)[:, inside].mean(1, keepdims=True)
    weights = (middle + (weights.reshape(3, -1, 3) - middle) * contrast) * inside[:, None]
    low, high = np.percentile(rows, [5, 97], axis=0)
    print(f"{len(shown)} open mouths, contrast x {contrast.round(2)}")
    return {
        "weights": weights.reshape(-1, HEIGHT, WIDTH, 3).astype(np.float16),
        "low": low.astype(np.float32),
        "high": high.astype(np.float32),
    }


if __name__ == "__main__":
    arrays = fit(Models())
    path = Path(__file__).with_name("weights.safetensors")
    save_file(arrays, path)
    drawn = [np.tensordot([1, height, width], arrays["weights"].astype(float), 1) * 160
             for height in (0.1, 0.2, 0.35) for width in (0.8, 1.1)]
    sheet = np.concatenate([np.concatenate(drawn[i : i + 2], 1) for i in (0, 2, 4)])
    large = cv2.resize(sheet.clip(0, 255).astype(np.uint8), None, fx=3, fy=3)
    cv2.imwrite(str(path.with_name("samples.png")), large[..., ::-1])
    print(path, path.stat().st_size)
