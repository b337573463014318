"""The loader finds, checks, builds once, keeps within its budget, and hands out what nobody can change."""

import shutil
import threading

import numpy as np
import pytest

from editors import models as models_module
from editors.catalogue import CARDS, card
from editors.errors import ModelError
from editors.models import CHECKPOINTS, Models, sha256_of


def test_a_model_is_loaded_once(models):
    assert models.get("face_detection") is models.get("face_detection")


def test_every_card_names_files_that_are_here_and_whole():
    for each in CARDS:
        paths = [CHECKPOINTS / each.id / name for name in each.files]
        assert [sha256_of(path) for path in paths] == list(each.files.values()), each.id
        assert each.size_mb == pytest.approx(sum(path.stat().st_size for path in paths) / 1e6, rel=0.03), each.id
        assert each.builder in models_module.BUILDERS and each.licence and each.trained_on and each.source


def test_ids_are_used_once():
    assert len({each.id for each in CARDS}) == len(CARDS)


def test_every_model_loads(models):
    for each in CARDS:
        assert models.get(each.id) is not None


def test_an_unknown_model_is_refused_by_name(models):
    for ask in (models.get, models.fingerprint):
        with pytest.raises(ModelError, match="no model called 'nose_9'; the models are: face_detection"):
            ask("nose_9")


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(CHECKPOINTS / "face_detection", tmp_path / "face_detection")
    return tmp_path


def test_a_missing_file_is_said_with_size_and_licence(copied):
    next(copied.rglob("*.tflite")).unlink()
    with pytest.raises(ModelError, match=r"face_detection \(0.23 MB, Apache-2.0\) is not on this machine"):
        Models(copied).get("face_detection")


def test_a_changed_file_is_never_built(copied):
    path = next(copied.rglob("*.tflite"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError, match="not the file the catalogue describes"):
        Models(copied).get("face_detection")


def test_the_least_recently_used_leave_past_the_budget():
    both = card("face_detection").size_mb + card("selfie_segmentation").size_mb
    loader = Models(budget_gb=(both + 0.01) / 1000)
    first, second = loader.get("face_detection"), loader.get("selfie_segmentation")
    assert loader.get("face_detection") is first
    loader.get("face_landmark")
    assert loader.get("face_landmark") is not None and loader.get("selfie_segmentation") is not second


def test_two_threads_share_one_model():
    loader, found = Models(), []
    threads = [threading.Thread(target=lambda: found.append(loader.get("face_detection"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(map(id, found))) == 1


def test_a_network_that_keeps_state_gives_every_thread_its_own_answer(models):
    network = models.get("face_detection")
    blobs = [np.random.default_rng(seed).uniform(-1, 1, (1, 3, 128, 128)).astype(np.float32) for seed in range(8)]
    want = [network(blob) for blob in blobs]
    got = [None] * len(blobs)

    def run(index):
        got[index] = network(blobs[index])

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(blobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(want, got, strict=True):
        assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_arrays_handed_out_cannot_be_changed(models):
    for each in CARDS:
        if each.builder == "arrays":
            for array in models.get(each.id).values():
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 0


def test_another_file_has_another_fingerprint(models):
    assert len({models.fingerprint(each.id) for each in CARDS}) == len(CARDS)
