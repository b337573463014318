"""Write the last training's weights in half precision: `python -m checkpoints.sketch_painter.finish`."""

from pathlib import Path

import torch

from checkpoints.sketch_painter.train import Recipe
from checkpoints.training import save_half, training_folder
from editors.networks.sketch_painter import SketchPainter

HERE = Path(__file__).parent


def finish() -> Path:
    """weights.safetensors beside this file."""
    painter = SketchPainter(Recipe().width)
    state = torch.load(training_folder("sketch_painter") / "state.pt", map_location="cpu", weights_only=True)
    painter.refiner.load_state_dict(state["averages"]["refiner"])
    save_half(painter, HERE / "weights.safetensors")
    return HERE / "weights.safetensors"


if __name__ == "__main__":
    path = finish()
    print(path, path.stat().st_size)
