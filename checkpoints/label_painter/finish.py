"""Write the last training's weights: `python -m checkpoints.label_painter.finish`.

The network's averages in half precision, and the Gaussian of styles that go with a look, fitted in closed form.
"""

from pathlib import Path

import torch
from torch import Tensor

from checkpoints.label_painter.examples import Heads
from checkpoints.label_painter.train import FEWEST, KNOWN, Recipe
from checkpoints.training import save_half, training_folder
from editors.networks.label_painter import LabelPainter

HERE = Path(__file__).parent
STIFF = 30.0
"""How strongly the prediction of styles from looks keeps to their mean, in photographs."""


@torch.inference_mode()
def read_styles(painter: LabelPainter, known: Heads) -> tuple[Tensor, Tensor]:
    """Styles of all heads (N, R * D), and where they are known."""
    styles, there = [], []
    for i in range(0, len(known.kinds), 32):
        part = slice(i, i + 32)
        found, areas = painter.encoder(
            known.pictures[part].float() / 127.5 - 1, known.kinds[part].long(), known.seen[part, None].float())
        styles.append(found.flatten(1))
        there.append((areas[..., None] > FEWEST).expand_as(found).flatten(1))
    return torch.cat(styles).double(), torch.cat(there)


def fit_styles(painter: LabelPainter, known: Heads) -> None:
    """Put the Gaussian into the painter: the mean, what a look says of styles, and components of what it does not."""
    styles, there = read_styles(painter, known)
    mean = (styles * there).sum(0) / there.sum(0).clamp(min=1)
    looks, styles = known.codes.double(), torch.where(there, styles - mean, 0)
    by_look = torch.linalg.solve(looks.T @ looks + STIFF * torch.eye(looks.shape[1]), looks.T @ styles)
    left = torch.where(there, styles - looks @ by_look, 0)
    _, spread, axes = torch.linalg.svd(left / len(left) ** 0.5, full_matrices=False)
    count = len(painter.style_rest)
    painter.style_mean.copy_(mean)
    painter.style_by_look.copy_(by_look)
    painter.style_rest.copy_(spread[:count, None] * axes[:count])


def main() -> None:
    folder = training_folder("label_painter")
    state = torch.load(folder / "state.pt", map_location="cpu", weights_only=True)
    painter = LabelPainter(Recipe().width).eval().requires_grad_(False)
    painter.load_state_dict(state["averages"]["painter"])
    fit_styles(painter, Heads(**torch.load(folder / KNOWN, map_location="cpu", weights_only=True)))
    save_half(painter, HERE / "weights.safetensors")
    print(f"{state['samples']} samples")


if __name__ == "__main__":
    main()
