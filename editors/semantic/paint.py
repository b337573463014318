"""What no movement explains is painted, each label by its painter.

A painter takes a scene and the region to paint, bool (H, W), and lays it over the scene.
"""

import numpy as np

from ..labels import EYES, IDS
from ..scene import Scene
from ..surfaces import auricle, cloth, ground, neck, skin
from . import features, objects
from .eyes import eyes, lid, shut_eyes
from .hair import hair
from .movement import new_ears


def ear(scene: Scene, region: np.ndarray) -> None:
    """An ear: skin, and where none was seen before its helix, its hollow and the shadow in which it joins the face."""
    skin(scene, region)
    for name in new_ears(scene.own.labels, scene.labels, scene.eyes) if scene.own else ():
        if (region & scene.where(name)).any():
            auricle(scene, scene.where(name))


def face(scene: Scene, region: np.ndarray) -> None:
    """Skin, and lids where it is painted over eyes."""
    skin(scene, region)
    shut = shut_eyes(scene.own.labels, scene.labels, scene.eyes) & region if scene.own else np.zeros_like(region)
    for name in EYES:
        if shut[scene.own.labels == IDS[name]].any() if scene.own else False:
            lid(scene, name)


PAINTERS = {
    "background": ground, "cloth": cloth, "neck": neck, "left ear": ear, "right ear": ear, "skin": face, "nose": skin,
    "mouth": features.mouth, "upper lip": features.lips, "lower lip": features.lips, "left eye": eyes,
    "right eye": eyes, "left brow": features.brow, "right brow": features.brow, "hair": hair,
    "hat": objects.hat, "necklace": objects.jewel, "earring": objects.jewel, "eyeglasses": objects.glasses,
}
"""What paints each label, from the back to the front."""
