"""Fit the directions of the embedded generator. `python -m checkpoints.generator_directions.train`, some minutes.

The latents of the fitting photographs are regressed on all measures at once, as the linear model's codes are in
`attribute_directions`, which gives the movement of the mesh, the wrinkles and the turn that go with each. Then each is
drawn on choosing photographs and scaled until one unit changes the picture, and then its own measure, as much as one
unit of the linear model does.
"""

import numpy as np
import torch
from safetensors.numpy import save_file

from checkpoints.attribute_directions.calibrate import BY_CLASSIFIER
from checkpoints.attribute_directions.train import (
    BOTH,
    BY_APPEARANCE,
    BY_MESH,
    BY_TONE,
    HELD,
    MOST_GLASSES,
    POSES,
    label,
    regress,
    wrinkles,
)
from checkpoints.data import TrainingFace, training_faces
from checkpoints.face_generator.frames import MOST_TURNED, Frames, frames_of, to_pictures
from checkpoints.judges import Judges
from checkpoints.measures import draw, measure
from editors.attributes.directions import EMBEDDED, LINEAR, Direction, directions_of, drawn_by
from editors.attributes.likeness import face_in
from editors.attributes.through import edit_through
from editors.faces import yaw_of
from editors.frame import vertices_of
from editors.models import CHECKPOINTS, Models
from editors.portrait import Portrait

COMPONENTS = 150
"""Numbers of a latent that directions move: the first tell people apart, the last are noise to a regression."""
EVERY, ROUNDS = 7, 2
"""Share of the choosing photographs that scale, one in so many, and how often."""
MOST = 1.6
"""Largest factor by which a measure scales a direction beyond the linear model's change."""
BY_REGION = {"hair_light": 4.0}
"""Directions that the linear model draws by tones alone and the generator by its own change, with their MOST."""

Arrays = dict[str, np.ndarray]


def latents_of(frames: Frames, models: Models) -> np.ndarray:
    """Latents (M, Z) of photographs, guessed by linear models that never saw them."""
    encoder, found = models.get("face_encoder"), []
    with torch.no_grad():
        for start in range(0, len(frames.numbers), 20):
            parts = (part[start : start + 20] for part in (frames.pictures, frames.coarse, frames.guesses))
            pictures, coarse, guesses = map(torch.from_numpy, parts)
            found.append(encoder(to_pictures(pictures), to_pictures(coarse), guesses))
    return torch.cat(found).numpy()


def fit(
    faces: list[TrainingFace], frames: Frames, linear: dict[str, Direction], models: Models, judges: Judges
) -> Arrays:
    """A style (Z,) for each direction that changes the colours of a face, before it is brought to scale.

    Directions that the linear model draws by light and shade alone are drawn so here too, and so is the skin's tone.
    """
    shape = models.get(LINEAR)
    measures = label(faces, shape, judges)
    grain = [wrinkles(shape.frame.take(face.image, vertices_of(face.mesh)), shape).mean() for face in faces]
    measures |= {"grain": np.array(grain)}
    names = [*BOTH, *BY_MESH, *BY_APPEARANCE, *BY_TONE, *POSES, *HELD]
    labels = np.stack([(measures[name] - measures[name].mean()) / measures[name].std() for name in names], 1)
    clear = measures["glasses"] < MOST_GLASSES
    effects = regress(latents_of(frames, models)[clear], labels[clear])
    effects[:, COMPONENTS:] = 0
    drawn = [name for name in (*BOTH, *BY_APPEARANCE) if linear[name].change.any()] + list(BY_REGION)
    return {f"{name}.style": effects[names.index(name)].astype(np.float32) for name in drawn}


def change_of(portraits: list[Portrait], direction: Direction, amount: float, models: Models) -> np.ndarray:
    """What a direction adds to faces in the frame, float32 (F, F, 3): the mean over portraits."""
    known = [face_in(portrait, models, EMBEDDED) for portrait in portraits]
    return np.mean([edit_through(each, {direction.name: amount}, (direction,), "", models).change for each in known], 0)


def bring_to_scale(styles: Arrays, linear: dict[str, Direction], portraits: list[Portrait], models: Models) -> Arrays:
    """The styles, each changing the picture of faces as much as the linear model's direction does."""
    shape, scaled = models.get(LINEAR), {}
    for key, style in styles.items():
        flat = linear[key.removesuffix(".style")]
        if not flat.change.any():
            scaled[key] = style
            continue
        wanted = np.stack([flat.scaled(amount) * flat.change for amount in (1.0, -1.0)])
        for _ in range(ROUNDS):
            direction = drawn_by(flat, {key: style}, shape)
            drawn = np.stack([change_of(portraits, direction, amount, models) for amount in (1.0, -1.0)])
            style = style * np.float32((drawn * wanted).sum() / np.square(drawn).sum())
        scaled[key] = style
    return scaled


def moved_measure(direction: Direction, portraits: list[Portrait], models: Models, judges: Judges) -> float:
    """Half of what +1 and -1 of a direction move its own measure apart, the mean over portraits."""
    shape, name = models.get(LINEAR), direction.name
    up, down = (measure(*draw(portraits, {name: a}, (direction,), models), shape, judges)[name] for a in (1.0, -1.0))
    return float((up - down).mean() / 2)


def calibrate(
    styles: Arrays, linear: dict[str, Direction], portraits: list[Portrait], models: Models, judges: Judges
) -> Arrays:
    """The styles, those that are not the mesh's each moving their measure by what the linear model's direction does."""
    shape, scaled = models.get(LINEAR), dict(styles)
    for name in (*BY_APPEARANCE, *BY_CLASSIFIER, *BY_REGION):          # of the others the mesh moves the measure
        if f"{name}.style" not in styles:
            continue
        wanted, factor = moved_measure(linear[name], portraits, models, judges), 1.0
        for _ in range(ROUNDS):
            style = {f"{name}.style": styles[f"{name}.style"] * np.float32(factor)}
            moved = moved_measure(drawn_by(linear[name], style, shape), portraits, models, judges)
            factor = float(np.clip(factor * wanted / max(moved, 1e-6), 1 / MOST, BY_REGION.get(name, MOST)))
        print(f"{name:12} linear {wanted:.3f}, drawn {moved:.3f}, then x{factor:.2f}", flush=True)
        scaled[f"{name}.style"] = styles[f"{name}.style"] * np.float32(factor)
    return scaled


if __name__ == "__main__":
    torch.set_num_threads(2)
    models, judges = Models(), Judges()
    linear = {each.name: each for each in directions_of(models, LINEAR)}
    turned = [face for face in training_faces("fit", models) if abs(yaw_of(face.mesh)) < MOST_TURNED]
    styles = fit(turned, frames_of("fit", models), linear, models, judges)
    chosen = [face for face in training_faces("choose", models, mirror=False) if abs(yaw_of(face.mesh)) < MOST_TURNED]
    portraits = [Portrait(face.image).with_image(face.image, mesh=face.mesh) for face in chosen[::EVERY]]
    styles = bring_to_scale(styles, linear, portraits, models)
    styles = calibrate(styles, linear, portraits, models, judges)
    save_file(styles, CHECKPOINTS / "generator_directions" / "weights.safetensors")
