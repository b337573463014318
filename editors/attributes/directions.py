"""Named directions: what one unit of each attribute does to a face's mesh, its appearance and its tones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..carry import Edit
from ..errors import SettingError
from ..measures import rotation_by
from ..models import Models
from ..networks.face_shape import FaceShape
from ..step import check_number

GROUPS: dict[str, tuple[str, ...]] = {
    "expression": ("smile", "mouth_open", "eyes_open", "brows_raised"),
    "age": ("age", "masculine", "beard"),
    "shape": ("face_width", "jaw", "nose_width", "lips_full"),
    "pose": ("yaw", "pitch"),
    "hair": ("hair_light",),
    "light": ("skin_light", "light_side"),
}
"""Every direction by the group it is shown in; a direction the model does not have is not shown."""


@dataclass(frozen=True, eq=False)
class Direction:
    """One attribute. An amount of 1 is one standard deviation of the people the model was fitted on.

    movement:  float32 (468, 3) of the mesh for one unit, in units of the mean face
    change:    float32 (S, S, 3) in the mesh-normalised frame for one unit, in 0..255
    tones:     label group -> change of CIELAB lightness, a and b for one unit
    yaw, pitch: degrees of turn for one unit
    relief:    float32 (S, S) logarithm of what one unit deepens wrinkles by; None leaves them
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
    relief: np.ndarray | None = None


def directions_of(models: Models, model_id: str = "face_shape") -> tuple[Direction, ...]:
    """The directions fitted for a generator, in the order they are shown."""
    arrays, shape = models.get("attribute_directions"), models.get("face_shape")
    return tuple(
        direction_of(arrays, shape, model_id, group, name)
        for group, names in GROUPS.items()
        for name in names
        if f"{name}.range" in arrays
    )


def direction_of(
    arrays: Mapping[str, np.ndarray], shape: FaceShape, model_id: str, group: str, name: str
) -> Direction:
    """The direction called `name` among the arrays of `checkpoints/attribute_directions`."""
    change = np.zeros((*shape.frame.inside.shape, 3), np.float32)
    if f"{name}.change" in arrays:
        change[shape.frame.inside] = arrays[f"{name}.change"]
    movement = arrays.get(f"{name}.movement", np.zeros_like(shape.mean_mesh)).astype(np.float64)
    tones = {key.split(".tone.")[1]: value for key, value in arrays.items() if key.startswith(f"{name}.tone.")}
    relief = None
    if f"{name}.relief" in arrays:
        relief = np.zeros(shape.frame.inside.shape, np.float32)
        relief[shape.frame.inside] = arrays[f"{name}.relief"]
    low, high = (float(bound) for bound in arrays[f"{name}.range"])
    size, *turn = (float(number) for number in arrays[f"{name}.unit"])
    return Direction(name, group, low, high, _unit(name, size), model_id, movement, change, tones, *turn, relief)


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
    """The sum of directions, each by its amount."""
    used = [(direction, float(amounts[direction.name])) for direction in directions if amounts.get(direction.name)]
    movement, change = np.zeros_like(directions[0].movement), np.zeros_like(directions[0].change)
    tones: dict[str, np.ndarray] = {}
    reliefs = [np.float32(amount) * direction.relief for direction, amount in used if direction.relief is not None]
    yaw = pitch = 0.0
    for direction, amount in used:
        movement += amount * direction.movement
        change += np.float32(amount) * direction.change
        yaw, pitch = yaw + amount * direction.yaw, pitch + amount * direction.pitch
        for name, shift in direction.tones.items():
            tones[name] = tones.get(name, np.zeros(3)) + amount * shift
    turn = rotation_by(yaw, pitch) if yaw or pitch else None
    return Edit(movement, change, tones, turn, sum(reliefs) if reliefs else None)
