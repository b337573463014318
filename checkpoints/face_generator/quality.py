"""What the generator makes of photographs that only report, beside the linear model: faces rebuilt, faces edited.

    python -m checkpoints.face_generator.quality [--photographs 10] [--seconds 3,10] [--no-edits]

Tables go into the card, pictures into build/quality.html, which holds photographs and stays there. Seconds of
optimisation are wall clock on two threads: run it while nothing else does.
"""

import argparse
import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from checkpoints.attribute_directions.train import label
from checkpoints.data import TrainingFace, training_faces
from checkpoints.face_generator.finish import measure as compare
from checkpoints.judges import ANOTHER_PERSON, Judges
from checkpoints.measures import edited, measure, sharpness_kept
from checkpoints.quality import MOST_TURNED, outside, share, table, write
from editors.attributes.directions import EMBEDDED, LINEAR, Direction, directions_of
from editors.attributes.inversion import Face, encode, frame_picture, linear_picture, sharpen_likeness
from editors.attributes.likeness import Known, face_in
from editors.face_measures import face_around
from editors.faces import find_mesh, yaw_of
from editors.focus import sharpness_of
from editors.images import encode as encoded
from editors.images import from_tensor
from editors.models import CHECKPOINTS, Models
from editors.networks.linear_drawing import LinearDrawing, drawing_of, face_inside, smaller
from editors.portrait import Portrait

CARD = CHECKPOINTS / "face_generator" / "CARD.md"
PAGE = CHECKPOINTS.parent / "build" / "quality.html"
SHOWN = ("beard", "age", "masculine", "hair_light")
EDITED, TUNED, TUNED_SECONDS = 6, 3, 3.0
"""Photographs that edits are measured on, and those of them whose faces are tuned first, and for how long."""

Pictures = dict[str, list[np.ndarray]]


# --- rebuilt --------------------------------------------------------------------------------------------------------

def rebuild(
    portraits: Sequence[Portrait], seconds: Sequence[float], models: Models
) -> tuple[Pictures, dict[str, list[Face]]]:
    """Pictures in the frame, uint8 (S, S, 3), by the way they were made; and the inverted faces."""
    shape, generator = models.get(LINEAR), models.get(EMBEDDED)
    drawing = drawing_of(shape, generator.size)
    names = ["photograph", "linear, 400 numbers", "linear, read for the face", "generator, at once"]
    pictures: Pictures = {name: [] for name in [*names, *(f"generator, {each:g} s" for each in seconds)]}
    faces: dict[str, list[Face]] = {name: [] for name in list(pictures)[3:]}
    for portrait in portraits:
        taken = frame_picture(portrait, models)
        flat = shape.draw(shape.code(taken)).clip(0, 255)
        for name, drawn in zip(names, (taken, flat, linear_picture(taken, shape)), strict=False):
            pictures[name].append(smaller(drawn, generator.size).round().clip(0, 255).astype(np.uint8))
        first = encode(taken, models, drawing)
        for name, each in zip(list(pictures)[3:], (0, *seconds), strict=True):
            face = sharpen_likeness(first, taken, drawing, each)
            faces[name].append(face)
            pictures[name].append(_seen(face, drawing))
    return pictures, faces


@torch.no_grad()
def _seen(face: Face, drawing: LinearDrawing) -> np.ndarray:
    return from_tensor(face.draw(drawing))


def rebuilt_table(pictures: Pictures, models: Models, judges: Judges) -> str:
    """What is measured of each way to rebuild: means over the photographs."""
    shape = models.get(LINEAR)
    photographs, rows = np.stack(pictures["photograph"]), []
    inside = face_inside(shape, photographs.shape[1])
    for name in list(pictures)[1:]:
        found = compare(photographs, np.stack(pictures[name]), shape, judges)
        pairs = zip(pictures[name], photographs, strict=True)
        ratio = np.median([sharpness_of(drawn, inside) / sharpness_of(photo, inside) for drawn, photo in pairs])
        rows.append([name, f"{found['psnr']:.2f}", f"{found['psnr_rings']:.2f}", f"{found['perceptual']:.4f}",
                     f"{found['perceptual_rings']:.3f}", f"{found['identity']:.3f}", f"{ratio:.2f}"])
    heads = ["", "PSNR face", "PSNR rings", "perceptual face", "perceptual rings", "identity", "sharpness"]
    return table(heads, rows)


# --- edited ---------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, eq=False)
class Subjects:
    """Photographs to edit, what is measured of them, and the deviations of measures in the population."""

    portraits: Sequence[Portrait]
    measures: Mapping[str, np.ndarray]
    who: np.ndarray
    deviations: Mapping[str, float]


def meshes_in(images: Sequence[np.ndarray], portraits: Sequence[Portrait], models: Models) -> list[np.ndarray]:
    """Meshes found anew in edited photographs."""
    faces = [face_around(portrait.fact("mesh", lambda: None)) for portrait in portraits]
    return [find_mesh(image, face, models) for image, face in zip(images, faces, strict=True)]


def edit_row(
    direction: Direction, known: Sequence[Known | None], some: Subjects, models: Models, judges: Judges
) -> list[str]:
    """Own measure for one unit; person, sharpness and outside for two."""
    name, shape, own, gaps, ratios, kept = direction.name, models.get(LINEAR), {}, [], [], []
    for amount in (1.0, -1.0, 2.0, -2.0):
        pairs = list(zip(some.portraits, known, strict=True))
        images = [edited(portrait, {direction.name: amount}, (direction,), models, face) for portrait, face in pairs]
        meshes = meshes_in(images, some.portraits, models)
        if abs(amount) == 1:
            own[amount] = measure(images, meshes, shape, judges)[name]
            continue
        gaps.append(np.linalg.norm(judges.descriptors(images, meshes) - some.who, axis=1))
        for (portrait, face), image in zip(pairs, images, strict=True):
            ratios.append(sharpness_kept(portrait, image, {direction.name: amount}, (direction,), models, face))
            away = outside(portrait, direction, models)
            kept.append((image == portrait.image).all(2)[away].mean() if away.any() else 1.0)
    gap, moved = np.concatenate(gaps), (own[1.0] - own[-1.0]) / 2 / some.deviations[name]
    return [f"{moved.mean():.2f}", share(own[1.0] > own[-1.0]), f"{np.median(gap):.2f}", f"{gap.max():.2f}",
            share(gap >= ANOTHER_PERSON), f"{np.median(ratios):.2f}", f"{100 * min(kept):.0f} %"]


def edits_table(some: Subjects, models: Models, judges: Judges) -> str:
    """Each direction that the generator draws, beside the linear model's, and from faces tuned first."""
    linear = {each.name: each for each in directions_of(models, LINEAR)}
    first = [face_in(portrait, models, EMBEDDED) for portrait in some.portraits]
    few = Subjects(some.portraits[:TUNED], {name: values[:TUNED] for name, values in some.measures.items()},
                   some.who[:TUNED], some.deviations)
    tuned = [face_in(portrait, models, EMBEDDED, TUNED_SECONDS) for portrait in few.portraits]
    rows = []
    for direction in directions_of(models, EMBEDDED):
        if direction.style is None:
            continue
        for what, each, known, people in (
            ("linear", linear[direction.name], [None] * len(first), some), ("generator", direction, first, some),
            (f"tuned {TUNED_SECONDS:g} s", direction, tuned, few),
        ):
            rows.append([direction.name, what, *edit_row(each, known, people, models, judges)])
    head = ["direction", "drawn by", "own measure", "+1 above -1", "distance", "largest", "another person",
            "sharpness", "identical outside"]
    return table(head, rows)


def subjects_of(portraits: Sequence[Portrait], models: Models, judges: Judges) -> Subjects:
    """What must be known of photographs before they are edited."""
    images = [portrait.image for portrait in portraits]
    meshes = [portrait.fact("mesh", lambda: None) for portrait in portraits]
    fitted = label(training_faces("choose", models, mirror=False), models.get(LINEAR), judges)
    deviations = {name: float(values.std()) for name, values in fitted.items()}
    measures = measure(images, meshes, models.get(LINEAR), judges)
    return Subjects(portraits, measures, judges.descriptors(images, meshes), deviations)


# --- the page -------------------------------------------------------------------------------------------------------

def shown_edits(portraits: Sequence[Portrait], models: Models) -> Pictures:
    """Rows of enlarged edits by direction and model: -2, the photograph, +2."""
    rows: Pictures = {}
    for model_id in (LINEAR, EMBEDDED):
        found = {each.name: each for each in directions_of(models, model_id)}
        for name in SHOWN:
            for portrait in portraits:
                known = face_in(portrait, models, EMBEDDED) if model_id == EMBEDDED else None
                row = [edited(portrait, {name: amount}, (found[name],), models, known) for amount in (-2.0, 2.0)]
                rows.setdefault(f"{name}, {model_id}: -2, as it is, 2", []).append(
                    np.hstack([row[0], portrait.image, row[1]]))
    return dict(sorted(rows.items()))


def page_of(sections: Sequence[tuple[str, Pictures]]) -> str:
    """One page of pictures under headings, each row with its name."""
    lines = ["<!doctype html><meta charset=utf-8><title>Quality</title><style>img{height:230px;margin:1px}"
             "body{font:14px sans-serif}</style>"]
    for title, rows in sections:
        lines.append(f"<h1>{html.escape(title)}</h1>")
        for name, pictures in rows.items():
            data = [base64.b64encode(encoded(_enlarged(each), "jpeg", 90)).decode() for each in pictures]
            lines.append(f"<h2>{html.escape(name)}</h2>" + "".join(f'<img src="data:image/jpeg;base64,{each}">'
                                                                  for each in data))
    return "\n".join(lines)


def _enlarged(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def portraits_of(faces: Sequence[TrainingFace], count: int) -> list[Portrait]:
    """At most so many of the faces, evenly spread, as portraits that know their mesh."""
    rows = np.unique(np.linspace(0, len(faces) - 1, min(count, len(faces))).astype(int))
    return [Portrait(faces[i].image).with_image(faces[i].image, mesh=faces[i].mesh) for i in rows]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser("checkpoints.face_generator.quality")
    parser.add_argument("--photographs", type=int, default=10, help="rebuilt, evenly spread (default: 10)")
    parser.add_argument("--seconds", default="3,10", help="of optimisation, with commas (default: 3,10)")
    parser.add_argument("--edits", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    torch.set_num_threads(2)
    models, judges, seconds = Models(), Judges(), [float(each) for each in given.seconds.split(",")]
    faces = [face for face in training_faces("report", models, mirror=False) if abs(yaw_of(face.mesh)) < MOST_TURNED]
    portraits = portraits_of(faces, given.photographs)
    pictures, _ = rebuild(portraits, seconds, models)
    text = f"{len(portraits)} photographs that only report, evenly spread; seconds are wall clock on two threads.\n\n"
    text += rebuilt_table(pictures, models, judges)
    print(text, flush=True)
    write(CARD, "rebuilt", text)
    sections = [("Faces rebuilt", pictures)]
    if given.edits:
        some = subjects_of(portraits_of(faces, EDITED), models, judges)
        text = (f"{len(some.portraits)} photographs that only report, {TUNED} of them tuned: own measure for one unit "
                "in standard deviations of the choosing photographs; for two units the distance of descriptors (from "
                f"{ANOTHER_PERSON:.2f} on, another person), sharpness inside the face against the photograph's, least "
                f"share of bit-identical pixels beyond the edit's reach.\n\n{edits_table(some, models, judges)}")
        print(text, flush=True)
        write(CARD, "edited", text)
        sections.append(("Faces edited", shown_edits(some.portraits[:3], models)))
    PAGE.parent.mkdir(exist_ok=True)
    Path(PAGE).write_text(page_of(sections), "utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
