"""The loader finds, checks, builds once, keeps within its budget, and hands out what nobody can change."""

import shutil
import threading

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from editors import models as models_module
from editors.builders import OpenCVNetwork
from editors.catalogue import CARDS, ModelCard, card
from editors.devices import bytes_held, choose_device, drawing_dtype, holds, quick_dtypes
from editors.errors import ModelError
from editors.models import CHECKPOINTS, Models, sha256_of
from editors.networks.face_generator import build, quick_dtype
from editors.networks.kept import KEPT

EMBEDDED = [each for each in CARDS if not each.repo]


def test_a_model_is_loaded_once(models):
    assert models.get("face_detection") is models.get("face_detection")


def test_every_embedded_card_names_files_that_are_here_and_whole():
    for each in EMBEDDED:
        paths = [CHECKPOINTS / each.id / name for name in each.files]
        assert [sha256_of(path) for path in paths] == list(each.files.values()), each.id
        assert each.size_mb == pytest.approx(sum(path.stat().st_size for path in paths) / 1e6, rel=0.03), each.id


def test_every_card_says_how_it_is_built_and_on_what_terms():
    for each in CARDS:
        assert each.builder in models_module.BUILDERS and each.licence and each.trained_on and each.source
        assert each.files and bool(each.repo) == (each.repo.count("/") == 1)
        assert not each.repo or each.revision == "" or len(each.revision) == 40
        if each.builder in ("network", "linear", "published"):
            assert (CHECKPOINTS.parent / "editors" / "networks" / f"{each.builds}.py").exists()


def test_ids_are_used_once():
    assert len({each.id for each in CARDS}) == len(CARDS)


def test_every_embedded_model_loads(models):
    for each in EMBEDDED:
        assert models.get(each.id) is not None


def test_an_unknown_model_is_refused_by_name(models):
    for ask in (models.get, models.fingerprint):
        with pytest.raises(ModelError, match="no model called 'nose_9'; the nearest are "):
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
    with pytest.raises(ModelError, match="is not the file on record .its sha256 differs"):
        Models(copied).get("face_detection")


def test_the_least_recently_used_leave_when_what_is_held_passes_the_budget():
    both = sum(card(each).size_mb for each in ("face_detection", "selfie_segmentation"))
    loader = Models(budget_gb=(both + 0.01) / 1000)
    first, second = loader.get("face_detection"), loader.get("selfie_segmentation")
    assert loader.get("face_detection") is first
    loader.get("face_landmark")
    assert list(loader.held()) == ["face_landmark"]  # larger than the budget, and yet it is served
    assert loader.get("selfie_segmentation") is not second and list(loader.held()) == ["selfie_segmentation"]


def test_threads_that_ask_at_once_share_one_model():
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
    for each in EMBEDDED:
        if each.builder == "arrays":
            for array in models.get(each.id).values():
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 0


def test_another_file_has_another_fingerprint(models):
    assert len({models.fingerprint(each.id) for each in CARDS}) == len(CARDS)


# --- networks ------------------------------------------------------------------------------------------------------

@pytest.fixture
def tiny_networks(tmp_path):
    """A loader of three generators of 8 pixels, `tiny_0` to `tiny_2`, each of some 150 kB."""
    cards = []
    for index in range(3):
        torch.manual_seed(index)
        config = {"size": 8, "style_size": 16, "mapping_layers": 1, "channel_max": 32}
        folder = tmp_path / f"tiny_{index}"
        folder.mkdir()
        save_file(build(**config).state_dict(), folder / "weights.safetensors")
        size = (folder / "weights.safetensors").stat().st_size
        cards.append(ModelCard(
            id=folder.name, purpose="draws", builder="network", network="face_generator", role="tiny", config=config,
            files={"weights.safetensors": sha256_of(folder / "weights.safetensors")}, size_mb=size / 1e6,
            licence="MIT", trained_on="nothing", source="here",
        ))
    return Models(tmp_path, catalogue=tuple(cards))


def test_a_network_is_read_only_and_weighed_by_what_it_holds(tiny_networks):
    network = tiny_networks.get("tiny_0")
    stored = sum(tensor.nbytes for tensor in network.state_dict().values())
    assert not network.training and not any(each.requires_grad for each in network.parameters())
    assert tiny_networks.held() == {"tiny_0": stored}
    with torch.no_grad():
        network.codes(network.latents([0]))
        network.draw(network.codes(network.latents([0])))
    assert tiny_networks.held()["tiny_0"] > stored  # what it keeps aside to draw quickly counts too


def test_what_opencv_drew_last_is_kept_and_no_more_than_is_said():
    loader = Models()
    network = loader.get("selfie_segmentation")
    size, blobs = loader.held()["selfie_segmentation"], np.zeros((70, 1, 3, 256, 256), np.float32)
    blobs[:, 0, 0, 0, 0] = np.arange(len(blobs))
    (first,) = network(blobs[0])
    assert network(blobs[0].copy())[0] is first and not first.flags.writeable
    assert loader.held()["selfie_segmentation"] == size + first.nbytes
    assert (network(blobs[-1])[0] != first).any()
    for blob in blobs[1:]:
        network(blob)
    assert KEPT - first.nbytes < loader.held()["selfie_segmentation"] - size <= KEPT
    again = network(blobs[0])[0]
    assert again is not first and (again == first).all()


def test_what_is_held_is_counted_once():
    row = np.zeros(1000, np.float32)
    shared = torch.zeros(1000)
    assert bytes_held({"a": row, "b": [row[:10], row]}) == 4000
    assert bytes_held((shared, shared[:10], {"again": shared.view(10, 100)})) == 4000
    knot = {"row": row}
    knot["self"] = knot
    assert bytes_held(knot) == 4000 and bytes_held(print) == 0 and bytes_held(OpenCVNetwork.__call__) == 0


def test_other_models_are_served_while_one_loads(tiny_networks, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    build_network = models_module.BUILDERS["network"]

    def slowly(model_card, paths):
        if model_card.id == "tiny_0":
            begun.set()
            assert go_on.wait(20)
        return build_network(model_card, paths)

    monkeypatch.setitem(models_module.BUILDERS, "network", slowly)
    found = []
    waiting = [threading.Thread(target=lambda: found.append(tiny_networks.get("tiny_0"))) for _ in range(10)]
    for thread in waiting:
        thread.start()
    assert begun.wait(20)
    assert tiny_networks.get("tiny_1") is not None and not found
    go_on.set()
    for thread in waiting:
        thread.join(20)
    assert len(found) == 10 and len(set(map(id, found))) == 1


def test_a_load_that_fails_leaves_the_old_model_serving(tiny_networks):
    old = tiny_networks.get("tiny_0")
    path = tiny_networks.checkpoints / "tiny_0" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError, match="is not the file on record"):
        tiny_networks.reload("tiny_0")
    path.unlink()
    with pytest.raises(ModelError, match="is missing"):
        tiny_networks.reload("tiny_0")
    assert tiny_networks.get("tiny_0") is old


def test_models_that_can_stand_in_are_named(tiny_networks):
    assert tiny_networks.stand_ins("tiny_0") == ["tiny_1", "tiny_2"]
    (tiny_networks.checkpoints / "tiny_1" / "weights.safetensors").unlink()
    assert tiny_networks.stand_ins("tiny_0") == ["tiny_2"]


def test_a_hub_model_that_is_not_here_says_what_is(models):
    with pytest.raises(ModelError, match=r"face_generator_ffhq \(381 MB, NVIDIA.*\) is not on this machine. Run: "
                                         r"python -m editors fetch face_generator_ffhq; here for the same: face_shape"):
        models.get("face_generator_ffhq")


def test_a_device_is_the_one_wanted_or_refused_by_name():
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") == next((name for name, found in there.items() if found), "cpu")
    for name, found in there.items():
        if found:
            assert choose_device(name) == name
        else:
            with pytest.raises(ModelError, match=f"{name} was asked for, and torch .* finds none.*auto, .*cpu"):
                choose_device(name)
    with pytest.raises(ModelError, match="no device 'tpu'; it can be auto, cpu, cuda, mps"):
        choose_device("tpu")


def test_half_precision_is_taken_only_where_it_is_quicker_and_the_picture_holds(tiny_networks):
    generator = tiny_networks.get("tiny_0")
    expected = quick_dtype() if quick_dtype() != torch.float32 and holds(generator, quick_dtype()) else torch.float32
    assert tiny_networks.dtype("tiny_0") == drawing_dtype(generator) == expected
    assert quick_dtypes("cuda")[0] == torch.float16 and quick_dtypes("mps") == [torch.float16]


def test_half_precision_holds_the_embedded_generators_picture_to_one_step_of_255_in_every_pixel(models):
    generator = models.get("face_generator")
    coarse = torch.zeros(1, generator.coarse_channels, generator.size, generator.size)
    codes = generator.codes(generator.latents([7]))
    whole = generator.draw(codes, coarse=coarse)
    for dtype in (torch.float16, torch.bfloat16):
        apart = (generator.draw(codes, coarse=coarse, dtype=dtype) - whole).abs().max() / 2
        assert 0 < float(apart) <= 1 / 255 and holds(generator, dtype)
    assert models.dtype("face_generator") in (quick_dtype(), torch.float32)


def test_one_pixel_too_far_away_is_enough_not_to_hold(tiny_networks):
    generator = tiny_networks.get("tiny_1")
    draw = generator.draw

    def spoiled(codes, dtype):
        picture = draw(codes).clamp(-1, 1) * 0.5
        picture[0, 0, 0, 0] += 2.2 / 255 if dtype == torch.float16 else 0
        return picture

    generator.draw = spoiled
    assert holds(generator, torch.bfloat16) and not holds(generator, torch.float16)
    # What each device would be given, whichever this machine has: the finest format that is quick there and holds.
    assert drawing_dtype(generator, "cuda") == torch.bfloat16 and drawing_dtype(generator, "mps") == torch.float32
    generator.draw = draw
    assert drawing_dtype(generator, "cuda") == drawing_dtype(generator, "mps") == torch.float16


def test_a_picture_that_half_precision_spoils_does_not_hold(tiny_networks):
    generator = tiny_networks.get("tiny_0")
    assert holds(generator, torch.float32) and holds(generator, torch.float64)
    with torch.no_grad():
        for block in generator.synthesis.blocks:
            block.to_rgb.weight.mul_(300)  # large shares that cancel, as no half can add them up
            block.to_rgb.bias.zero_()
    assert not holds(generator, torch.bfloat16)
