"""What the Masks editor does to photographs kept aside for reporting: `python -m checkpoints.label_painter.quality`.

A fixed set of label edits (`edits.py`) on each photograph: whether the result is parsed as it was painted, whether it
is as sharp as the photograph, whether pixels beyond the feather are bit for bit the same. Then hair colour from one
photograph to the next, and ten seeds on painted maps. Prints the tables of CARD.md.
"""

import argparse
import sys
import time
from collections.abc import Iterator

import cv2
import numpy as np

from checkpoints.label_painter.edits import EDITS, eye_line
from checkpoints.packages import photographs
from editors.colours import rgb_to_lab
from editors.command import table
from editors.errors import EditError
from editors.labels import BROWS, EYES, IDS, mask_of
from editors.models import Models
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.semantic.imagine import imagine
from editors.semantic.step import MaskEdit

PARTS = {"skin": ("skin", "nose"), "brows": BROWS, "eyes": EYES,
         "lips": ("upper lip", "lower lip"), "neck": ("neck",), "clothes": ("cloth",), "background": ("background",)}


def agreement(found: np.ndarray, wanted: np.ndarray, groups: tuple[tuple[str, ...], ...]) -> float:
    """Mean IoU of groups of labels, of those that were painted."""
    shares = []
    for names in groups:
        a, b = mask_of(found, names), mask_of(wanted, names)
        if b.any():
            shares.append((a & b).sum() / (a | b).sum())
    return float(np.mean(shares)) if shares else float("nan")


def sharpness(before: np.ndarray, after: np.ndarray, old: np.ndarray, new: np.ndarray, near: np.ndarray) -> float:
    """Detail of the result over that of the photograph, label by label where the edit may reach."""
    fine = [np.abs(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32), cv2.CV_32F))
            for image in (before, after)]
    total = count = 0.0
    for label in np.unique(new[near]):
        here, there = near & (new == label), near & (old == label)
        there = there if there.sum() > 0.5 * here.sum() else old == label
        if here.sum() > 60 and there.sum() > 60:
            total += here.sum() * fine[1][here].mean() / max(fine[0][there].mean(), 0.3)
            count += here.sum()
    return total / count if count else float("nan")


def portraits(split: str, count: int, models: Models) -> Iterator[Portrait]:
    """Photographs of a split in which a face is found."""
    for path in photographs(split)[:count]:
        portrait = Portrait.open(path)
        try:
            labels_of(portrait, models)
        except EditError:
            continue
        yield portrait


def judge_edits(split: str, count: int, models: Models) -> list[list[str]]:
    """One row an edit: agreement, what doing nothing would reach, sharpness, seconds, pixels changed too far away."""
    rows = []
    kept = list(portraits(split, count, models))
    for name, (paint, groups, least) in EDITS.items():
        found = np.array([_judge(portrait, paint, groups, models) for portrait in kept])
        mean, low = np.nanmean(found, 0), np.nanpercentile(found, 10, axis=0)
        rows.append([name, f"{mean[0]:.2f}" if groups else "looked at", f"{low[0]:.2f}" if groups else "",
                     f"{mean[1]:.2f}" if groups else "", f"{least:.2f}" if groups else "", f"{mean[2]:.2f}",
                     f"{int(found[:, 3].sum())}", f"{int(found[:, 4].sum())}", f"{mean[5]:.2f}"])
        print(*rows[-1], file=sys.stderr, flush=True)
    return rows


def _judge(portrait: Portrait, paint, groups, models: Models) -> tuple[float, ...]:
    old = labels_of(portrait, models)
    new = paint(old)
    step = MaskEdit(labels=new)
    began = time.process_time()
    after = step.apply(portrait, models).image
    seconds = time.process_time() - began
    away = cv2.distanceTransform((old == new).astype(np.uint8), cv2.DIST_L2, 5)
    near = away < step.feather * eye_line(old)[2]
    far = away > step.feather * eye_line(old)[2] * 1.02 + 1       # the eye line and the mesh differ by a little
    wrong = float((portrait.image[far] != after[far]).sum())
    try:
        parsed, lost = labels_of(Portrait(after), models), 0.0
    except EditError:
        parsed, lost = np.zeros_like(old), 1.0
    return (agreement(parsed, new, groups), agreement(old, new, groups),
            sharpness(portrait.image, after, old, new, near & (cv2.distanceTransform(
                (old == new).astype(np.uint8), cv2.DIST_L2, 5) < 2 + 0.05 * eye_line(old)[2])), wrong, lost, seconds)


def judge_hair(split: str, count: int, models: Models) -> list[float]:
    """Share of the way that hair's mean colour goes to the next photograph's, and the most that another part moves."""
    kept = [each for each in portraits(split, count, models)
            if mask_of(labels_of(each, models), ("hair",)).mean() > 0.03]
    shares, others = [], []
    for portrait, other in zip(kept, kept[1:] + kept[:1], strict=True):
        after = MaskEdit(labels=labels_of(portrait, models), reference=other.image, regions=("hair",)).apply(
            portrait, models).image
        labels = labels_of(portrait, models)
        hair = mask_of(labels, ("hair",))
        wanted = rgb_to_lab(other.image[mask_of(labels_of(other, models), ("hair",))]).mean(0)
        had, has = (rgb_to_lab(image[hair]).mean(0) for image in (portrait.image, after))
        if np.linalg.norm(wanted - had) > 5:
            shares.append(1 - np.linalg.norm(wanted - has) / np.linalg.norm(wanted - had))
        moved = [np.linalg.norm(rgb_to_lab(portrait.image[mask]).mean(0) - rgb_to_lab(after[mask]).mean(0))
                 for mask in (mask_of(labels, names) for names in PARTS.values()) if mask.sum() > 60]
        others.append(max(moved))
    return [float(np.mean(shares)), float(np.min(shares)), float(np.mean(others)), float(np.max(others))]


def judge_seeds(split: str, count: int, models: Models) -> list[float]:
    """Ten faces for each map: mean and least agreement of pixels with the map, how far two seeds' pictures differ."""
    agreements, differences = [], []
    for portrait in portraits(split, count, models):
        small = labels_of(portrait, models)
        labels = cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
        faces = [imagine(labels, seed, models) for seed in range(10)]
        for face in faces:
            try:
                agreements.append((labels_of(Portrait(face), models) == labels).mean())
            except EditError:
                agreements.append(0.0)
        inside = labels != IDS["background"]
        lab = [rgb_to_lab(face[inside]) for face in faces]
        differences += [float(np.linalg.norm(a - b, axis=1).mean()) for a, b in zip(lab, lab[1:], strict=False)]
    return [float(np.mean(agreements)), float(np.min(agreements)), float(np.mean(differences)), float(min(differences))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="report", choices=("choose", "report"))
    parser.add_argument("--count", type=int, default=100, help="photographs")
    options = parser.parse_args()
    models = Models()
    head = ("edit", "IoU", "worst tenth", "undone", "to reach", "sharpness", "far pixels changed", "not parsed", "s")
    print(table(head, judge_edits(options.split, options.count, models)))
    share, least, other, most = judge_hair(options.split, options.count, models)
    print(f"\nHair colour goes {share:.0%} of the way (least {least:.0%}); another part moves by {other:.2f} (most "
          f"{most:.2f}) in CIELAB.")
    mean, low, apart, close = judge_seeds(options.split, min(4, options.count), models)
    print(f"Ten seeds a map: {mean:.0%} of the pixels agree (least {low:.0%}); neighbouring seeds are {apart:.0f} "
          f"apart in CIELAB (least {close:.0f}).")


if __name__ == "__main__":
    main()
