"""Teach the small StyleGAN2 of `stored/squares.safetensors` to draw whole crops: `python -m tests.squares`.

It stands in for a published generator: its 16 styles are ten components of the embedded generator's latents and six of
the mesh, its pictures 64 pixels wide, what `FacePainter` draws of them on a square.
"""

import argparse
import hashlib
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.numpy import load_file
from safetensors.torch import save_file
from torch import Tensor

from editors.attributes.drawn_faces import DrawnFace, FacePainter
from editors.attributes.fitted import keep
from editors.catalogue import GENERATOR
from editors.lock import Lock, write_lock
from editors.models import Models
from editors.networks.face_generator import FaceGenerator
from editors.store import Store

APPEARANCES, SHAPES, SPREAD = 10, 6, 0.9
CONFIG = {"size": 64, "style_size": APPEARANCES + SHAPES, "mapping_layers": 0, "normalize_latent": False,
          "channels": {"4": 32, "8": 32, "16": 32, "32": 24, "64": 16}}
OWN = "own_squares"
WEIGHTS = Path(__file__).parent / "stored" / "squares.safetensors"
FACES, BATCH, RATE = 600, 6, 4e-3


def faces(models: Models, count: int) -> tuple[Tensor, Tensor]:
    """Styles (N, Z) at random, and pictures (N, 3, 64, 64) of them in -1..1."""
    painter = FacePainter(models)
    factor = painter.encoder.factor.double()
    values, vectors = torch.linalg.eigh(factor @ factor.T)
    basis = (vectors[:, -APPEARANCES:] * values[-APPEARANCES:].sqrt()).flip(1).float()            # (400, A)
    styles = torch.from_numpy(np.random.RandomState(0).randn(count, APPEARANCES + SHAPES).astype(np.float32))
    pictures = []
    for style in styles:
        shape = np.zeros(len(painter.shape.mesh_deviations))
        shape[:SHAPES] = SPREAD * style[APPEARANCES:].numpy()
        face = DrawnFace(painter.encoder.mean[None] + style[None, :APPEARANCES] @ basis.T, shape)
        pictures.append(cv2.resize(painter.draw(face), (64, 64), interpolation=cv2.INTER_AREA))
    return styles, torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def teach(styles: Tensor, pictures: Tensor, seconds: float) -> FaceGenerator:
    """A generator that draws the pictures of the styles."""
    torch.manual_seed(0)
    generator, began = FaceGenerator(**CONFIG), time.monotonic()
    optimiser = torch.optim.Adam(generator.parameters(), lr=RATE, betas=(0.5, 0.99))
    while (spent := (time.monotonic() - began) / seconds) < 1:
        optimiser.param_groups[0]["lr"] = RATE * min(1.0, 1.4 * (1 - spent)) + 1e-5
        rows = torch.randint(len(styles), (BATCH,))
        loss = (generator.draw(generator.codes(styles[rows])) - pictures[rows]).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return generator


def taken_in(folder: Path) -> Models:
    """Models among which the generator is somebody's own, nothing fitted to it."""
    store, weights = Store(folder), WEIGHTS.read_bytes()
    digest = hashlib.sha256(weights).hexdigest()
    card = {"purpose": "a StyleGAN2", "builder": "network", "network": "face_generator", "role": GENERATOR,
            "size_mb": 0.2, "licence": "unknown", "trained_on": "unknown", "source": "a test"}
    store.place(OWN).mkdir(parents=True)
    (store.place(OWN) / "weights.safetensors").write_bytes(weights)
    lock = Lock("", {"weights.safetensors": digest}, {"weights.safetensors": digest}, CONFIG, card)
    write_lock(store.place(OWN), lock)
    return Models(store=store)


def taken_in_and_fitted(folder: Path) -> Models:
    """The same, with what was fitted to it by 240 samples."""
    models = taken_in(folder)
    keep_fit(models)
    return models


def keep_fit(models: Models) -> None:
    """Keep what was fitted to it, as fitting would."""
    keep(models, OWN, load_file(WEIGHTS.with_name("squares_directions.safetensors")), {"samples": 240})


if __name__ == "__main__":
    parser = argparse.ArgumentParser("tests.squares")
    parser.add_argument("--seconds", type=float, default=900)
    taught = teach(*faces(Models(), FACES), parser.parse_args().seconds)
    save_file({name: tensor.half().contiguous() for name, tensor in taught.state_dict().items()}, WEIGHTS)
