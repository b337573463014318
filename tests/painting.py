"""What the tests of the Masks tab share: labels that are painted on the example, and what came of them."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page

from editors.semantic.step import MaskEdit

from .browser import LABELS, labels_come

FRINGE = [(195, 80), (225, 82), (255, 80)]
"""Points on the example's forehead."""


@pytest.fixture
def masks(visit):
    """Open the page at the Masks tab."""
    def opened(**options) -> Page:
        page = visit(**options)
        page.get_by_role("tab", name=re.compile("Masks|区域标签")).click()
        labels_come(page)
        return page

    return opened


def painted(page: Page) -> np.ndarray:
    return np.frombuffer(page.evaluate(LABELS).encode(), np.uint8).reshape(512, 512) - 65


def tap(page: Page, points: list[tuple[float, float]]) -> None:
    """Press at the first of these points of the photograph, move through the others, let go."""
    box = page.locator("#viewer .drawing").bounding_box()
    first, *others = [(box["x"] + x / 512 * box["width"], box["y"] + y / 512 * box["height"]) for x, y in points]
    page.mouse.move(*first)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point, steps=3)
    page.mouse.up()


def step_of(sessions) -> MaskEdit:
    """What the last visitor's selected cell holds."""
    return list(sessions._open.values())[-1].cell.step
