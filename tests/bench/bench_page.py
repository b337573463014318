"""What the server does for the page: a tick, a release, a reload, encoding included. Run by `make bench`."""

import io

import cv2
import pytest
from PIL import Image

from editors.acts import EXAMPLES
from editors.attributes.step import ShiftAttributes
from editors.desk import Desk
from editors.sessions import Session


@pytest.fixture(scope="module")
def desk(models):
    desk = Desk(models)
    desk.warm_up()
    return desk


@pytest.fixture
def session():
    """A photograph of 1024 x 1024, just opened."""
    file = io.BytesIO()
    Image.open(EXAMPLES / "astronaut.png").convert("RGB").resize((1024, 1024), Image.LANCZOS).save(file, "PNG")
    session = Session()
    session.open_photo(file.getvalue())
    return session


@pytest.fixture(autouse=True)
def two_threads():
    cv2.setNumThreads(2)


@pytest.mark.parametrize("amounts", [{"smile": 1.5}, {"yaw": 1.0}, {"hair_light": 1.0}], ids=str)
def test_tick_on_the_page_at_1024(benchmark, desk, session, amounts):
    step = ShiftAttributes(amounts=amounts)
    desk.quick(session, step)
    benchmark(desk.quick, session, step)


def test_release_on_the_page_at_1024(benchmark, desk, session):
    amounts = iter(range(1, 10_000))

    def release():
        session.put(ShiftAttributes(amounts={"smile": next(amounts) / 10_000}))
        return desk.show(session, False), desk.cells(session)

    desk.show(session, True)
    benchmark.pedantic(release, rounds=20)


def test_reload_of_the_page_at_1024(benchmark, desk, session):
    session.put(ShiftAttributes(amounts={"smile": 1.5}))
    benchmark(lambda: (desk.show(session, True), desk.cells(session)))
