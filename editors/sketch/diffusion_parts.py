"""Read the parts of Stable Diffusion from files that were checked: safetensors only, no code of a repository.

Each part is read by the class named here, never by one that a repository's own index names.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import choose_device
from ..errors import ModelError
from ..models import Models
from .diffusion import CONTROL, PAINTER, Diffuser

if TYPE_CHECKING:
    import torch

Files = Mapping[str, Path]


def diffuser_of(models: Models, addition: str, needed: tuple[str, ...]) -> Diffuser:
    """The painter with an addition ("" for none), made once. Raises ModelError where something is not here.

    needed: ids that this drawing takes
    """
    for model_id in needed:
        if not models.is_here(model_id):
            models.get(model_id)  # says what is missing, how large it is and how to have it
    ids = tuple(model_id for model_id in (PAINTER, CONTROL, addition) if model_id and models.is_here(model_id))
    key = "diffuser " + " ".join(f"{model_id}:{models.fingerprint(model_id)}" for model_id in ids)
    return models.keep(key, lambda: _read_all(models, ids))


def _read_all(models: Models, ids: tuple[str, ...]) -> Diffuser:
    device = choose_device(models.device)
    files = {model_id: models.get(model_id) for model_id in ids}
    try:
        parts = _read_parts(files, number_format(device))
    except ImportError as error:
        raise ModelError(f"Stable Diffusion needs {error.name}, which is not installed. Run: "
                         "pip install diffusers transformers accelerate") from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"The files of {', '.join(ids)} are no Stable Diffusion 1.5 ({reason}). Remove them with "
                         f"`python -m editors models --free {ids[0]}` and fetch them again.") from error
    return Diffuser(parts, device, threading.Lock())


def number_format(device: str) -> "torch.dtype":
    """Half precision on a GPU, what the processor multiplies quickest elsewhere."""
    import torch

    from ..networks.face_generator import quick_dtype

    return torch.float16 if device in ("cuda", "mps") else quick_dtype()


def _read_parts(files: Mapping[str, Files], dtype: "torch.dtype") -> dict[str, Any]:
    """The parts by the names that pipelines of diffusers give them; the scheduler is its settings."""
    from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    painter = files[PAINTER]
    folder = _folder(painter, "unet/config.json")
    parts = {
        "vae": _read(AutoencoderKL, folder / "vae", painter, dtype),
        "text_encoder": _read(CLIPTextModel, folder / "text_encoder", painter, dtype),
        "tokenizer": CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True),
        "unet": _read(UNet2DConditionModel, folder / "unet", painter, dtype),
        "scheduler": json.loads(painter["scheduler/scheduler_config.json"].read_text(encoding="utf-8")),
    }
    for model_id, found in files.items():
        if model_id == CONTROL:
            parts["controlnet"] = _read(ControlNetModel, _folder(found, "config.json"), found, dtype)
        elif model_id != PAINTER:
            _add(parts["unet"], next(iter(found.values())))
    for part in parts.values():
        if hasattr(part, "requires_grad_"):
            part.eval().requires_grad_(False)
    return parts


def _folder(files: Files, name: str) -> Path:
    """The folder that a file's name begins in."""
    return files[name].parents[name.count("/")]


def _read(kind: type, folder: Path, files: Files, dtype: "torch.dtype") -> Any:
    variant = "fp16" if any(".fp16." in name for name in files) else None
    return kind.from_pretrained(
        folder, variant=variant, use_safetensors=True, local_files_only=True, dtype=dtype, low_cpu_mem_usage=True
    )


def _add(unet: Any, file: Path) -> None:
    """Add low-rank additions to a network's weights: Hu et al. 2021, https://arxiv.org/abs/2106.09685, equation 3.

    file: safetensors, named as kohya-ss or diffusers names them. Raises KeyError or RuntimeError where they do not fit.
    """
    import torch
    from safetensors.torch import load_file

    tensors, modules = load_file(file), {name.replace(".", "_"): module for name, module in unet.named_modules()}
    found = [name for name in tensors if name.endswith((".lora_down.weight", ".lora_A.weight", ".lora.down.weight"))]
    if not found:
        raise KeyError(f"{file.name} holds no additions")
    for name in found:
        up = name.replace("lora_down", "lora_up").replace("lora_A", "lora_B").replace("lora.down", "lora.up")
        stem = name.split(".lora_down.")[0].split(".lora_A.")[0].split(".lora.down.")[0]
        module = modules[stem.removeprefix("lora_unet_").removeprefix("unet.").replace(".", "_")]
        down, up = tensors[name].float(), tensors[up].float()
        scale = float(tensors.get(f"{stem}.alpha", torch.tensor(float(len(down))))) / len(down)
        change = torch.einsum("or,r...->o...", up.flatten(1), down)
        with torch.no_grad():
            module.weight += (scale * change.reshape(module.weight.shape)).to(module.weight)
