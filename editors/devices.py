"""Where networks run, in which number format, and how much memory a model holds."""

import os
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ModelError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
APART = 1 / 255  # how far a picture in half precision may be from that in single, of the span from black to white
_HOLDS: ContextVar[bool] = ContextVar("holds", default=False)  # whether what runs now holds a lent GPU
CODE = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)


def choose_device(wanted: str = "auto") -> str:
    """"cuda", "mps" or "cpu": the one wanted, or the best there is. Raises ModelError where it is not there."""
    if wanted not in DEVICES:
        raise ModelError(f"There is no device {wanted!r}; it can be {', '.join(DEVICES)}.")
    if wanted == "cpu" or wanted == "auto" and is_lent() and not _HOLDS.get():
        return "cpu"
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(device for device, is_there in there.items() if is_there)
    if not there[wanted]:
        raise ModelError(f"{wanted} was asked for, and torch {torch.__version__} finds none on this machine; it can be "
                         f"{', '.join(['auto', *(device for device, is_there in there.items() if is_there)])}.")
    return wanted


def is_lent() -> bool:
    """Whether this is a ZeroGPU Space, where a GPU is there only while a function that asked for it runs."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def lent(function: Callable[..., Any], seconds: int = 60) -> Callable[..., Any]:
    """A function that runs on the GPU a ZeroGPU Space lends for each call; anywhere else, the function itself.

    There it runs in another process: what it is given and returns is copied, and what it changes is lost. Call this
    before torch is imported.
    """
    if not is_lent():
        return function
    import spaces  # every Space has it

    def holding(*arguments: Any) -> Any:
        held = _HOLDS.set(True)
        try:
            return function(*arguments)
        finally:
            _HOLDS.reset(held)

    return spaces.GPU(duration=seconds)(holding)


def drawing_dtype(generator: Any, device: str = "") -> "torch.dtype":
    """Number format for `generator.draw(dtype=...)`: the first quick one in which pictures hold, else float32.

    device: where it is to be quick; empty is where the generator is
    """
    import torch

    quick = quick_dtypes(device or generator.mean_style.device.type)
    return next((dtype for dtype in quick if holds(generator, dtype)), torch.float32)


def quick_dtypes(device: str) -> "list[torch.dtype]":
    """Half precision formats that are quicker than float32 there, the finer one first."""
    import torch

    from .networks.face_generator import quick_dtype

    if device == "cuda":
        return [torch.float16, torch.bfloat16]
    if device == "mps":
        return [torch.float16]
    return [quick_dtype()] if quick_dtype() != torch.float32 else []


def holds(generator: Any, dtype: "torch.dtype", seeds: range = range(4)) -> bool:
    """Whether pictures drawn in a format are those in float32: no value of any pixel further away than `APART`."""
    import torch

    with torch.inference_mode():
        for seed in seeds:
            codes = generator.codes(generator.latents([seed]))
            coarse = codes.new_zeros(1, generator.coarse_channels, generator.size, generator.size)
            given = {"coarse": coarse} if generator.coarse_channels else {}
            fine, quick = (generator.draw(codes, dtype=each, **given).clamp(-1, 1) for each in (torch.float32, dtype))
            if not float((fine - quick).abs().max() / 2) <= APART:  # not a number does not hold either
                return False
    return True


def bytes_held(model: Any) -> int:
    """Bytes of the arrays, tensors and graphs that a model holds now, each counted once.

    What a network keeps aside to be quicker is counted too; a graph of OpenCV counts as its file and what it keeps.
    """
    seen: set[int] = set()
    waiting, total = [model], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, CODE) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            waiting.extend(value)
        elif isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
            waiting.append(value.base)
        elif hasattr(value, "untyped_storage"):
            storage = value.untyped_storage()
            key = -1 - storage.data_ptr()  # views of one storage; ids are positive
            total += 0 if key in seen else storage.nbytes()
            seen.add(key)
        elif isinstance(getattr(value, "nbytes", None), int):
            total += value.nbytes
        elif hasattr(value, "__dict__"):
            waiting.extend(vars(value).values())
    return total


def release(device: str) -> None:
    """Give memory of models that left back to the device."""
    torch = sys.modules.get("torch")  # where it was never imported, nothing is on a device
    if device in ("auto", "cuda") and torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
