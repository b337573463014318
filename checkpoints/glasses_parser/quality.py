"""How well glasses are found: those that people wear, and those drawn before faces that wear none.

    python -m checkpoints.glasses_parser.quality [--choose]

Prints the two tables of the card and draws its picture.
"""

import argparse

import cv2
import numpy as np

from checkpoints.data import ASTRONAUT, TrainingFace, training_faces
from checkpoints.glasses_parser.drawn import Plane, draw_glasses
from checkpoints.glasses_parser.examples import KEPT, crop_of
from checkpoints.glasses_parser.worn import CHOOSING, REPORTING
from checkpoints.head_parser.quality import CHANGES
from editors.attributes.step import ShiftAttributes
from editors.bare import taken_off
from editors.command import table
from editors.crops import inverse, sample, transform
from editors.faces import mesh_of
from editors.glasses import UNITS, glasses_of, hidden_by, seen
from editors.images import open_photo
from editors.models import CHECKPOINTS, Models
from editors.networks.glasses_parser import DARK, FRAME, SIZE
from editors.portrait import Portrait

SHOWN = (38, 8, 11, 12, 19)
"""Seeds of the glasses in the card's picture."""


def worn_table(faces: list[TrainingFace], worn: frozenset[int], models: Models) -> str:
    """How many of those who wear glasses are found, and how many of those who wear none are taken to."""
    rows = []
    for change, made in {"as it is": lambda image: image, **CHANGES}.items():
        found = {
            face.number for face in faces
            if glasses_of(Portrait(made(face.image)).with_image(made(face.image), mesh=face.mesh), models) is not None
        }
        bare = {face.number for face in faces} - worn
        rows.append((change, f"{len(found & worn)} of {len(worn)}", f"{len(found & bare)} of {len(bare)}"))
    return table(("photograph", "glasses found", "found where none are"), rows)


def drawn_table(faces: list[TrainingFace], plane: Plane, models: Models) -> str:
    """Glasses drawn before each face, the number its seed: how often found, and how well what hides the face is."""
    rows = []
    for change, made in {"as it is": lambda image: image, **CHANGES}.items():
        found, shares = 0, []
        for face in faces:
            crop = crop_of(face)
            drawn, parts = draw_glasses(crop.picture / 255, crop.points, plane, np.random.default_rng(face.number))
            picture = made((drawn.clip(0, 1) * 255).astype(np.uint8))
            shrink = np.diag([SIZE[0] / KEPT[0]] * 2)
            affine = np.column_stack([shrink, np.full(2, (SIZE[0] / KEPT[0] - 1) / 2)])
            picture = sample(picture, inverse(affine), SIZE, cv2.BORDER_REPLICATE)
            points = transform(crop.points.astype(float), affine)
            chances = models.get("glasses_parser").find(seen(picture, points, SIZE[0] / UNITS))
            there = cv2.resize(np.isin(parts, (FRAME, DARK)).astype(np.float32), SIZE, interpolation=cv2.INTER_AREA)
            worn = hidden_by(chances, points[[6, 168], 0].mean(), SIZE[0] / UNITS)
            found += worn is not None
            if worn is not None:
                shares.append(overlap(worn[0] > 0.5, there > 0.5))
        rows.append((change, f"{100 * found / len(faces):.0f} %", f"{np.mean(shares):.2f}"))
    return table(("photograph", "found", "overlap of what hides the face"), rows)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Common area of two masks over the area of either."""
    return float((a & b).sum() / max(1, (a | b).sum()))


def draw_samples(plane: Plane, models: Models) -> np.ndarray:
    """The astronaut in glasses that were drawn; what was found; without them; twenty years younger; turned."""
    portrait = Portrait(open_photo(ASTRONAUT).pixels)
    mesh, rows = mesh_of(portrait, models), []
    view = slice(60, 190), slice(150, 300)
    for seed in SHOWN:
        drawn, _ = draw_glasses(portrait.image / 255, mesh[:468, :2], plane, np.random.default_rng(seed))
        wears = Portrait((drawn.clip(0, 1) * 255).astype(np.uint8))
        found, glasses = wears.image.copy(), glasses_of(wears, models)
        if glasses is not None:
            x0, y0, x1, y1 = glasses.box
            found[y0:y1, x0:x1][glasses.cover > 0.5] = (220, 60, 40)
        edits = (ShiftAttributes(amounts=amounts).apply(wears, models) for amounts in ({"age": -2}, {"yaw": 1.2}))
        pictures = wears.image, found, *(each.image for each in (taken_off(wears, models), *edits))
        rows.append(np.hstack([picture[view] for picture in pictures]))
    return np.vstack(rows)


def main() -> None:
    """Print the tables and write the picture."""
    parser = argparse.ArgumentParser("checkpoints.glasses_parser.quality")
    parser.add_argument("--choose", action="store_true", help="on the photographs that choose")
    given = parser.parse_args()
    models = Models()
    plane = Plane.of(models.get("face_shape").mean_mesh)
    faces = training_faces("choose" if given.choose else "report", models, mirror=False)
    worn = CHOOSING if given.choose else REPORTING
    print(worn_table(faces, worn, models), end="\n\n")
    print(drawn_table([face for face in faces if face.number not in worn], plane, models))
    picture = draw_samples(plane, models)
    cv2.imwrite(str(CHECKPOINTS / "glasses_parser" / "samples.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
