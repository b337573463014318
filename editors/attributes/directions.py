"""Named directions: what one unit of each attribute does to a face's mesh, its appearance and its tones."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ..carry import Edit
from ..catalogue import GENERATOR
from ..errors import SettingError
from ..measures import rotation_by
from ..models import Models
from ..networks.face_shape import FaceShape
from ..step import check_number
from .fitted import fitted_of, is_fitted
from .places import place
from .step import EMBEDDED, LINEAR

TONE_BESIDE = 0.4
"""Of a region's tone beside what the generator draws of it: hair that leaves the rings is told by nothing else."""
GROUPS: dict[str, tuple[str, ...]] = {
    "expression": ("smile", "mouth_open", "eyes_open", "brows_raised"),
    "age": ("age", "masculine", "beard"),
    "shape": ("face_width", "jaw", "nose_width", "lips_full"),
    "pose": ("yaw", "pitch"),
    "hair": ("hair_light",),
    "light": ("skin_light", "light_side"),
}
"""Every direction by the group it is shown in; a direction the model does not have is not shown."""


PARTED = 0.05
"""Eye distances that lips lie apart, at least, for each unit of what parts them."""
CREASING = 0.6
"""Power of the amount that lines of age deepen with."""


@dataclass(frozen=True, eq=False)
class Direction:
    """One attribute. An amount of 1 is one standard deviation of the people the model was fitted on.

    movement:  float32 (468, 3) of the mesh for one unit, in units of the mean face
    change:    float32 (S, S, 3) in the mesh-normalised frame for one unit, in 0..255
    tones:     label group -> change of CIELAB lightness, a and b for one unit
    yaw, pitch: degrees of turn for one unit
    shade:     float32 (S, S) in the frame for one unit, in levels of 255 of well-lit skin; None where there is none
    relief:    float32 (S, S) logarithm of what one unit above zero deepens wrinkles by; None leaves them
    smooth:    float32 (S, S) logarithm of what one unit below zero flattens folds by; None leaves them
    hairs:     float32 (S, S) how full a beard one unit above zero grows; None grows none
    creases:   how deep the lines of age that one unit above zero draws are; more units deepen them ever less
    grey:      share of the hair that one unit above zero turns grey; two turn four times as much
    sides:     how much of all this one unit below zero takes, and one above: faces do not answer alike both ways
    below:     as movement, for amounts below zero; None is movement there, too: a mouth that stops smiling closes
    parting:   float (468, 3), a mouth that opens as far as lips must lie `PARTED` apart for each unit above zero, as a
               smile bares teeth; None leaves lips as the movement has them
    style:     float32 (Z,) change of the styles of a generator for one unit; None where it draws nothing
    reach:     float32 (S, S) 0..1 where what it draws may change the appearance; None is everywhere
    region:    of `tone_regions.TONES` that what it draws keeps to in the photograph; empty is all
    unit:      what one unit is, in words
    """

    name: str
    group: str
    low: float
    high: float
    unit: str
    model: str
    movement: np.ndarray
    change: np.ndarray
    tones: Mapping[str, np.ndarray] = field(default_factory=dict)
    yaw: float = 0.0
    pitch: float = 0.0
    shade: np.ndarray | None = None
    relief: np.ndarray | None = None
    sides: tuple[float, float] = (1.0, 1.0)
    style: np.ndarray | None = None
    reach: np.ndarray | None = None
    region: str = ""
    below: np.ndarray | None = None
    smooth: np.ndarray | None = None
    hairs: np.ndarray | None = None
    creases: float = 0.0
    grey: float = 0.0
    parting: np.ndarray | None = None

    @property
    def recoloured(self) -> tuple[str, ...]:
        """Regions of `tone_regions.TONES` whose colour it changes."""
        return tuple(dict.fromkeys([*self.tones, *(["hair"] if self.grey else [])]))

    def moved(self, amount: float) -> np.ndarray:
        """Movement (468, 3) of the mesh for an amount of units."""
        return self.scaled(amount) * (self.below if amount < 0 and self.below is not None else self.movement)

    def scaled(self, amount: float) -> float:
        """How many times its arrays an amount of units is."""
        return float(amount) * self.sides[amount > 0]


def check_generator(models: Models, model_id: str) -> None:
    """Raise ModelError for a model that does not exist, SettingError for one that draws no faces."""
    if models.card(model_id).role != GENERATOR:
        others = ", ".join(card.id for card in models.cards() if card.role == GENERATOR)
        raise SettingError(f"model is {model_id[:80]!r}, which draws no faces; it can be {others}.")


def are_fitted(models: Models, model_id: str) -> bool:
    """Whether directions were fitted for a generator; nothing is loaded."""
    return model_id in (LINEAR, EMBEDDED) or is_fitted(models, model_id)


def directions_of(models: Models, model_id: str = LINEAR) -> tuple[Direction, ...]:
    """The directions fitted for a generator, in the order they are shown.

    Raises ModelError where the generator is not here, SettingError where it has none yet or is none.
    """
    check_generator(models, model_id)
    shape = models.get(LINEAR)
    arrays = models.get("attribute_directions") if model_id in (LINEAR, EMBEDDED) else fitted_of(models, model_id)
    found = [
        direction_of(arrays, shape, model_id, group, name)
        for group, names in GROUPS.items()
        for name in names
        if f"{name}.range" in arrays
    ]
    if model_id == EMBEDDED:
        found = [drawn_by(each, models.get("generator_directions"), shape) for each in found]
    return tuple(found)


def drawn_by(direction: Direction, styles: Mapping[str, np.ndarray], shape: FaceShape) -> Direction:
    """A direction of the linear model whose change of appearance is drawn by the generator on top of it."""
    style, direction = styles.get(f"{direction.name}.style"), replace(direction, model=EMBEDDED)
    if style is None:
        return direction
    still, region = np.zeros_like(direction.change), next(iter(direction.tones), "")
    tones = {name: TONE_BESIDE * shift for name, shift in direction.tones.items()}
    reach, style = place(direction.name, shape), style.astype(np.float32)
    return replace(direction, change=still, tones=tones, style=style, reach=reach, region=region)


def direction_of(
    arrays: Mapping[str, np.ndarray], shape: FaceShape, model_id: str, group: str, name: str
) -> Direction:
    """The direction called `name` among arrays: those of `checkpoints/attribute_directions`, or fitted ones."""
    change = np.zeros((*shape.frame.inside.shape, 3), np.float32)
    if f"{name}.change" in arrays:
        change[shape.frame.inside] = arrays[f"{name}.change"]
    movement = arrays.get(f"{name}.movement", np.zeros_like(shape.mean_mesh)).astype(np.float64)
    tones = {key.split(".tone.")[1]: value for key, value in arrays.items() if key.startswith(f"{name}.tone.")}
    shade, relief, smooth, hairs = (
        shape.frame.spread(arrays[f"{name}.{part}"]) if f"{name}.{part}" in arrays else None
        for part in ("shade", "relief", "smooth", "hairs")
    )
    low, high = (float(bound) for bound in arrays[f"{name}.range"])
    size, *turn = (float(number) for number in arrays[f"{name}.unit"])
    style = arrays.get(f"{name}.style")
    reach = place(name, shape) if style is not None else None
    sides = tuple(float(side) for side in arrays.get(f"{name}.sides", (1.0, 1.0)))
    below, parting = arrays.get(f"{name}.below"), arrays.get(f"{name}.parting")
    return Direction(
        name, group, low, high, _unit(name, size), model_id, movement, change, tones, *turn, shade, relief, sides,
        style, reach, below=below if below is None else below.astype(np.float64), smooth=smooth, hairs=hairs,
        creases=float(arrays.get(f"{name}.creases", (0.0,))[0]), grey=float(arrays.get(f"{name}.grey", (0.0,))[0]),
        parting=parting if parting is None else parting.astype(np.float64),
    )


def _unit(name: str, size: float) -> str:
    words = {"age": "years", "yaw": "degrees", "pitch": "degrees", "hair_light": "of CIELAB lightness",
             "skin_light": "of CIELAB lightness", "light_side": "of CIELAB lightness from side to side",
             "beard": "of CIELAB lightness, chin against cheeks", "masculine": "on the classifier's scale",
             "jaw": "of the face's width"}
    return f"{size:.2g} {words.get(name, 'eye distances')}"


def check_amounts(amounts: Mapping[str, float], directions: tuple[Direction, ...]) -> None:
    """Raise SettingError, by name, for a direction that does not exist or an amount outside its bounds."""
    known = {direction.name: direction for direction in directions}
    for name, amount in amounts.items():
        if name not in known:
            raise SettingError(f"There is no direction called {name!r}; there are {', '.join(known)}.")
        check_number(name, amount, known[name].low, known[name].high)


def edit_of(amounts: Mapping[str, float], directions: tuple[Direction, ...]) -> Edit:
    """The sum of directions, each by its amount, without what a generator draws of them."""
    used = [(each, each.scaled(amounts[each.name])) for each in directions if amounts.get(each.name)]
    movement, change = np.zeros_like(directions[0].movement), np.zeros_like(directions[0].change)
    tones: dict[str, np.ndarray] = {}
    yaw = pitch = 0.0
    for direction, amount in used:
        movement += direction.moved(amounts[direction.name])
        change += np.float32(amount) * direction.change
        yaw, pitch = yaw + amount * direction.yaw, pitch + amount * direction.pitch
        for name, shift in direction.tones.items():
            tones[name] = tones.get(name, np.zeros(3)) + amount * shift
    turn = rotation_by(yaw, pitch) if yaw or pitch else None
    shade = _sum([(amount, each.shade) for each, amount in used])
    relief = _sum([(amount, each.relief) for each, amount in used if amount > 0])
    smooth = _sum([(-amount, each.smooth) for each, amount in used if amount < 0])
    beard = _sum([(amount, each.hairs) for each, amount in used if amount > 0])
    creases = sum(each.scaled(1) * each.creases * amounts[each.name] ** CREASING for each, amount in used if amount > 0)
    grey = min(1.0, sum(amounts[each.name] ** 2 * each.grey for each, amount in used if amount > 0))
    parted = sum(PARTED * amounts[each.name] for each, amount in used if amount > 0 and each.parting is not None)
    parting = next((each.parting for each, _ in used if each.parting is not None), None) if parted else None
    return Edit(movement, change, tones, turn, relief, shade, smooth, beard, creases, grey, parting, parted)


def _sum(parts: list[tuple[float, np.ndarray | None]]) -> np.ndarray | None:
    """The sum of arrays, each by its amount; None where there are none."""
    scaled = [np.float32(amount) * array for amount, array in parts if array is not None]
    return sum(scaled) if scaled else None
