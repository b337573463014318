"""Keep the averaged weights of a training, in half precision: `python -m checkpoints.head_parser.finish`."""

import sys

import torch

from checkpoints.head_parser.train import Recipe
from checkpoints.record import record
from checkpoints.training import save_half, training_folder
from editors.errors import ModelError
from editors.models import CHECKPOINTS
from editors.networks.head_parser import HeadParser


def main() -> None:
    """Write weights.safetensors and what the catalogue says of it."""
    path = training_folder("head_parser") / "state.pt"
    if not path.is_file():
        raise ModelError(f"There is no training at {path}; run python -m checkpoints.head_parser.train first.")
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = HeadParser(Recipe.widths)
    network.load_state_dict(state["averages"]["head_parser"])
    save_half(network, CHECKPOINTS / "head_parser" / "weights.safetensors")
    record("head_parser")
    print(f"after {state['samples']:,} samples")


if __name__ == "__main__":
    try:
        main()
    except ModelError as error:
        sys.exit(str(error))
