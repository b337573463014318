"""Measure a training beside the linear model, write its weights and samples.

    python -m checkpoints.face_generator.finish [--split choose|report] [--photographs N] [--share S] [--write]

Prints, for faces that nothing was fitted to: PSNR inside the face in dB, the perceptual and the identity distance of
`checkpoints.judges`. --photographs 0 measures nothing. --share S goes only a part of the way, 0..1, from the weights
that are kept to those of the training that began at them: a discriminator buys crispness with exactness.
With --write the averaged weights go to checkpoints/face_generator and checkpoints/face_encoder.
"""

import argparse
import json
import sys
from collections.abc import Sequence

import numpy as np
import torch
from safetensors.torch import load_file

from checkpoints.data import ASTRONAUT
from checkpoints.face_generator.frames import Frames, frames_of, to_pictures
from checkpoints.face_generator.train import Recipe, generator_config
from checkpoints.judges import Judges
from checkpoints.training import save_half, training_folder
from editors.errors import ModelError
from editors.faces import mesh_of
from editors.frame import MESH_POINTS, vertices_of
from editors.images import from_tensor, open_photo, save_photo
from editors.models import CHECKPOINTS, Models
from editors.networks import face_encoder, face_generator
from editors.networks.face_shape import FaceShape
from editors.networks.linear_drawing import LinearDrawing, face_inside, smaller
from editors.portrait import Portrait

BATCH = 10


class Trained:
    """The averaged networks of a training, and the linear model that they stand on."""

    def __init__(self, shape: FaceShape, recipe: Recipe):
        self.shape, self.drawing = shape, LinearDrawing(shape, recipe.size)
        latent_size = len(shape.deviations)
        self.generator = face_generator.build(**generator_config(recipe, latent_size))
        self.encoder = face_encoder.build(recipe.size, latent_size, recipe.encoder_channels)

    def load(self, share: float = 1.0) -> int:
        """Take the weights of the training kept in the cache, or a share of the way to them; returns samples seen."""
        path = training_folder("face_generator") / "state.pt"
        if not path.is_file():
            raise ModelError(f"There is no training at {path}; run python -m checkpoints.face_generator.train.")
        state = torch.load(path, map_location="cpu", weights_only=True)
        for name in ("generator", "encoder"):
            weights = state["averages"][name]
            if share < 1:
                kept = load_file(CHECKPOINTS / f"face_{name}" / "weights.safetensors")
                weights = {key: torch.lerp(kept[key].to(end), end, share) for key, end in weights.items()}
            getattr(self, name).load_state_dict(weights)
            getattr(self, name).eval().requires_grad_(False)
        return state["samples"]

    @torch.no_grad()
    def latents(self, pictures: np.ndarray, guesses: np.ndarray) -> torch.Tensor:
        """Latents (B, Z) of frame pictures uint8 (B, S, S, 3) with the linear codes (B, Z)."""
        guess = torch.from_numpy(guesses)
        return self.encoder(to_pictures(torch.from_numpy(pictures)), self.drawing(guess), guess)

    @torch.no_grad()
    def draw(self, latents: torch.Tensor) -> np.ndarray:
        """Latents (B, Z) -> uint8 (B, S, S, 3)."""
        return np.stack([from_tensor(picture) for picture in self.drawing.complete(self.generator, latents)])

    @torch.no_grad()
    def draw_linear(self, codes: np.ndarray) -> np.ndarray:
        """What the linear model draws of codes (B, Z): uint8 (B, S, S, 3)."""
        return np.stack([from_tensor(picture) for picture in self.drawing(torch.from_numpy(codes))])

    def project(self, pictures: np.ndarray, components: int) -> np.ndarray:
        """Codes (B, components) that draw pictures closest within the rings, every pixel counting the same."""
        rows = self.drawing.components[:components].double()
        wanted = (to_pictures(torch.from_numpy(pictures)) - self.drawing.mean).flatten(1).double()
        return torch.linalg.solve(rows @ rows.T, rows @ wanted.T).T.float().numpy()

    @torch.no_grad()
    def settle(self, frames: Frames) -> None:
        """Keep the mean and covariance of latents of photographs, guessed by linear models that never saw them."""
        found = []
        for start in range(0, len(frames.numbers), BATCH):
            parts = (part[start : start + BATCH] for part in (frames.pictures, frames.coarse, frames.guesses))
            pictures, coarse, guesses = map(torch.from_numpy, parts)
            found.append(self.encoder(to_pictures(pictures), to_pictures(coarse), guesses))
        self.encoder.remember(torch.cat(found))
        self.generator.mean_style.copy_(self.encoder.mean)

    def rebuild(self, frames: Frames) -> np.ndarray:
        """All pictures of a split encoded and drawn again."""
        parts = [slice(start, start + BATCH) for start in range(0, len(frames.numbers), BATCH)]
        return np.concatenate([self.draw(self.latents(frames.pictures[p], frames.guesses[p])) for p in parts])


def measure(pictures: np.ndarray, rebuilt: np.ndarray, shape: FaceShape, judges: Judges) -> dict[str, float]:
    """PSNR and perceptual distance inside the face and inside the rings, identity; each the mean over pictures."""
    size = pictures.shape[1]
    squares = np.square(pictures.astype(np.float32) - rebuilt)
    rings = smaller(shape.frame.inside.astype(np.float32), size) == 1
    regions = {"psnr": face_inside(shape, size), "psnr_rings": rings}
    found = {name: float(np.mean([psnr(row[mask]) for row in squares])) for name, mask in regions.items()}
    mesh = np.zeros((MESH_POINTS, 3))
    mesh[:, :2] = shape.frame.mean[:MESH_POINTS] * size
    meshes = [mesh] * len(pictures)
    gaps = judges.descriptors(list(pictures), meshes) - judges.descriptors(list(rebuilt), meshes)
    for name, mask in regions.items():
        masked = [np.where(mask[..., None], kind, np.uint8(128)) for kind in (pictures, rebuilt)]
        name = name.replace("psnr", "perceptual")
        found[name] = float(np.mean([judges.perceptual(a, b) for a, b in zip(*masked, strict=True)]))
    found["identity"] = float(np.linalg.norm(gaps, axis=1).mean())
    return {name: round(value, 4) for name, value in found.items()}


def psnr(squares: np.ndarray) -> float:
    """Squared differences of values in 0..255 -> dB."""
    return float(10 * np.log10(255**2 / squares.mean()))


def report(trained: Trained, frames: Frames, components: Sequence[int] = (160, 200, 400)) -> dict[str, object]:
    """The measures of the linear model with some components, of its code read for the face, and of the generator."""
    judges, pictures = Judges(), frames.pictures
    rows = {f"linear {count}": trained.draw_linear(trained.project(pictures, count)) for count in components}
    rows["linear, read for the face"] = trained.draw_linear(frames.guesses)
    rows["generator"] = trained.rebuild(frames)
    return {name: measure(pictures, rebuilt, trained.shape, judges) for name, rebuilt in rows.items()}


def samples(trained: Trained, models: Models) -> np.ndarray:
    """The sheet beside the weights: 24 faces by seed, then the astronaut, her linear picture and her rebuilt one."""
    faces = trained.draw(trained.encoder.latents(range(24)))
    portrait = Portrait(open_photo(ASTRONAUT).pixels)
    taken = trained.shape.frame.take(portrait.image, vertices_of(mesh_of(portrait, models)))
    code = trained.shape.face_code(taken)[None]
    picture = smaller(taken, faces.shape[1]).round().clip(0, 255).astype(np.uint8)[None]
    rows = [np.hstack(list(faces[start : start + 8])) for start in range(0, 24, 8)]
    last = [picture[0], trained.draw_linear(code)[0], trained.draw(trained.latents(picture, code))[0]]
    return np.vstack([*rows, np.hstack([*last, *[np.full_like(last[0], 255)] * 5])])


def main() -> None:
    """Measure, and write when asked to."""
    parser = argparse.ArgumentParser("checkpoints.face_generator.finish")
    parser.add_argument("--split", choices=("choose", "report"), default="choose")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--share", type=float, default=1.0, help="of the way to the weights of the training")
    parser.add_argument("--photographs", type=int, default=1000, help="at most so many, evenly spread")
    given = parser.parse_args()
    models = Models()
    trained = Trained(models.get("face_shape"), Recipe())
    seen = trained.load(given.share)
    frames = frames_of(given.split, models).spread(given.photographs)
    if len(frames.numbers):
        print(json.dumps({"samples": seen, "photographs": len(frames.numbers), **report(trained, frames)}, indent=1))
    if given.write:
        trained.settle(frames_of("fit", models))
        for name, network in (("face_generator", trained.generator), ("face_encoder", trained.encoder)):
            save_half(network, CHECKPOINTS / name / "weights.safetensors")
        save_photo(CHECKPOINTS / "face_generator" / "samples.png", samples(trained, models))


if __name__ == "__main__":
    try:
        main()
    except ModelError as error:
        sys.exit(str(error))
