"""What the edits do to the photographs that only report: `make quality`, or `python -m checkpoints.quality`.

Every direction is drawn on photographs kept aside, the mesh is found anew, and everything is measured again. The tables
are printed and written into the cards of the two models. Measuring is slow, so one unit is drawn on
every third photograph and two units on every sixth; networks that nothing was fitted to judge the latter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from checkpoints.attribute_directions.calibrate import TIED, beside
from checkpoints.attribute_directions.train import label
from checkpoints.data import training_faces
from checkpoints.face_shape.train import MOST_TURNED as FIT_TURNED
from checkpoints.judges import ANOTHER_PERSON, Judges
from checkpoints.measures import draw, measure, sharpness_kept
from editors.areas import within_hull
from editors.attributes.bounds import KEPT
from editors.attributes.directions import Direction, directions_of
from editors.canvas import canvas_of
from editors.faces import yaw_of
from editors.frame import MESH_POINTS, vertices_of
from editors.labels import IDS
from editors.measures import mesh_measures
from editors.models import CHECKPOINTS, Models
from editors.networks.face_shape import FaceShape
from editors.parsing import labels_of
from editors.portrait import Portrait

MOST_TURNED = 45.0
EVERY_ONE, EVERY_TWO = 3, 6
"""One unit and two units are drawn on one in so many of the report photographs."""
MARGIN = 3
"""Pixels from the person beyond which the background counts as background."""

Measures = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class People:
    """Photographs with what is measured of them before any edit."""

    portraits: Sequence[Portrait]
    measures: Measures
    who: np.ndarray
    ages: np.ndarray

    def groups(self) -> dict[str, np.ndarray]:
        """Name of a group -> bool (N,) of its members: either side of the median, or of what the word says."""
        masculine, age, skin = (self.measures[name] for name in ("masculine", "age", "skin_light"))
        turned = np.abs(self.measures["yaw"]) > 20
        halves = {"older": age > np.median(age), "lighter skin": skin > np.median(skin)}
        return {
            "masculine": masculine > 0, "feminine": masculine <= 0, "older": halves["older"],
            "younger": ~halves["older"], "lighter skin": halves["lighter skin"], "darker skin": ~halves["lighter skin"],
            "frontal": ~turned, "turned": turned,
        }  # fmt: skip


def people(every: int, models: Models, judges: Judges) -> People:
    """One in `every` of the report photographs whose face is not turned too far."""
    faces = [face for face in training_faces("report", models, mirror=False) if abs(yaw_of(face.mesh)) < MOST_TURNED]
    faces = faces[::every]
    images, meshes = [face.image for face in faces], [face.mesh for face in faces]
    portraits = [Portrait(image).with_image(image, mesh=mesh) for image, mesh in zip(images, meshes, strict=True)]
    ages, who = judges.ages_and_descriptors(images, meshes)
    return People(portraits, measure(images, meshes, models.get("face_shape"), judges), who, ages)


# --- one unit -------------------------------------------------------------------------------------------------------

def one_unit(
    direction: Direction, some: People, deviations: dict[str, float], models: Models, judges: Judges
) -> dict[str, Measures]:
    """Amount ("+1", "-1") -> measure -> change from the photograph in standard deviations, (N,)."""
    changes = {}
    for amount in (1.0, -1.0):
        images, meshes = draw(some.portraits, {direction.name: amount}, (direction,), models)
        after = measure(images, meshes, models.get("face_shape"), judges)
        changes[f"{amount:+.0f}"] = {
            name: (after[name] - some.measures[name]) / deviations[name] for name in after
        } | {"age_unused": judges.ages_unused(images, meshes) - some.ages if direction.name == "age" else np.zeros(1)}
    return changes


def response_table(changes: dict[str, dict[str, Measures]], columns: Sequence[str]) -> str:
    """All directions x all measures: means of half the difference between +1 and -1."""
    rows = []
    for name, by_amount in changes.items():
        halves = {key: float((by_amount["+1"][key] - by_amount["-1"][key]).mean() / 2) for key in columns}
        rows.append([name, *(f"**{halves[key]:.2f}**" if key == name else f"{halves[key]:.2f}" for key in columns)])
    return table(["direction", *columns], rows)


def moved_by_mesh(direction: Direction, deviations: dict[str, float], shape: FaceShape) -> str:
    """What the mesh itself is moved by in the direction's own measure, one unit up and down; "" where it is no form."""
    if not direction.movement.any() or direction.name not in mesh_measures(shape.mean_mesh, shape.mean_mesh):
        return ""
    up, still, down = (
        mesh_measures(shape.mean_mesh + direction.moved(amount), shape.mean_mesh)[direction.name]
        for amount in (1.0, 0.0, -1.0)
    )
    return f"{(up - still) / deviations[direction.name]:+.1f} {(down - still) / deviations[direction.name]:+.1f}"


def own_table(changes: dict[str, dict[str, Measures]], moved: dict[str, str]) -> str:
    """What each direction does to its own measure, how often it moves the right way, and what it moves next most.

    moved: what the mesh is moved by, in words, for directions that have a movement
    """
    rows = []
    for name, by_amount in changes.items():
        up, down = by_amount["+1"], by_amount["-1"]
        halves = {key: float((up[key] - down[key]).mean() / 2) for key in up if key in changes}
        other, amount = beside(name, halves)
        rows.append([
            name, f"{up[name].mean():+.2f}", f"{down[name].mean():+.2f}",
            share(np.concatenate([up[name] > 0, down[name] < 0])), share(up[name] > down[name]),
            f"{other} {amount:+.2f}", moved[name],
        ])  # fmt: skip
    return table(
        ["direction", "+1", "-1", "each right", "+1 above -1", "most beside it, not tied", "pixels moved by"], rows
    )


def group_table(changes: dict[str, dict[str, Measures]], some: People) -> str:
    """Half the difference between +1 and -1 in the direction's own measure, by group of people."""
    groups = some.groups()
    rows = [
        [name, *(f"{(by['+1'][name] - by['-1'][name])[members].mean() / 2:.2f}" for members in groups.values())]
        for name, by in changes.items()
    ]
    return table(["direction", *(f"{name} ({members.sum()})" for name, members in groups.items())], rows)


def age_lines(changes: dict[str, Measures], deviation: float) -> str:
    """What one unit of age is, by the estimator that was fitted to and by the one that was not, in years."""
    lines = []
    for sign, right in (("+1", np.greater), ("-1", np.less)):
        fitted, unused = changes[sign]["age"] * deviation, changes[sign]["age_unused"]
        lines.append(
            f"- `age` {sign}: fitted estimator {fitted.mean():+.1f} years (median {np.median(fitted):+.1f}), "
            f"right way on {share(right(fitted, 0))}; unused estimator {unused.mean():+.1f} (median "
            f"{np.median(unused):+.1f}), right way on {share(right(unused, 0))}"
        )
    return "\n".join(lines)


# --- two units ------------------------------------------------------------------------------------------------------

def outside(portrait: Portrait, direction: Direction, models: Models) -> np.ndarray:
    """Bool (H, W): pixels that the direction says it does not reach: beyond the outer ring, or the toned labels."""
    canvas = canvas_of(portrait, models)
    shape = portrait.image.shape[:2]
    reached = np.zeros(shape, np.uint8)
    if any(np.any(part) for part in (direction.movement, direction.change, direction.yaw, direction.pitch)) or (
        direction.style is not None
    ):
        ring = canvas.vertices[MESH_POINTS + (len(canvas.vertices) - MESH_POINTS) // 2 :, :2]
        reached = cv2.dilate(within_hull(ring, shape).astype(np.uint8), np.ones((3, 3)))
    for region in direction.recoloured:
        (x0, y0, x1, y1), mask = canvas.tone_mask(region)
        reached[y0:y1, x0:x1] |= (mask > 0).astype(np.uint8)
    return reached == 0


def two_units(direction: Direction, some: People, models: Models, judges: Judges) -> list[str]:
    """A row of the table of what must stay: person, sharpness, background, everything outside."""
    gaps, ratios, closed, halos, kept = [], [], [], [], []
    for amount in (2.0, -2.0):
        images, meshes = draw(some.portraits, {direction.name: amount}, (direction,), models)
        who = judges.ages_and_descriptors(images, meshes)[1]
        gaps.append(np.linalg.norm(who - some.who, axis=1))
        for portrait, image in zip(some.portraits, images, strict=True):
            asked = (portrait, image, {direction.name: amount}, (direction,), models)
            ratios.append(sharpness_kept(*asked))
            closed.append(sharpness_kept(*asked, closed=True))
            away = outside(portrait, direction, models)
            kept.append((image == portrait.image).all(2)[away].mean() if away.any() else 1.0)
            background = (labels_of(portrait, models) == IDS["background"]).astype(np.uint8)
            background = cv2.erode(background, np.ones((2 * MARGIN + 1,) * 2), borderValue=1) > 0
            change = np.abs(image.astype(int) - portrait.image)[background]
            halos.append(change.mean() if len(change) else 0.0)
    gap, ratio = np.concatenate(gaps), np.array(ratios)
    low, high = np.percentile(ratio, [5, 95])
    sharp = [share((KEPT[0] <= each) & (each <= KEPT[1])) for each in (ratio, np.array(closed))]
    return [
        direction.name, f"{np.median(gap):.2f}", f"{gap.max():.2f}", share(gap >= ANOTHER_PERSON),
        f"{np.median(ratio):.2f} ({low:.2f} to {high:.2f})",
        *sharp, f"{100 * min(kept):.0f} %", f"{np.mean(halos):.2f}",
    ]  # fmt: skip


# --- writing --------------------------------------------------------------------------------------------------------

def share(right: np.ndarray) -> str:
    """Part of True, in per cent."""
    return f"{100 * right.mean():.0f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(page: Path, name: str, text: str) -> None:
    """Put text between <!-- name --> and <!-- /name --> of a page."""
    marked = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    before = page.read_text(encoding="utf-8")
    page.write_text(re.sub(marked, lambda found: f"{found[1]}{text.strip()}\n{found[2]}", before, flags=re.S), "utf-8")


def rebuilt(models: Models) -> str:
    """How well the linear model rebuilds the report photographs that are not turned too far to teach it."""
    shape = models.get("face_shape")
    faces = [face for face in training_faces("report", models, mirror=False) if abs(yaw_of(face.mesh)) < FIT_TURNED]
    inner = shape.frame.triangles[(shape.frame.triangles < MESH_POINTS).all(1)]
    points = np.round((shape.frame.mean * shape.frame.size - 0.5) * 16).astype(np.int32)
    face = np.zeros((shape.frame.size,) * 2, np.uint8)
    for triangle in points[inner]:
        cv2.fillConvexPoly(face, triangle, 1, cv2.LINE_8, 4)
    pictures = [shape.frame.take(each.image, vertices_of(each.mesh)) for each in faces]
    rows = []
    for count in (100, 200, 400):
        drawn = [shape.draw(shape.code(picture, count)).clip(0, 255) for picture in pictures]
        errors = [np.square(a - b)[face > 0].mean() for a, b in zip(drawn, pictures, strict=True)]
        rows.append([str(count), f"{np.mean(10 * np.log10(255**2 / np.array(errors))):.1f} dB"])
    return f"{len(faces)} report photographs, inside the face:\n\n{table(['components', 'PSNR'], rows)}"


def report(models: Models, judges: Judges) -> str:
    """All tables as one text."""
    directions = directions_of(models)
    fitted = label(training_faces("fit", models), models.get("face_shape"), judges)
    deviations = {name: float(values.std()) for name, values in fitted.items()}
    many, few = people(EVERY_ONE, models, judges), people(EVERY_TWO, models, judges)
    changes = {each.name: one_unit(each, many, deviations, models, judges) for each in directions}
    columns = [name for name in many.measures if name != "glasses"]
    moved = {each.name: moved_by_mesh(each, deviations, models.get("face_shape")) for each in directions}
    return "\n\n".join([
        f"One unit up and down on {len(many.portraits)} photographs, mesh and labels found anew; numbers are standard "
        "deviations of the population.",
        own_table(changes, moved),
        "The last column is what the pixels of a mean face are moved by, up and down: a mesh found anew in the edited "
        "picture holds on to a likely face and reads less of it. One unit lies between the two readings.",
        "Tied by nature: " + "; ".join(f"`{name}` with {', '.join(others)}" for name, others in TIED.items()) + ".",
        "Half the difference between +1 and -1, every measure:",
        response_table(changes, columns),
        "The same for each direction's own measure, by group of people (how many):",
        group_table(changes, many),
        "Age, by both estimators:",
        age_lines(changes["age"], deviations["age"]),
        f"Two units up and down on {len(few.portraits)} photographs: distance between descriptors (from "
        f"{ANOTHER_PERSON:.2f} on, another person), sharpness inside the face against the photograph's (median, 5th to "
        f"95th percentile), how often it is within {KEPT[0]} and {KEPT[1]}, and how often without what lies between "
        f"lids and lips, least share of bit-identical pixels beyond the edit's reach, and mean "
        f"change of background farther than {MARGIN} pixels from the person, of 255:",
        table(
            ["direction", "distance", "largest", "another person", "sharpness", "kept", "kept beside openings",
             "identical outside", "background"],
            [two_units(each, few, models, judges) for each in directions],
        ),
    ])


if __name__ == "__main__":
    torch.set_num_threads(2)
    loaded = Models()
    for folder, text in (("face_shape", rebuilt(loaded)), ("attribute_directions", report(loaded, Judges()))):
        print(text, end="\n\n")
        write(CHECKPOINTS / folder / "CARD.md", "quality", text)
