"""What is known of a model before it is loaded, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

GENERATOR = "generator"
"""Role of what draws faces: one can stand in for another."""
RESEARCH_ONLY = "research only, non-commercial (trained on CelebA photographs)"


@dataclass(frozen=True)
class ModelCard:
    """What a model is for, where its files come from and on what terms.

    id:          one word for the card, the checkpoint folder, the network file and `needs`
    builder:     how the files become a model: a name in `models.BUILDERS`
    files:       file name -> sha256 of its bytes; None until the first fetch records it
    size_mb:     size of all files in megabytes; about, where the files are fetched
    repo:        Hugging Face repository, empty when embedded
    revision:    full 40-digit commit of the repository
    config:      constructor arguments of the network
    network:     the file in `editors/networks` that builds it, where it is not called as the card is
    role:        models of one role can stand in for one another; empty where there is only one
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
    network: str = ""
    role: str = ""

    @property
    def builds(self) -> str:
        """The file in `editors/networks` that builds this model."""
        return self.network or self.id
