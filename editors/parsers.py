"""The labels of a portrait as one of several parsers finds them: the embedded one, or networks of the Hub.

A network reads the aligned face, as it was trained to; beyond that square the embedded parser's labels go on.
"""

import numpy as np

from .crops import align, inverse
from .errors import SettingError
from .faces import mesh_of
from .labels import EMBEDDED, IDS, PARSERS
from .models import Models
from .others import nearer_to_others
from .parsing import CROP, at_full_size, hands_at_full_size
from .parsing import labels_of as embedded_labels_of
from .portrait import Portrait
from .store import OWN


def labels_of(portrait: Portrait, models: Models, parser: str = EMBEDDED) -> np.ndarray:
    """CelebAMask-HQ ids as this parser finds them, uint8 (H, W), read-only: a fact of the portrait.

    Raises FaceError without a usable face, ModelError if the parser is not on this machine, SettingError if it is none.
    """
    if parser == EMBEDDED:
        return embedded_labels_of(portrait, models)
    if models.card(parser).builds not in PARSERS:
        raise SettingError(f"parser is {parser[:80]!r}, which reads no labels; it can be "
                           f"{', '.join([*PARSERS, *_own(models)])}.")
    models.get(parser)  # says so before anything is looked for, if it is not here

    def find() -> np.ndarray:
        crop, to_crop = align(portrait.image, mesh_of(portrait, models), CROP)
        labels = models.run(parser, parsed, crop)
        others = nearer_to_others(portrait, models, inverse(to_crop), (CROP, CROP))
        if others is not None:
            labels = np.where(others, IDS["background"], labels).astype(np.uint8)
        seen, covered = at_full_size(labels, to_crop, portrait.image.shape[:2])
        full = np.where(covered, seen, embedded_labels_of(portrait, models))
        hands = hands_at_full_size(portrait, models)
        if hands is not None:
            full[hands] = IDS["background"]
        full.flags.writeable = False
        return full

    return portrait.fact(f"labels {parser}", find)


def parsers_in(models: Models) -> list[str]:
    """What can read labels on this machine: the embedded parser, those of the Hub, and of one's own weights."""
    return [name for name in (*PARSERS, *_own(models)) if name == EMBEDDED or models.is_here(name)]


def _own(models: Models) -> list[str]:
    return [card.id for card in models.cards() if card.id.startswith(OWN) and card.builds in PARSERS]


def parsed(network, picture: np.ndarray) -> np.ndarray:
    """A parser's labels of an aligned face uint8 (S, S, 3) -> uint8 (S, S)."""
    import torch

    place = next(network.parameters())
    pictures = torch.from_numpy(picture).to(place.device).permute(2, 0, 1)[None].to(place.dtype) / 127.5 - 1
    with torch.inference_mode():
        return network(pictures).argmax(1)[0].byte().cpu().numpy()
