"""Write the last training's weights, and what forms say: `python -m checkpoints.sketch_painter.finish`.

With --form the network that is kept stays, and only what forms say is fitted again.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from checkpoints.data import training_faces
from checkpoints.sketch_painter import linear
from checkpoints.sketch_painter.train import Recipe
from checkpoints.training import save_half, training_folder
from editors.models import Models
from editors.networks.sketch_painter import SketchPainter

HERE = Path(__file__).parent


def finish(only_form: bool) -> Path:
    """weights.safetensors beside this file."""
    painter, models = SketchPainter(Recipe().width), Models()
    if only_form:
        painter.load_state_dict(load_file(HERE / "weights.safetensors"), strict=False)
    else:
        state = torch.load(training_folder("sketch_painter") / "state.pt", map_location="cpu", weights_only=True)
        painter.refiner.load_state_dict(state["averages"]["refiner"])
    faces, shape = training_faces("fit", models), models.get("face_shape")
    form = linear.form_of(faces, linear.appearances(faces, shape), shape)
    for name in ("mean", "rows", "precision"):
        getattr(painter, f"form_{name}").copy_(torch.from_numpy(getattr(form, name)))
    save_half(painter, HERE / "weights.safetensors")
    return HERE / "weights.safetensors"


if __name__ == "__main__":
    path = finish("--form" in sys.argv[1:])
    print(path, path.stat().st_size)
