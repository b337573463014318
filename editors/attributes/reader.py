"""Which published encoder reads photographs for a loaded generator."""

from collections.abc import Mapping
from typing import Any

from ..models import Models
from ..store import OWN

E4E = "face_encoder_e4e"


def reader_of(models: Models, model_id: str) -> str | None:
    """The encoder of a generator's own file if it came with one, else the Hub's; None where none is here that fits.

    Then what was fitted to the generator reads.
    """
    ids, generator = [E4E], models.config(model_id)
    if model_id.startswith(OWN) and model_id.endswith("_face_generator"):
        ids.insert(0, model_id.removesuffix("face_generator") + E4E)
    return next((each for each in ids if _fits(models.config(each), generator)), None)


def _fits(encoder: Mapping[str, Any], generator: Mapping[str, Any]) -> bool:
    """Whether the codes of one are the other's, by what is known without loading them."""
    if not {"layers", "channels"} <= encoder.keys() or not {"size", "style_size"} <= generator.keys():
        return False
    layers = 2 * int(generator["size"]).bit_length() - 4
    return (encoder["layers"], encoder["channels"][-1]) == (layers, generator["style_size"])
