"""Fit the colours that regions of a face have together: `python -m checkpoints.label_painter.train`.

CIELAB means of each region of each photograph of the fit split; a minute or two on two cores once meshes are kept.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from checkpoints.data import training_faces
from editors.crops import inverse, sample
from editors.labels import IDS
from editors.models import Models
from editors.networks.label_painter import REGIONS, rgb_to_lab
from editors.parsing import find_label_crop

FEWEST = 60  # pixels of the label crop from which a region's colour counts


def region_colours(image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """CIELAB means (R, 3) of the regions of a picture (H, W, 3) with labels (H, W); nan where too little is seen."""
    lab = rgb_to_lab(image)
    masks = [np.isin(labels, [IDS[name] for name in names]) for names in REGIONS.values()]
    return np.stack([lab[mask].mean(0) if mask.sum() >= FEWEST else np.full(3, np.nan) for mask in masks])


def fit(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (R * 3,) and components (P, R * 3) of rows (N, R * 3), some nan: those take their column's mean."""
    mean = np.nanmean(rows, 0)
    filled = np.where(np.isnan(rows), mean, rows) - mean
    _, spread, axes = np.linalg.svd(filled / np.sqrt(len(rows)), full_matrices=False)
    return mean.astype(np.float32), (spread[:, None] * axes).astype(np.float32)


def main() -> None:
    models, rows = Models(), []
    for face in training_faces("fit", models, mirror=False):
        labels, to_crop = find_label_crop(face.image, face.mesh, models)
        crop = sample(face.image, inverse(to_crop), labels.shape[::-1])
        seen = sample(np.ones(face.image.shape[:2], np.uint8), inverse(to_crop), labels.shape[::-1]) > 0
        rows.append(region_colours(crop, np.where(seen, labels, 255)).ravel())
    mean, components = fit(np.stack(rows))
    save_file({"mean": mean, "components": components}, Path(__file__).with_name("weights.safetensors"))
    print(f"{len(rows)} photographs")


if __name__ == "__main__":
    main()
