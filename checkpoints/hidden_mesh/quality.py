"""How far a face that is partly, or wholly, under a hole is found beside where it was: the table of the card.

    python -m checkpoints.hidden_mesh.quality [--choose] [--photographs N]

Without lines, through `editors.sketch.fill.place`, as when somebody brushes a part out and fills. `the mesh alone` is
what the mesh network says of the hole filled smoothly, with the points in the hole where the form of faces makes them
most likely by the others. Distances are those of the points in the hole, in eye distances.
"""

import argparse

import numpy as np

from checkpoints.data import TrainingFace, training_faces
from checkpoints.sketch_painter.quality import hole_over, in_spread_order
from editors.areas import within_hull
from editors.blend import without_hole
from editors.command import table
from editors.faces import eye_distance, find_faces, find_mesh
from editors.frame import MESH_POINTS
from editors.mesh_points import OVAL
from editors.models import Models
from editors.sketch.found_face import place
from editors.sketch.paint import Drawing
from editors.sketch.place import LEAST_SEEN, complete_mesh, hidden_points

HOLES = ("both eyes", "one eye", "mouth", "nose", "half a face", "whole face")


def hole_of(face: TrainingFace, name: str) -> np.ndarray:
    """One of HOLES, bool (H, W)."""
    if name != "whole face":
        return hole_over(face, name) > 0
    return within_hull(face.mesh[list(OVAL), :2], face.image.shape[:2])


def by_mesh_alone(image: np.ndarray, hole: np.ndarray, models: Models) -> np.ndarray | None:
    """The mesh (468, 3) of the first face that is found, its hidden points as likely as can be; None without one."""
    for found in find_faces(image, models)[:1]:
        mesh = np.asarray(find_mesh(image, found, models), np.float64)[:MESH_POINTS]
        hidden = hidden_points(mesh, hole)
        if (~hidden).sum() >= LEAST_SEEN:
            return complete_mesh(mesh, hidden, models.get("face_shape"))
    return None


def measure(faces: list[TrainingFace], models: Models) -> str:
    """A row a hole: how many faces are found, mean distance of points, and of their middle, by both ways."""
    rows = []
    for name in HOLES:
        seen: dict[str, list[tuple[float, float]]] = {"alone": [], "ours": []}
        for face in faces:
            hole, true = hole_of(face, name), face.mesh[:MESH_POINTS].astype(np.float64)
            blank, hidden = without_hole(face.image, hole), hidden_points(true, hole)
            empty = np.zeros((*hole.shape, 4), np.uint8)
            drawing = Drawing(hole, np.zeros(hole.shape, np.float32), empty)
            found = {"alone": by_mesh_alone(blank, hole, models), "ours": place(blank, drawing, models, 0)}
            for way, mesh in found.items():
                if mesh is not None:
                    apart = (mesh - true)[hidden, :2] / eye_distance(true)
                    seen[way].append((float(np.hypot(*apart.T).mean()), float(np.hypot(*apart.mean(0)))))
        row = [name]
        for way in ("alone", "ours"):
            means = [f"{value:.3f}" for value in np.mean(seen[way], 0)] if seen[way] else ["", ""]
            row += [f"{len(seen[way])} of {len(faces)}", *means]
        rows.append(row)
    titles = ("hole", "the mesh alone finds", "points", "middle", "ours finds", "points", "middle")
    return table(titles, rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("checkpoints.hidden_mesh.quality")
    parser.add_argument("--choose", action="store_true", help="on photographs kept for choosing, not for reports")
    parser.add_argument("--photographs", type=int, default=40)
    given = parser.parse_args()
    models = Models()
    faces = in_spread_order(training_faces("choose" if given.choose else "report", models, mirror=False))
    print(measure(faces[: given.photographs], models))


if __name__ == "__main__":
    main()
