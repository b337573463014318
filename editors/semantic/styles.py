"""The colours of regions: read from a picture, given by hand or drawn by a seed, and brought to a picture."""

from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np

from .. import guided
from ..areas import small_size
from ..colours import lab_to_rgb, rgb_to_lab
from ..labels import EYES, mask_of
from .irises import irises_of, kept_of
from .regions import labels_of_region, rgb_of

FEWEST = 0.004             # squared eye distances from which a region's colour counts
_EDGE = 400                # pixels along the longer side at which soft edges are fitted
_CONTRAST = (0.7, 1.4)     # how far the spread of a region's colours may be changed
_LIGHTS = (0.4, 2.5)       # how much weaker and stronger a primary of the light here may be than elsewhere


class Tone(NamedTuple):
    """The colours of a region; of eyes it is the irises that have them.

    mean, spread:  (3,) each, of CIELAB and its standard deviation; one of nan leaves the picture's own
    white:         (3,), CIELAB of the white beside irises, by which they are seen; None: in whatever light
    """

    mean: np.ndarray
    spread: np.ndarray
    white: np.ndarray | None = None


def tone_of(image: np.ndarray, labels: np.ndarray, names: tuple[str, ...], eyes: float) -> Tone | None:
    """The tone of some labels of a picture uint8 (H, W, 3); None where there is too little of them."""
    irises = irises_of(image, labels, names, eyes) if set(names) <= set(EYES) else None
    mask = mask_of(labels, names) if irises is None else irises.ring
    if mask.sum() < max(6, FEWEST * eyes**2):
        return None
    lab = rgb_to_lab(image[mask])
    return Tone(lab.mean(0), lab.std(0), irises and irises.white)


def tone_of_colour(colour: str) -> Tone:
    """The tone that a colour written #rrggbb stands for. Raises SettingError if it is not one."""
    rgb = np.array(rgb_of(colour), np.float32)
    return Tone(rgb_to_lab(rgb), np.full(3, np.nan, np.float32))


def recolour(
    image: np.ndarray, labels: np.ndarray, tones: Mapping[str, Tone], strength: float, eyes: float
) -> np.ndarray:
    """A picture uint8 (H, W, 3) whose regions have moved towards their tones; other pixels stay bit for bit."""
    out = image
    for region, wanted in tones.items():
        names = labels_of_region(region)
        here = tone_of(image, labels, names, eyes)
        if here is not None and strength > 0:
            out = out.copy() if out is image else out
            _shift(out, labels, names, here, _as_lit(wanted, here), strength, eyes)
    return out


def _as_lit(wanted: Tone, here: Tone) -> Tone:
    """A tone as it would be seen in the light here, where whites tell both lights."""
    if wanted.white is None or here.white is None:
        return wanted
    iris, theirs, ours = ((lab_to_rgb(lab) / 255).clip(0.01, 1) for lab in (wanted.mean, wanted.white, here.white))
    return wanted._replace(mean=rgb_to_lab(255 * (iris * (ours / theirs).clip(*_LIGHTS)).clip(0, 1)))


def _shift(
    out: np.ndarray, labels: np.ndarray, names: tuple[str, ...], here: Tone, wanted: Tone, strength: float, eyes: float
) -> None:
    mask = mask_of(labels, names)
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    margin = int(np.ceil(0.06 * eyes)) + 2
    window = (slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
              slice(max(0, columns[0] - margin), columns[-1] + margin + 1))
    crop, inside = out[window], mask[window]
    soft, lab = _soft(crop, inside, eyes), rgb_to_lab(crop)
    if set(names) <= set(EYES):
        irises = irises_of(crop, labels[window], names, eyes)
        white = None if here.white is None else float(here.white[0])
        soft, inside = soft * irises.share * kept_of(lab[..., 0], float(here.mean[0]), white), irises.ring
    ratio = np.where(np.isnan(wanted.spread), 1, wanted.spread / np.maximum(here.spread, 1)).clip(*_CONTRAST)
    moved = here.mean + strength * (wanted.mean - here.mean)
    contrast = 1 + strength * (ratio - 1)
    lab[..., 1:] = moved[1:] + contrast[1:] * (lab[..., 1:] - here.mean[1:])
    lab[..., 0] = _lightness(lab[..., 0], lab[inside][:, 0], moved[0], contrast[0])
    shifted = lab_to_rgb(lab)
    mixed = np.round(crop + soft[..., None] * (shifted - crop)).clip(0, 255).astype(np.uint8)
    crop[:] = np.where(soft[..., None] > 0, mixed, crop)


def _lightness(light: np.ndarray, sample: np.ndarray, target: float, contrast: float) -> np.ndarray:
    """Lightness moved as log-odds, so that it never clips, until the sample's mean is the target."""
    def moved(values: np.ndarray, by: float) -> np.ndarray:
        odds = np.log(values.clip(0.7, 99.3) / (100 - values.clip(0.7, 99.3)))
        return 100 / (1 + np.exp(-(middle + contrast * (odds - middle) + by)))

    share = float(np.clip(sample.mean(), 0.7, 99.3)) / 100
    middle, low, high = np.log(share / (1 - share)), -8.0, 8.0
    sample = sample[:: max(1, len(sample) // 20000)]
    for _ in range(20):
        low, high = ((low + high) / 2, high) if moved(sample, (low + high) / 2).mean() < target else (
            low, (low + high) / 2)
    return moved(light, (low + high) / 2)


def _soft(crop: np.ndarray, inside: np.ndarray, eyes: float) -> np.ndarray:
    """A mask (H, W) whose edge follows the picture's, float32 0..1; 0 a little outside."""
    scale, size = small_size(inside.shape, _EDGE)
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    level = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    lines = guided.fit(small, level[None], max(1, round(0.04 * eyes * scale)), 1e-3)
    soft = guided.apply(lines, crop.astype(np.float32) / 255)[0]
    side = 2 * max(1, round(0.04 * eyes)) + 1
    near = cv2.dilate(inside.astype(np.uint8), np.ones((side, side), np.uint8))
    deep = cv2.erode(np.pad(inside, 1, mode="edge").astype(np.uint8), np.ones((side, side), np.uint8))[1:-1, 1:-1]
    soft = np.maximum((1.25 * soft - 0.12).clip(0, 1), deep) * near      # an edge may be softened, no place found
    return np.where(soft < 0.03, 0, soft).astype(np.float32)


def colours_of(tones: Mapping[str, Tone]) -> dict[str, np.ndarray]:
    """Label name -> RGB of the regions that have a tone."""
    return {name: lab_to_rgb(tone.mean) for region, tone in tones.items() for name in labels_of_region(region)}
