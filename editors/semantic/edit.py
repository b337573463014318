"""From a painted label map to the edited photograph: shape first, then the colours of regions."""

import hashlib
from collections.abc import Mapping

import cv2
import numpy as np

from ..bare import put_on
from ..colours import rgb_to_lab
from ..errors import FaceError, ImageError
from ..faces import eye_distance, mesh_of
from ..head_style import Style, sampled
from ..labels import EMBEDDED, EYES, IDS
from ..models import Models
from ..networks.label_painter import KINDS, REGIONS
from ..parsers import labels_of
from ..parsing import hands_at_full_size
from ..portrait import Portrait
from ..scene import Samples
from .drawn import Head, draw, kinds_of, style_of
from .meant import meant
from .objects import colours_of_things
from .regions import STYLED, labels_of_region
from .repaint import repaint
from .styles import Tone, colours_of, recolour, tone_of, tone_of_colour
from .whiskers import beard_of
from .worn import behind_glasses


def resized(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Labels uint8 (H, W) brought to a width and height."""
    return labels if labels.shape[::-1] == size else cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)


def check_size(portrait: Portrait, **maps: np.ndarray | None) -> None:
    """Raise ImageError, by name, for a label map that is not of the portrait's size."""
    for name, labels in maps.items():
        if labels is not None and labels.shape != portrait.image.shape[:2]:
            raise ImageError(
                f"The photograph is {portrait.image.shape[1]} x {portrait.image.shape[0]}, {name} "
                f"{labels.shape[1]} x {labels.shape[0]}; paint on the labels of this photograph, "
                "which `python -m editors parse` writes."
            )


def wanted_labels(
    portrait: Portrait, painted: np.ndarray, original: np.ndarray | None, models: Models, parser: str = EMBEDDED
) -> np.ndarray:
    """The labels a picture shall have: where it was painted as painted, elsewhere its own.

    Raises ImageError if the sizes differ, FaceError without a usable face.
    """
    check_size(portrait, labels=painted, original=original)
    own = labels_of(portrait, models, parser)
    return painted if original is None else np.where(painted == original, own, painted)


def samples_of(portrait: Portrait, reference: np.ndarray, models: Models, parser: str = EMBEDDED) -> Samples:
    """A second photograph with its labels: a fact of the portrait. Raises FaceError naming it if it has no face."""
    def find() -> Samples:
        other = Portrait(reference)
        try:
            labels, eyes = labels_of(other, models, parser), eye_distance(mesh_of(other, models))
        except FaceError as error:
            raise FaceError(f"In the reference photograph: {error}") from error
        return Samples(reference.astype(np.float32), labels, eyes)

    return portrait.fact(f"samples {parser} {hashlib.sha256(reference).hexdigest()}", find)


def tones_of(
    regions: tuple[str, ...], samples: Samples | None, colours: Mapping[str, str], seed: int | None, models: Models
) -> dict[str, Tone]:
    """Region -> the tone it shall take: of the samples, or drawn by the seed, or a colour, which comes before both."""
    tones: dict[str, Tone] = {}
    if samples is not None:
        picture = samples.image.astype(np.uint8)
        found = {name: tone_of(picture, samples.labels, labels_of_region(name), samples.eyes)
                 for name in regions or STYLED}
        tones = {name: tone for name, tone in found.items() if tone is not None}
    elif seed is not None:
        generator = np.random.default_rng(seed)
        drawn = sampled(generator, models.get("label_painter")).colours() | colours_of_things(generator)
        for name in regions or STYLED:
            known = [drawn[label] for label in labels_of_region(name) if label in drawn]
            if known:
                tones[name] = Tone(rgb_to_lab(known[0]), np.full(3, np.nan, np.float32))
    return tones | {name: tone_of_colour(colour) for name, colour in colours.items()}


def head_of(portrait: Portrait, own: np.ndarray, labels: np.ndarray, models: Models, seed: int) -> Head:
    """The portrait's head under new labels, as the learned painter draws it in the portrait's own style."""
    mesh, shape, painter = mesh_of(portrait, models), models.get("face_shape"), models.get("label_painter")
    style = style_of(portrait.image, own, mesh, shape, painter)
    picture, to_labels = draw(labels, mesh, style, shape, painter, seed, bald=False)
    return Head(picture, kinds_of(labels, to_labels), to_labels)


def style_by(
    portrait: Portrait, reference: np.ndarray, regions: tuple[str, ...], seed: int, models: Models
) -> Style:
    """The style of a second photograph, of all regions or of some; the others' by the seed. Raises FaceError."""
    def find() -> Style:
        samples = samples_of(portrait, reference, models)
        mesh = mesh_of(Portrait(reference), models)
        return style_of(reference, samples.labels, mesh, models.get("face_shape"), models.get("label_painter"))

    theirs = portrait.fact(f"style {hashlib.sha256(reference).hexdigest()}", find)
    if not regions:
        return theirs
    wanted = {label for region in regions for label in labels_of_region(region)}
    chosen = tuple(name for name, kinds in REGIONS.items() if any(wanted & set(KINDS[kind]) for kind in kinds))
    return sampled(np.random.default_rng(seed), models.get("label_painter")).with_regions(theirs, chosen)


def edit(
    portrait: Portrait, labels: np.ndarray, tones: Mapping[str, Tone], samples: Samples | None, models: Models,
    strength: float, feather: float, seed: int, fine: bool = True, blend: str = "feather",
    parser: str = EMBEDDED,
) -> np.ndarray:
    """The photograph with these labels and tones, uint8 (H, W, 3); the portrait's own picture if nothing changes."""
    behind = behind_glasses(portrait, labels, models, parser)
    bare, own = behind.portrait, behind.own
    eyes, hands = eye_distance(mesh_of(portrait, models)), hands_at_full_size(portrait, models)
    still = None if hands is None else hands & (own == behind.labels)
    labels = meant(own, behind.labels)
    if still is not None:
        labels = np.where(still, own, labels)                  # a brush goes round a finger
    placed = all((some == IDS[eye]).any() for some in (own, labels) for eye in EYES)
    known = placed and (samples is None and "hair" not in tones or (own == IDS["hair"]).any())
    image = repaint(bare.image, own, labels, eyes, feather, seed, samples, colours_of(tones), fine, blend,
                    (lambda: head_of(bare, own, labels, models, seed)) if known else None, still,
                    beard_of(own, labels))
    image = behind.only_near(image, labels, feather * eyes)
    image = recolour(image, labels, tones, strength, eyes)
    if behind.kept:
        image = portrait.image if image is bare.image else put_on(image, portrait, models)
    return image if still is None else np.where(still[..., None], portrait.image, image)
