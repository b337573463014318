"""Which lines draw a mouth that is open: they hold an opening, whole or between teeth, perhaps with lips around it.

Lips that meet are two openings, one above the other; those are left to the painter. Lengths are in widths of the mouth
that the face has. h, w: of a patch around it, level with the eyes.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..areas import within_hull, without_holes
from ..crops import inverse, sample
from ..mesh_points import LIPS_OUTER
from .openlines import lids_of, pen_of
from .paint import Drawing
from .place import hidden_points
from .shutlines import EYE, patch_of, to_photograph
from .strokes import FEATURE, closed, firm, grown, opened, parts, shares, strokes_of

GAP, NARROW = 0.05, 0.06
"""How wide a gap is that a hand leaves in a lip, and what is narrower is no mouth."""
WIDE, HIGH, OFF = (0.35, 1.9), (0.1, 1.3), (0.4, 0.5)
"""How wide a mouth is, how high in its own widths, and how far its middle is off where the face has it, across and
down."""
SPECK, AROUND, THICK = 0.01, 1.8, 0.28
"""Share of a mouth that is no part of it, how many pens wide lips are around an opening, and how thick at most: a beard
goes around a mouth, too."""
MOST, INNER, TEETH = 0.5, 0.12, 3
"""Share of a mouth's width that a lip reaches, share of its area that an opening in lips has, and how many parts
between teeth are."""
HIDDEN = 0.85
"""Share of the lips that a hole hides: another mouth may pass for a larger one of the face."""
INSET = 0.03
"""How far inside its outline a mouth begins at most: a thick pen leaves little between teeth."""
BESIDE = 0.12
"""How far beside a mouth strokes are of it."""
THIN, GOES_ON, OTHER = 0.28, 0.15, 0.5
"""Share of the width of all strokes up to which one lip is high, share of the lip by which a line between lips goes on
beyond both its ends, and share of its width that the other one has, which does not touch it."""
LIPS = (0.1, 0.15)
"""How thick lips are that are not drawn, the upper and the lower one."""


@dataclass(frozen=True, eq=False)
class OpenMouth:
    """A mouth that was drawn open.

    to_mouth: the affine (2, 3) from the photograph to widths of the mouth from its middle
    inner:    float64 (2, N, 2), upper and lower edge of the opening from left to right in the picture, in the same
    outer:    the same of the lips
    lines:    float32 (H, W) in 0..1, all that was drawn of it
    toothed:  whether strokes between teeth tell it, as those of a moustache may
    """

    to_mouth: np.ndarray
    inner: np.ndarray
    outer: np.ndarray
    lines: np.ndarray
    toothed: bool

    def ring(self, edges: np.ndarray) -> np.ndarray:
        """Two edges (2, N, 2) as an outline (2 N, 2) in pixels of the photograph."""
        return to_photograph(self.to_mouth, np.concatenate([edges[0], edges[1][::-1]]))

    def without(self, drawing: Drawing) -> Drawing:
        """What else was drawn."""
        own = grown(within_hull(self.ring(self.outer), drawing.hole.shape), 2.0)
        return replace(drawing, lines=(drawing.lines - self.lines).clip(0), colours=drawing.colours * ~own[..., None])


def drawn_mouth(lines: np.ndarray, hole: np.ndarray, mesh: np.ndarray) -> OpenMouth | None:
    """The mouth that lines float32 (H, W) in 0..1 draw open in a hole, bool (H, W); mesh: (468, 3) of the face."""
    strokes = firm(lines)
    if not strokes.any() or hidden_points(mesh, hole)[list(LIPS_OUTER)].mean() < HIDDEN:
        return None
    to_mouth, to_patch, size = patch_of(mesh, LIPS_OUTER)
    drawn = sample(strokes, inverse(to_patch), size) > FEATURE
    body = _body(drawn)
    if body is None or _is_lip(body, drawn):
        return None
    pen = pen_of(drawn & grown(body, 2))
    told = _opening(body, drawn, pen)
    if told is None:
        return None
    opening, toothed = told
    inset, middle = min(0.5 * pen, INSET * EYE), (np.array(size) - 1) / 2
    inner = lids_of(opening, inset)
    outer = lids_of(body, inset) if (body & ~opening).sum() > INNER * body.sum() else _lips(inner)
    own = _strokes_at(drawn, body)
    near = sample(grown(own, 0.04 * EYE).astype(np.float32), to_patch, lines.shape[::-1]) > 0.5
    return OpenMouth(to_mouth, (inner - middle) / EYE, (outer - middle) / EYE, strokes * near, toothed)


def _body(drawn: np.ndarray) -> np.ndarray | None:
    """What lines hold where a mouth is, and they themselves, bool (h, w); None where they hold nothing."""
    whole = opened(without_holes(closed(drawn, GAP * EYE)), NARROW * EYE)
    middle = np.array(drawn.shape[::-1]) / 2
    for part in sorted(parts(whole), key=np.sum, reverse=True):
        rows, columns = np.nonzero(part)
        wide, high = np.ptp(columns) / EYE, np.ptp(rows) / EYE
        off = np.abs([(axis.min() + axis.max()) / 2 for axis in (columns, rows)] - middle)
        if WIDE[0] < wide < WIDE[1] and HIGH[0] < high / wide < HIGH[1] and (off < np.array(OFF) * EYE).all():
            return part if (part & ~drawn).any() else None
    return None


def _is_lip(body: np.ndarray, drawn: np.ndarray) -> bool:
    """Whether what lines hold, bool (h, w), is one of two lips that meet: the line between them goes on beyond both its
    ends, or the other lip is a line below it."""
    strokes = strokes_of(drawn)
    touching = shares(strokes, grown(body, 2)) > 0
    (rows, columns), across = np.nonzero(body), np.flatnonzero((touching[strokes] & drawn).any(0))
    wide = np.ptp(columns)
    if np.ptp(rows) > THIN * np.ptp(across):
        return False
    if min(columns.min() - across.min(), across.max() - columns.max()) > GOES_ON * wide:
        return True
    below = drawn & ~touching[strokes]
    below[: rows.min()], below[rows.max() + wide // 2 :] = False, False
    return any(np.ptp(np.nonzero(part)[1]) > OTHER * wide for part in parts(below))


def _opening(body: np.ndarray, drawn: np.ndarray, pen: float) -> tuple[np.ndarray, bool] | None:
    """What a mouth, bool (h, w), is open of, with half of the lines around it, and whether teeth are drawn in it; None
    where its lips meet."""
    held = [part for part in parts(body & ~drawn) if part.sum() > SPECK * body.sum()]
    inner = max(held, key=np.sum, default=body)
    rim = inner & ~(cv2.erode(inner.astype(np.uint8), np.ones((3, 3))) > 0)
    deep = cv2.distanceTransform(np.pad(body, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1][rim]
    if np.quantile(deep, 0.9) > THICK * EYE:
        return None
    if np.quantile(deep, 0.2) > AROUND * pen and inner.sum() > INNER * body.sum():     # lips that go all around
        return grown(inner, 0.5 * pen), False
    across = MOST * np.ptp(np.nonzero(body)[1])
    wide = sum(np.ptp(np.nonzero(part)[1]) > across for part in held)
    if len(held) - wide >= TEETH:
        return body, True
    return (body, False) if wide == 1 else None


def _lips(inner: np.ndarray) -> np.ndarray:
    """The outline of lips (2, N, 2) around an opening (2, N, 2), in pixels."""
    across = np.linspace(-1, 1, inner.shape[1])
    long, bow = np.sqrt(1 - across**2), 1 - 0.22 * np.exp(-((across / 0.16) ** 2))
    thick = np.stack([-LIPS[0] * long**0.8 * bow, LIPS[1] * long]) * np.ptp(inner[0, :, 0])
    return inner + np.stack([np.broadcast_to(0.04 * EYE * across, thick.shape), thick], -1)


def _strokes_at(drawn: np.ndarray, body: np.ndarray) -> np.ndarray:
    """All strokes of a mouth, bool (h, w)."""
    strokes = strokes_of(drawn)
    return (shares(strokes, grown(body, BESIDE * EYE)) > 0.6)[strokes] & drawn
