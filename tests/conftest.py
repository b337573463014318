"""What tests share: models loaded once, the tiny editor beside the real ones."""

import sys
from collections.abc import Iterator

import pytest

import editors.step
from editors.models import Models
from editors.portrait import Portrait

from . import tiny
from .browser import (  # noqa: F401  (what every test of the page is given)
    address,
    browser,
    chromium,
    of_kind,
    photo,
    sessions,
    two,
    unopened,
    usual,
    visit,
)
from .hub_server import Hub, serving
from .painting import masks  # noqa: F401
from .sketching import sketch  # noqa: F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: the page's and the one that starts the app. Two processes then end at about one time."""
    items.sort(key=lambda item: not item.path.stem.endswith(("_page", "_space")))


@pytest.fixture(scope="session")
def models() -> Models:
    """The embedded models, each loaded when first asked for."""
    return Models()


@pytest.fixture(scope="session")
def portrait() -> Portrait:
    """The example with what was found in it so far: neither can be changed."""
    return Portrait.open(tiny.ASTRONAUT)


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory):
    """What the app keeps for its user lies in a folder of the tests, whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture
def tiny_editor(monkeypatch):
    """The tiny editor, found by its kind as every editor is: a folder of `editors` named in EDITORS."""
    monkeypatch.setitem(sys.modules, "editors.tiny", tiny)
    monkeypatch.setitem(sys.modules, "editors.tiny.step", tiny)
    monkeypatch.setattr(editors.step, "EDITORS", (*editors.step.EDITORS, "tiny"))
    return tiny


@pytest.fixture
def hub(monkeypatch, tmp_path) -> Iterator[Hub]:
    """A Hub on the loopback, and an empty folder for what comes from it."""
    with serving() as served:
        monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield served
