"""Pictures one after another as an mp4 file."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from ..errors import ImageError

RATE = 25.0
"""Pictures a second of the films of faces."""
CODECS = ("vp09", "mp4v")
"""Tried in this order: browsers play the first, only players the second."""


def write_video(path: Path, frames: Iterable[np.ndarray], rate: float) -> int:
    """Write pictures uint8 (H, W, 3) of one size, `rate` a second; the number written. Raises ImageError."""
    writer, count = None, 0
    try:
        for frame in frames:
            writer = writer or _writer(path, frame.shape[1::-1], rate)
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            count += 1
    finally:
        if writer is not None:
            writer.release()
    return count


def _writer(path: Path, size: tuple[int, int], rate: float) -> cv2.VideoWriter:
    for codec in CODECS:
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), rate, size)
        if writer.isOpened():
            return writer
    raise ImageError("This OpenCV writes no mp4. Install opencv-python-headless as requirements.txt names it.")
