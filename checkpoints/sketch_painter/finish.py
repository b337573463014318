"""Write the last training's weights: `python -m checkpoints.sketch_painter.finish [--without-network]`.

The linear model's components are kept in 8 bits, the rest in half precision. Without the network it paints in closed
form alone: that is for when `quality --choose` says that the network does not help.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from checkpoints.sketch_painter.train import KNOWN, Recipe, painter_of
from checkpoints.training import training_folder

HERE = Path(__file__).parent


def finish(with_network: bool = True) -> Path:
    """weights.safetensors beside this file."""
    folder = training_folder("sketch_painter")
    known = torch.load(folder / KNOWN, map_location="cpu", weights_only=True)
    painter = painter_of(known["linear"], Recipe().width)
    if with_network:
        state = torch.load(folder / "state.pt", map_location="cpu", weights_only=True)
        painter.refiner.load_state_dict(state["averages"]["refiner"])
    whole = {"linear.components", "linear.inside"}
    arrays = {
        name: tensor.to(torch.int8) if name in whole else tensor.half() for name, tensor in painter.state_dict().items()
    }
    save_file({name: tensor.contiguous() for name, tensor in arrays.items()}, HERE / "weights.safetensors")
    return HERE / "weights.safetensors"


if __name__ == "__main__":
    path = finish("--without-network" not in sys.argv)
    print(path, path.stat().st_size)
