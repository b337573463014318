"""Keep the averaged weights of a training, in half precision: `python -m checkpoints.hidden_mesh.finish`."""

import sys

import torch

from checkpoints.hidden_mesh.train import Recipe
from checkpoints.record import record
from checkpoints.training import save_half, training_folder
from editors.errors import ModelError
from editors.models import CHECKPOINTS
from editors.networks.hidden_mesh import HiddenMesh


def main() -> None:
    """Write weights.safetensors and what the catalogue says of it."""
    path = training_folder("hidden_mesh") / "state.pt"
    if not path.is_file():
        raise ModelError(f"There is no training at {path}; run python -m checkpoints.hidden_mesh.train first.")
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = HiddenMesh(Recipe.width, Recipe.forms)
    network.load_state_dict(state["averages"]["hidden_mesh"])
    save_half(network, CHECKPOINTS / "hidden_mesh" / "weights.safetensors")
    record("hidden_mesh")
    print(f"after {state['samples']:,} samples")


if __name__ == "__main__":
    try:
        main()
    except ModelError as error:
        sys.exit(str(error))
