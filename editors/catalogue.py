"""Every model Limner knows, as data. Adding a model starts with a card here.

An empty `repo` means the files are embedded under `checkpoints/<id>/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .errors import ModelError

RESEARCH_ONLY = "research only, non-commercial (trained on CelebA photographs)"


@dataclass(frozen=True)
class ModelCard:
    """What a model is for, where its files come from and on what terms.

    id:          one word for the card, the checkpoint folder, the network file and `needs`
    builder:     how the files become a model: a name in `models.BUILDERS`
    files:       file name -> sha256 of its bytes; None until the first fetch records it
    size_mb:     size of all files in megabytes
    repo:        Hugging Face repository, empty when embedded
    revision:    full 40-digit commit of the repository
    config:      constructor arguments of the network
    """

    id: str
    purpose: str
    builder: str
    files: Mapping[str, str | None]
    size_mb: float
    licence: str
    trained_on: str
    source: str
    repo: str = ""
    revision: str = ""
    config: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


CARDS: tuple[ModelCard, ...] = (
)


def card(model_id: str) -> ModelCard:
    """The card with this id. Raises ModelError naming the ids there are."""
    for candidate in CARDS:
        if candidate.id == model_id:
            return candidate
    known = ", ".join(candidate.id for candidate in CARDS)
    raise ModelError(f"There is no model called {model_id!r}; the models are: {known}.")
