"""Read the parts of Stable Diffusion from files that were checked: safetensors only, no code of a repository.

Each part is read by the class named here, never by one that a repository's own index names.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import choose_device
from ..errors import ModelError, SettingError
from ..models import Models
from .diffusion import CONTROL, PAINTER, PRESETS, Diffuser, Wish

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
    return Diffuser(_read_parts(files, number_format(device)), device, threading.Lock())


@contextmanager
def _reading(model_id: str) -> Iterator[None]:
    """Raises ModelError for what goes wrong while the files of a model are read."""
    try:
        yield
    except ImportError as error:
        raise ModelError(f"Stable Diffusion needs {error.name}, which is not installed. Run: "
                         "pip install diffusers transformers accelerate") from error
    except MemoryError:
        raise
    except Exception as error:  # the libraries that read them raise errors of many kinds, some of them no narrower
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"The files of {model_id} are no Stable Diffusion 1.5 ({reason}). Remove them with "
                         f"`python -m editors models --free {model_id}` and fetch them again.") from error


def number_format(device: str) -> "torch.dtype":
    """Half precision on a GPU, what the processor multiplies quickest elsewhere."""
    import torch

    from ..networks.face_generator import quick_dtype

    return torch.float16 if device in ("cuda", "mps") else quick_dtype()


def _read_parts(files: Mapping[str, Files], dtype: "torch.dtype") -> dict[str, Any]:
    """The parts by the names that pipelines of diffusers give them; the scheduler is its settings."""
    with _reading(PAINTER):
        parts = _read_painter(files[PAINTER], dtype)
    for model_id, found in files.items():
        with _reading(model_id):
            if model_id == CONTROL:
                from diffusers import ControlNetModel

                parts["controlnet"] = _read(ControlNetModel, _folder(found, "config.json"), found, dtype)
                _expect(parts["controlnet"].config, cross_attention_dim=parts["unet"].config.cross_attention_dim)
            elif model_id != PAINTER:
                _add(parts["unet"], next(iter(found.values())))
    for part in parts.values():
        if hasattr(part, "requires_grad_"):
            part.eval().requires_grad_(False)
    return parts


def _read_painter(files: Files, dtype: "torch.dtype") -> dict[str, Any]:
    import diffusers
    import transformers
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

    transformers.utils.logging.disable_progress_bar()
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()  # they table over many lines what the error says in one
    folder = _folder(files, "unet/config.json")
    vae = _read(AutoencoderKL, folder / "vae", files, dtype)
    text = _read(CLIPTextModel, folder / "text_encoder", files, dtype, ignore_mismatched_sizes=True)
    unet = _read(UNet2DConditionModel, folder / "unet", files, dtype)
    # The length is a safe one where the tokenizer's own settings name none.
    words = CLIPTokenizer.from_pretrained(
        folder / "tokenizer", local_files_only=True, model_max_length=text.config.max_position_embeddings)
    scheduler = json.loads(files["scheduler/scheduler_config.json"].read_text(encoding="utf-8"))
    if not isinstance(scheduler, dict) or not isinstance(unet.config.sample_size, int):
        raise ValueError("the scheduler is no object, or the unet has no sample_size")
    for preset in PRESETS.values():
        getattr(diffusers, preset.scheduler).from_config(scheduler, **preset.options)
    latent = vae.config.latent_channels
    _expect(unet.config, in_channels=2 * latent + 1, out_channels=latent, cross_attention_dim=text.config.hidden_size)
    _expect(text.config, vocab_size=max(len(words), text.config.vocab_size))
    return {"vae": vae, "text_encoder": text, "tokenizer": words, "unet": unet, "scheduler": scheduler}


def _expect(config: Any, **sizes: int) -> None:
    """Raises ValueError where a part has another size than the parts around it."""
    for name, size in sizes.items():
        if getattr(config, name) != size:
            raise ValueError(f"{name} is {getattr(config, name)}, the other parts need {size}")


def check_words(tokenizer: Any, wish: Wish) -> None:
    """Raises SettingError for words that are more than the text encoder reads; the rest would be left out unsaid."""
    most = tokenizer.model_max_length - 2                                        # it begins and ends with a mark
    for name, words in (("prompt", wish.prompt), ("negative", wish.negative)):
        tokens = tokenizer(words, verbose=False).input_ids[1:-1]
        if len(tokens) > most:
            rest = tokenizer.decode(tokens[most:]).strip()[:40]
            raise SettingError(f"{name} has {len(tokens)} tokens (words, long ones in parts); Stable Diffusion reads "
                               f"{most}, and would leave out from {rest!r} on. Shorten it.")


def _folder(files: Files, name: str) -> Path:
    """The folder that a file's name begins in."""
    return files[name].parents[name.count("/")]


def _read(kind: type, folder: Path, files: Files, dtype: "torch.dtype", **options: Any) -> Any:
    """A network with every weight from its file. Raises what the libraries do, ValueError where one does not fit."""
    import torch

    variant, usual = "fp16" if any(".fp16." in name for name in files) else None, torch.get_default_dtype()
    try:
        network, found = kind.from_pretrained(
            folder, variant=variant, use_safetensors=True, local_files_only=True, dtype=dtype, low_cpu_mem_usage=True,
            output_loading_info=True, **options,
        )
    finally:
        torch.set_default_dtype(usual)  # where they fail, the libraries leave everybody another one
    wrong = sorted([*found["missing_keys"], *(name for name, *_ in found["mismatched_keys"])])
    if wrong:
        raise ValueError(f"{folder.name} lacks {', '.join(wrong[:2])} in the size of its config.json")
    return network


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
