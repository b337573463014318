"""Stable Diffusion as the painter of holes: lines guide it through a ControlNet, words say what is wanted.

A window around the hole is drawn at the model's own size and brought back, so that a small hole in a large photograph
is painted sharply (Rombach et al. 2022, https://arxiv.org/abs/2112.10752; Zhang et al. 2023,
https://arxiv.org/abs/2302.05543). Few steps suffice with additions that were distilled for it (Luo et al. 2023,
https://arxiv.org/abs/2311.05556; Ren et al. 2024, https://arxiv.org/abs/2404.13686).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..areas import Box
from ..blend import blend, without_hole
from ..errors import SettingError
from ..models import Models
from ..portrait import Portrait
from .fill import fill
from .paint import Drawing, Manner
from .surroundings import keep_colours, match_grain

if TYPE_CHECKING:
    import torch

PAINTER, CONTROL = "inpainting_sd15", "controlnet_scribble_sd15"
LEAST_WINDOW = 96
"""Short side in pixels of the smallest window: less shows nothing of what is around."""
Told = Callable[[float, Box, np.ndarray], None]
"""Is told the share that is done, 0..1, and how a window of the photograph, uint8 (h, w, 3), looks by now.

It stops the drawing by raising an EditError.
"""


@dataclass(frozen=True)
class Preset:
    """How many steps a picture takes: the scheduler of diffusers that takes them, and what makes few suffice.

    addition: id of the model whose weights are added, empty for none
    most:     steps that the scheduler can take
    """

    scheduler: str
    steps: int
    guidance: float
    addition: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    most: int = 100


PRESETS = {
    "full": Preset("DPMSolverMultistepScheduler", 25, 7.5),
    "lcm": Preset("LCMScheduler", 4, 1.5, "lcm_lora_sd15", {"original_inference_steps": 50}, most=50),
    "hyper": Preset("DDIMScheduler", 4, 1.0, "hyper_sd15_lora", {"timestep_spacing": "trailing"}),
}


@dataclass(frozen=True)
class Wish:
    """What is asked of Stable Diffusion besides what was drawn; `SketchFill` says what each means and allows."""

    prompt: str
    negative: str
    preset: str
    steps: int
    guidance: float
    renewal: float
    control: float
    context: float


def needed(preset: str, with_lines: bool) -> tuple[str, ...]:
    """Ids of the models of the Hub that a drawing takes."""
    wanted = (PAINTER, CONTROL if with_lines else "", PRESETS[preset].addition)
    return tuple(model_id for model_id in wanted if model_id)


def diffuse(
    portrait: Portrait, drawing: Drawing, models: Models, manner: Manner, wish: Wish,
    told: Told = lambda *_: None,
) -> np.ndarray:
    """The photograph with its hole painted: uint8 (H, W, 3), outside the hole bit-identical.

    Raises ModelError where a model is not on this machine, SettingError for steps or words that it cannot take.
    """
    most = PRESETS[wish.preset].most
    if wish.steps > most:
        raise SettingError(f"steps is {wish.steps}; the preset {wish.preset} takes {most} at most. Ask for fewer, or "
                           "choose the preset full.")
    blank, hole = without_hole(portrait.image, drawing.hole), drawing.hole
    x0, y0, x1, y1 = window = window_of(hole, wish.context)
    name = f"diffusion {_digest(drawing, manner, wish)}"
    # What joining asks for can change without drawing again.
    drawn = portrait.fact(name, lambda: _draw(portrait, blank, drawing, models, manner, wish, told))
    inside, under = hole[y0:y1, x0:x1], blank[y0:y1, x0:x1]
    picture = keep_colours(drawn.astype(np.float32), drawing.colours[y0:y1, x0:x1], inside)
    if manner.grain:
        picture += np.float32(manner.grain) * (match_grain(picture, under, inside, manner.seed) - picture)
    result, picture = blank.copy(), np.round(picture).clip(0, 255).astype(np.uint8)
    result[y0:y1, x0:x1] = picture if hole.all() else blend(under, picture, inside, manner.blend, manner.width)
    told(1.0, window, result[y0:y1, x0:x1])
    return result


def _digest(drawing: Drawing, manner: Manner, wish: Wish) -> str:
    digest = hashlib.sha256(repr((manner.seed, astuple(wish))).encode())
    for layer in (drawing.hole, drawing.lines, drawing.colours):
        digest.update(layer.tobytes())
    return digest.hexdigest()


def window_of(hole: np.ndarray, context: float) -> Box:
    """The part of a photograph that is drawn: the hole with `context` times its size around it, square where it can be.

    hole: bool (H, W), True = repaint;  Returns x0, y0, x1, y1 in its pixels.
    """
    ends = [np.flatnonzero(hole.any(axis))[[0, -1]] + [0, 1] for axis in (0, 1)]           # columns, rows
    side = max(LEAST_WINDOW, (1 + 2 * context) * max(last - first for first, last in ends))
    window = []
    for (first, last), most in zip(ends, hole.shape[::-1], strict=True):
        width = min(round(side), most)
        start = int(np.clip(round((first + last - width) / 2), 0, most - width))
        window.append((start, start + width))
    (x0, x1), (y0, y1) = window
    return x0, y0, x1, y1


# --- drawing -------------------------------------------------------------------------------------------------------

def _draw(
    portrait: Portrait, blank: np.ndarray, drawing: Drawing, models: Models, manner: Manner, wish: Wish, told: Told
) -> np.ndarray:
    """The window as Stable Diffusion draws it, uint8 (h, w, 3)."""
    from .diffusion_parts import check_words, diffuser_of

    x0, y0, x1, y1 = window = window_of(drawing.hole, wish.context)
    diffuser = diffuser_of(models, PRESETS[wish.preset].addition, needed(wish.preset, drawing.lines.any()))
    check_words(diffuser.parts["tokenizer"], wish)
    # It begins from what the embedded painter makes of the drawing, never from what was under the hole.
    started = fill(portrait, drawing, models, Manner(manner.seed, grain=0.0))[y0:y1, x0:x1]
    told(0.02, window, started)
    size = drawn_size((y1 - y0, x1 - x0), diffuser.side)
    lines = drawing.lines[y0:y1, x0:x1]
    asked = Asked(
        _resized(started, size), _resized(drawing.hole[y0:y1, x0:x1].astype(np.uint8) * 255, size) > 0,
        _resized(lines, size) if lines.any() else None, manner.seed, wish,
    )
    inside = drawing.hole[y0:y1, x0:x1]

    def shown(share: float, small: np.ndarray) -> None:
        seen = cv2.resize(small, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC)
        told(share, window, np.where(inside[..., None], seen, blank[y0:y1, x0:x1]))

    drawn = diffuser.draw(asked, shown)
    return _resized(drawn, (y1 - y0, x1 - x0))


def drawn_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Height and width that a window is drawn at: its longer side is `side`, both are multiples of 8."""
    scale = side / max(size)
    return tuple(max(8, 8 * round(length * scale / 8)) for length in size)


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture at another height and width, without aliasing."""
    smaller = size[0] * size[1] < picture.shape[0] * picture.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(picture), size[::-1], interpolation=way)


@dataclass(frozen=True, eq=False)
class Asked:
    """One drawing at the model's size.

    picture: uint8 (H, W, 3), what it begins from;  hole: bool (H, W);  lines: float32 (H, W) in 0..1, None for none
    """

    picture: np.ndarray
    hole: np.ndarray
    lines: np.ndarray | None
    seed: int
    wish: Wish


class Diffuser:
    """The parts of a pipeline, used by one drawing at a time.

    parts:   what pipelines of diffusers take by name; `controlnet` only where it is here
    device:  "cpu", "cuda" or "mps"
    """

    def __init__(self, parts: dict[str, Any], device: str, lock: Any):
        self.parts, self.device, self.lock = parts, device, lock

    @property
    def side(self) -> int:
        """Side in pixels of the pictures it was trained on."""
        depth = len(self.parts["vae"].config.block_out_channels) - 1
        return self.parts["unet"].config.sample_size * 2**depth

    def draw(self, asked: Asked, shown: Callable[[float, np.ndarray], None]) -> np.ndarray:
        """The picture, uint8 (H, W, 3); shown is given the share done and a small picture after each step."""
        import torch

        wish, preset = asked.wish, PRESETS[asked.wish.preset]
        with self.lock, torch.inference_mode():
            pipe = self._pipeline(preset, asked.lines is not None)
            seen = latent_colours(pipe.vae, asked.picture)

            def after(pipe: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
                shown((step + 1) / (pipe.num_timesteps + 1), seen(values["latents"]))
                return values

            guided = {} if asked.lines is None else {
                "control_image": _picture(np.repeat(np.round(asked.lines.clip(0, 1) * 255)[..., None], 3, 2)),
                "controlnet_conditioning_scale": wish.control,
            }
            try:
                made = pipe(
                    prompt=wish.prompt, negative_prompt=wish.negative or None, image=_picture(asked.picture),
                    mask_image=_picture(asked.hole * 255), height=len(asked.picture), width=asked.picture.shape[1],
                    num_inference_steps=_steps(wish, preset), guidance_scale=wish.guidance or preset.guidance,
                    strength=wish.renewal, generator=torch.Generator("cpu").manual_seed(asked.seed),
                    callback_on_step_end=after, output_type="np", **guided,
                )
            finally:
                pipe.maybe_free_model_hooks()
        return np.round(made.images[0] * 255).clip(0, 255).astype(np.uint8)

    def _pipeline(self, preset: Preset, with_lines: bool) -> Any:
        """A pipeline of the parts with a scheduler of its own, where it is to run."""
        import diffusers

        taken = {name: part for name, part in self.parts.items() if with_lines or name != "controlnet"}
        name = "StableDiffusionControlNetInpaintPipeline" if with_lines else "StableDiffusionInpaintPipeline"
        scheduler = getattr(diffusers, preset.scheduler).from_config(taken.pop("scheduler"), **preset.options)
        judge = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
        pipe = getattr(diffusers, name)(**taken, scheduler=scheduler, **judge)
        pipe.set_progress_bar_config(disable=True)
        settle(pipe, self.device)
        return pipe


def _steps(wish: Wish, preset: Preset) -> int:
    """Steps of a whole drawing, of which the share `renewal` is taken: at least one."""
    return max(wish.steps or preset.steps, int(np.ceil(1 / wish.renewal)))


def _picture(pixels: np.ndarray) -> Any:
    from PIL import Image

    return Image.fromarray(pixels.astype(np.uint8))


def settle(pipe: Any, device: str) -> None:
    """Bring a pipeline where it runs, sparing memory where there is little: parts wait on the processor by turns."""
    import torch

    pipe.vae.enable_slicing()
    if device != "cuda":
        pipe.to(device)
        if device == "mps":
            pipe.enable_attention_slicing()
    elif torch.cuda.mem_get_info()[0] > PLENTY:
        pipe.to(device)
    else:
        pipe.vae.enable_tiling()
        pipe.enable_model_cpu_offload()


PLENTY = 6_000_000_000
"""Free bytes on a GPU from which all parts stay there."""


def latent_colours(vae: Any, picture: np.ndarray) -> "Callable[[torch.Tensor], np.ndarray]":
    """How latents look, small and without decoding: the affine map to colours that fits this picture best.

    picture: uint8 (H, W, 3);  the function returned takes latents (1, C, h, w) -> uint8 (h, w, 3)
    """
    import torch

    x = torch.tensor(picture).permute(2, 0, 1)[None].to(vae.device, vae.dtype) / 127.5 - 1
    known = vae.encode(x).latent_dist.mean[0].flatten(1).float().cpu() * vae.config.scaling_factor     # (C, h * w)
    shape = [length // 2 ** (len(vae.config.block_out_channels) - 1) for length in picture.shape[:2]]
    wanted = torch.tensor(cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_AREA)).float().flatten(0, 1)
    with_one = torch.cat([known, torch.ones(1, known.shape[1])]).T                                     # (h * w, C + 1)
    colours = torch.linalg.lstsq(with_one, wanted, driver="gelsd").solution                            # (C + 1, 3)

    def seen(latents: "torch.Tensor") -> np.ndarray:
        flat = latents[0].flatten(1).float().cpu().T
        return (flat @ colours[:-1] + colours[-1]).reshape(*shape, 3).clamp(0, 255).byte().numpy()

    return seen
