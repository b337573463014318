"""Super-resolution: the network is the published one, and enlarging sharpens edges and keeps colours."""

from pathlib import Path

import cv2
import numpy as np
import torch

from editors.enlarge import SCALE, enlarge, enlarge_part
from editors.images import open_photo

from .tiny import ASTRONAUT

STORED = Path(__file__).parent / "stored" / "super_resolution.npz"


def face() -> np.ndarray:
    return open_photo(ASTRONAUT).pixels[70:198, 160:288].astype(np.float32)


def test_the_network_is_the_published_one(models):
    with np.load(STORED) as stored:
        picture, expected = stored["picture"], stored["enlarged"]
    with torch.inference_mode():
        enlarged = models.get("super_resolution")(torch.tensor(picture).permute(2, 0, 1)[None].float())[0]
    assert np.abs(enlarged.permute(1, 2, 0).numpy() - expected).max() < 0.5 and np.ptp(expected) > 200


def test_a_photograph_made_small_comes_back_nearer_than_by_interpolation(models):
    large = face()
    small = cv2.resize(large, None, fx=1 / SCALE, fy=1 / SCALE, interpolation=cv2.INTER_AREA)
    smooth, sharp = cv2.resize(small, large.shape[1::-1], interpolation=cv2.INTER_CUBIC), enlarge(small, models)
    assert np.abs(sharp - large)[4:-4, 4:-4].mean() < np.abs(smooth - large)[4:-4, 4:-4].mean()
    slopes = [[cv2.Sobel(picture.mean(2), cv2.CV_32F, *way) for way in ((1, 0), (0, 1))] for picture in (smooth, sharp)]
    edges = [np.percentile(np.hypot(*slope)[8:-8, 8:-8], 95) for slope in slopes]
    assert edges[1] > 1.05 * edges[0]
    wide = [cv2.GaussianBlur(picture, (0, 0), 8) for picture in (smooth, sharp)]
    assert np.abs(wide[0] - wide[1]).max() < 2


def test_only_the_part_asked_for_takes_the_network(models):
    small = cv2.resize(face(), (32, 32), interpolation=cv2.INTER_AREA)
    part = np.zeros((32, 32), bool)
    part[12:18, 14:20] = True
    smooth = cv2.resize(small, (128, 128), interpolation=cv2.INTER_CUBIC)
    some, none = (enlarge_part(small, where, models) for where in (part, np.zeros_like(part)))
    assert (none == smooth).all() and (some[:24] == smooth[:24]).all()
    assert (some[48:72, 56:80] != smooth[48:72, 56:80]).any()
