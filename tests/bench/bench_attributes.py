"""How long a person waits in the Attributes tab. Run by `make bench` on an otherwise idle machine."""

import itertools
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from editors.attributes.step import ShiftAttributes
from editors.canvas import canvas_of, reduced
from editors.glasses import glasses_of
from editors.images import encode_preview
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.semantic.shapes import placed, removed
from editors.semantic.step import MaskEdit

ASTRONAUT = Path(__file__).parents[2] / "examples" / "portraits" / "astronaut.png"
DISPLAY = 1024


def photograph(width: int, height: int):
    """The astronaut's head and shoulders at this size."""
    pixels = Portrait.open(ASTRONAUT).image[:384, 32:416]
    side = min(width, height)
    large = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_CUBIC)
    return cv2.copyMakeBorder(large, 0, height - side, 0, width - side, cv2.BORDER_REFLECT)


def anew(image: np.ndarray) -> Callable[[], tuple[tuple[Portrait], dict]]:
    """Before each round: the photograph a shade darker than ever before. Networks keep what they saw last."""
    shades = itertools.count(1)
    return lambda: ((Portrait(cv2.subtract(image, (next(shades),) * 4)),), {})


@pytest.fixture(scope="module")
def portrait(models):
    portrait = Portrait(photograph(1024, 1024))
    canvas_of(portrait, models)
    return portrait


TICKS = [{"smile": 1.5}, {"hair_light": 1.0}, {"beard": 2.0}, {"smile": 1.0, "age": 1.0, "yaw": 0.5}]


@pytest.mark.parametrize("amounts", TICKS, ids=str)
def test_tick_of_a_slider_at_1024(benchmark, portrait, models, amounts):
    step = ShiftAttributes(amounts=amounts)
    step.quick(portrait, models)
    benchmark(lambda: encode_preview(step.quick(portrait, models).image, DISPLAY))


@pytest.fixture(scope="module")
def wearing(portrait, models):
    """The portrait in glasses of the library."""
    labels = placed(labels_of(portrait, models), "glasses", "round")
    wearing = MaskEdit(labels=labels).apply(portrait, models)
    assert glasses_of(wearing, models) is not None
    return wearing


@pytest.mark.parametrize("amounts", [{"smile": 1.5}, {"yaw": 1.0}], ids=str)
def test_tick_of_a_slider_in_glasses_at_1024(benchmark, wearing, models, amounts):
    step = ShiftAttributes(amounts=amounts)
    step.quick(wearing, models)
    benchmark(lambda: encode_preview(step.quick(wearing, models).image, DISPLAY))


def test_glasses_taken_off_at_1024(benchmark, wearing, models):
    labels = labels_of(wearing, models)
    step = MaskEdit(labels=removed(labels, "eyeglasses"), original=labels)
    benchmark.pedantic(lambda portrait: step.apply(portrait, models), setup=anew(wearing.image), rounds=3)


def test_release_of_a_slider_at_1024(benchmark, portrait, models):
    benchmark(ShiftAttributes(amounts={"smile": 1.5}).apply, portrait, models)


def test_opening_a_photograph_of_1024(benchmark, portrait, models):
    benchmark.pedantic(lambda portrait: canvas_of(portrait, models), setup=anew(portrait.image), rounds=5)


def test_opening_a_photograph_of_12_megapixels(benchmark, models):
    setup = anew(photograph(3000, 4000))
    benchmark.pedantic(lambda portrait: canvas_of(portrait, models), setup=setup, rounds=3)


def test_tick_of_a_slider_at_12_megapixels(benchmark, models):
    small = reduced(Portrait(photograph(3000, 4000)), DISPLAY, models)
    step = ShiftAttributes(amounts={"smile": 1.5})
    step.quick(small, models)
    benchmark(lambda: encode_preview(step.quick(small, models).image, DISPLAY))


def test_release_of_a_slider_at_12_megapixels(benchmark, models):
    large = Portrait(photograph(3000, 4000))
    step = ShiftAttributes(amounts={"smile": 1.5})
    step.apply(large, models)
    benchmark.pedantic(step.apply, (large, models), rounds=3)


def test_starting_until_the_page_is_served(benchmark):
    def start():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "app.py", "--port", str(port), "--offline"]
        with subprocess.Popen(command, cwd=ASTRONAUT.parents[2], stdout=subprocess.DEVNULL) as app:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.05)
            app.terminate()

    benchmark.pedantic(start, rounds=2)
    benchmark.extra_info["peak resident memory of the app, MB"] = round(
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    )
