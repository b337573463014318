"""Write the sha256 and size of embedded weights into the catalogue: `python -m checkpoints.record ID...`."""

import re
import sys
from pathlib import Path

from editors import catalogue
from editors.models import CHECKPOINTS, sha256_of


def record(model_id: str) -> None:
    """Bring the card's sha256s and size up to date with the files under checkpoints/<id>/."""
    source = Path(catalogue.__file__)
    pattern = rf'(    ModelCard\(\n        id="{model_id}",.*?\n    \),\n)'
    before, card, after = re.split(pattern, source.read_text(), maxsplit=1, flags=re.S)
    files = {name: CHECKPOINTS / model_id / name for name in catalogue.card(model_id).files}
    for name, path in files.items():
        card = re.sub(rf'("{re.escape(name)}": )("[0-9a-f]*"|None)', rf'\g<1>"{sha256_of(path)}"', card)
    size = sum(path.stat().st_size for path in files.values()) / 1e6
    card = re.sub(r"size_mb=[\d.]+", f"size_mb={size:.3g}", card)
    source.write_text(before + card + after)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        record(name)
