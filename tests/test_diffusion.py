"""Stable Diffusion as the painter of holes, in the real classes at tiny size, fetched from a Hub and read from disk."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from editors.__main__ import main
from editors.catalogue import card
from editors.errors import ModelError, SettingError
from editors.images import open_photo, save_mask
from editors.models import CHECKPOINTS, Models
from editors.portrait import Portrait
from editors.sketch.diffusion import CONTROL, PAINTER, drawn_size, latent_colours, window_of
from editors.sketch.diffusion_parts import diffuser_of
from editors.sketch.step import DIFFUSION, SketchFill
from editors.store import Store

from . import tiny_diffusion
from .hub_server import serving
from .tiny import ASTRONAUT
from .tiny_diffusion import HYPER, LCM


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Every file of the four models, as the Hub has them."""
    folder = tmp_path_factory.mktemp("parts")
    tiny_diffusion.write_parts(folder)
    return folder


@pytest.fixture(scope="module")
def fetched(files, tmp_path_factory):
    """The models, fetched."""
    with pytest.MonkeyPatch.context() as patch, serving() as hub:
        patch.setenv("HF_ENDPOINT", hub.endpoint)
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.delenv("HF_HUB_OFFLINE", raising=False)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)                  # networks as small as these only wait for one another
        yield tiny_diffusion.fetch_all(hub, files, CHECKPOINTS)
        torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def portrait():
    """A photograph that shows no face, where the embedded painter takes no time."""
    return Portrait(np.ascontiguousarray(open_photo(ASTRONAUT).pixels[300:500, 100:300]))


@pytest.fixture(scope="module")
def usual(portrait, fetched):
    """The drawing that others are compared with."""
    return draw(portrait, fetched)


HOLE = np.zeros((200, 200), np.uint8)
HOLE[90:130, 80:130] = 255
LINES = np.zeros_like(HOLE)
LINES[108:112, 60:120] = 255


def step(**settings) -> SketchFill:
    return SketchFill(**{"hole": HOLE, "lines": LINES, "model": PAINTER, "prompt": "red", "steps": 3} | settings)


def draw(portrait, models, told=None, **settings):
    return step(**settings).draw(Portrait(portrait.image), models, True, told).image


def test_the_hole_is_drawn_and_every_other_pixel_stays(portrait, fetched, usual):
    assert (usual[HOLE == 0] == portrait.image[HOLE == 0]).all()
    assert (usual[HOLE > 0] != draw(portrait, fetched, model="sketch_painter")[HOLE > 0]).any()


def test_what_is_under_the_hole_plays_no_part(portrait, fetched):
    other = portrait.image.copy()
    other[HOLE > 0] = np.random.default_rng(0).integers(0, 256, (int((HOLE > 0).sum()), 3))
    assert (draw(portrait, fetched, renewal=0.5) == draw(Portrait(other), fetched, renewal=0.5)).all()


def test_a_seed_gives_the_same_picture_again_and_another_another(portrait, fetched, usual):
    assert (draw(portrait, fetched) == usual).all() and (draw(portrait, fetched, seed=5) != usual).any()


@pytest.mark.parametrize("changed", [
    {"prompt": "blue"}, {"negative": "red"}, {"guidance": 2.0}, {"control": 0.2}, {"steps": 5}, {"renewal": 0.6},
    {"lines": LINES.T.copy()}, {"strength": 0.4}, {"context": 1.0}, {"preset": "lcm"}, {"preset": "hyper"},
], ids=lambda changed: next(iter(changed)))  # fmt: skip
def test_everything_that_can_be_set_is_heard(portrait, fetched, usual, changed):
    assert (draw(portrait, fetched, **changed) != usual).any()


def test_without_lines_the_controlnet_is_not_asked(portrait, fetched):
    plain = step(lines=None)
    assert CONTROL not in plain.models_needed() and CONTROL in step().models_needed()
    assert (draw(portrait, fetched, lines=None, control=0.1) == draw(portrait, fetched, lines=None, control=2.0)).all()


def test_it_is_told_how_the_picture_comes_along(portrait, fetched):
    heard = []
    result = draw(portrait, fetched, lambda *told: heard.append(told), preset="lcm", steps=0, seed=3)
    shares, windows, pictures = zip(*heard, strict=True)
    assert len(heard) == 1 + 4 + 1 and list(shares) == sorted(shares) and shares[-1] == 1
    x0, y0, x1, y1 = windows[0]
    assert set(windows) == {windows[0]} and all(each.shape == (y1 - y0, x1 - x0, 3) for each in pictures)
    assert (pictures[-1] == result[y0:y1, x0:x1]).all()
    outside = HOLE[y0:y1, x0:x1] == 0
    assert all((each[outside] == portrait.image[y0:y1, x0:x1][outside]).all() for each in pictures)
    assert len({each.tobytes() for each in pictures}) == len(pictures)


def test_it_stops_after_the_step_in_which_it_is_told_to(portrait, fetched, usual):
    heard = []

    def stop(share, window, picture):
        heard.append(share)
        if len(heard) == 3:
            raise SettingError("Stopped.")

    photograph = Portrait(portrait.image)
    with pytest.raises(SettingError, match="Stopped"):
        step(steps=50).draw(photograph, fetched, True, stop)
    assert len(heard) == 3
    assert (step().draw(photograph, fetched, True).image == usual).all()


def test_how_it_is_joined_can_change_without_drawing_again(portrait, fetched):
    photograph, heard = Portrait(portrait.image), []
    pictures = [
        step(blend=blend).draw(photograph, fetched, True, lambda *told: heard.append(told)).image
        for blend in ("poisson", "feather", "pyramid", "mixed")
    ]
    assert len(heard) == (1 + 3 + 1) + 3 and len({each.tobytes() for each in pictures}) == 4


def test_colours_are_kept_to(portrait, fetched):
    colours = np.zeros((*HOLE.shape, 4), np.uint8)
    colours[100:120, 90:120] = (30, 160, 60, 255)
    asked, plain = (draw(portrait, fetched, colours=each, lines=None)[102:118, 92:118] for each in (colours, None))
    apart = [np.linalg.norm(picture.mean((0, 1)) - (30, 160, 60)) for picture in (asked, plain)]
    assert apart[0] < 0.6 * apart[1]


# --- the window that is drawn --------------------------------------------------------------------------------------

def test_a_small_hole_in_a_large_photograph_is_drawn_larger_than_it_is():
    hole = np.zeros((3000, 4000), bool)
    hole[1000:1200, 2000:2300] = True
    x0, y0, x1, y1 = window_of(hole, context=0.5)
    assert (x1 - x0, y1 - y0) == (600, 600) and hole[y0:y1, x0:x1].sum() == hole.sum()
    assert drawn_size((600, 600), 512) == (512, 512) and drawn_size((100, 60), 512) == (512, 304)


@pytest.mark.parametrize("rows, columns", [((0, 5), (0, 5)), ((290, 300), (395, 400)), ((0, 300), (10, 20))])
def test_the_window_holds_the_hole_and_stays_within_the_photograph(rows, columns):
    hole = np.zeros((300, 400), bool)
    hole[slice(*rows), slice(*columns)] = True
    x0, y0, x1, y1 = window_of(hole, context=1.0)
    assert 0 <= x0 < x1 <= 400 and 0 <= y0 < y1 <= 300 and hole[y0:y1, x0:x1].sum() == hole.sum()
    assert min(x1 - x0, y1 - y0) >= 96


# --- its parts -----------------------------------------------------------------------------------------------------

def test_additions_are_added_to_the_weights_by_their_rank(files, fetched):
    plain = diffuser_of(fetched, "", (PAINTER,)).parts["unet"]
    query, convolution = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q", "mid_block.resnets.0.conv1"
    lcm = load_file(files / LCM / next(iter(card(LCM).files)))
    stem = f"lora_unet_{query.replace('.', '_')}"
    expected = 0.5 * lcm[f"{stem}.lora_up.weight"] @ lcm[f"{stem}.lora_down.weight"]                 # alpha 1, rank 2
    changed = diffuser_of(fetched, LCM, (LCM,)).parts["unet"]
    apart = changed.get_submodule(query).weight.float() - plain.get_submodule(query).weight.float()
    assert torch.allclose(apart, expected, atol=0.02)
    hyper = load_file(files / HYPER / next(iter(card(HYPER).files)))
    up, down = (hyper[f"unet.{convolution}.lora_{side}.weight"] for side in "BA")
    changed = diffuser_of(fetched, HYPER, (HYPER,)).parts["unet"]
    apart = changed.get_submodule(convolution).weight.float() - plain.get_submodule(convolution).weight.float()
    assert torch.allclose(apart, torch.einsum("orab,rikl->oikl", up, down), atol=0.02)


def test_it_is_read_once_and_leaves_when_the_budget_is_passed(fetched):
    one = diffuser_of(fetched, "", (PAINTER,))
    assert diffuser_of(fetched, "", (PAINTER, CONTROL)) is one
    held = fetched.held()
    assert sum(size for key, size in held.items() if key.startswith("diffuser")) > 300_000
    small = Models(CHECKPOINTS, budget_gb=1e-6, store=fetched.store)
    first = diffuser_of(small, "", (PAINTER,))
    diffuser_of(small, LCM, (PAINTER,))
    assert diffuser_of(small, "", (PAINTER,)) is not first


def test_the_preview_finds_colours_without_decoding(fetched):
    vae, picture = diffuser_of(fetched, "", (PAINTER,)).parts["vae"], np.zeros((64, 64, 3), np.uint8)
    picture[:, :32], picture[:, 32:] = (220, 90, 40), (30, 60, 160)
    seen = latent_colours(vae, picture)
    x = torch.tensor(picture).permute(2, 0, 1)[None].to(vae.dtype) / 127.5 - 1
    shown = seen(vae.encode(x).latent_dist.mean * vae.config.scaling_factor).astype(int)
    assert shown.shape == (32, 32, 3) and np.abs(shown - picture[::2, ::2]).mean() < 40


def test_only_weights_and_texts_are_fetched_and_no_class_that_an_index_names():
    for model_id in DIFFUSION:
        assert all(name.endswith((".safetensors", ".json", ".txt")) for name in card(model_id).files)


def test_an_index_that_names_other_code_is_not_listened_to(files, portrait, fetched, tmp_path):
    index = fetched.get(PAINTER)["model_index.json"]
    assert index.is_file()
    kept = index.read_text()
    index.write_text('{"_class_name": "os", "unet": ["os", "system"], "auto_map": {"AutoModel": "evil.Evil"}}')
    try:
        anew = Models(CHECKPOINTS, store=fetched.store)
        with pytest.raises(ModelError, match="is not the file on record"):
            diffuser_of(anew, "", (PAINTER,))
    finally:
        index.write_text(kept)


# --- what can go wrong ---------------------------------------------------------------------------------------------

def test_what_is_missing_is_said_with_size_licence_and_what_to_do(portrait, tmp_path):
    models = Models(CHECKPOINTS, store=Store(tmp_path))
    with pytest.raises(ModelError, match=r"inpainting_sd15 \(2130 MB, CreativeML Open RAIL-M\) is not on this machine"):
        draw(portrait, models)
    assert step(preset="lcm").models_needed()[-3:] == (PAINTER, CONTROL, LCM)
    assert not set(step(model="sketch_painter").models_needed()) & set(DIFFUSION)


def test_the_command_says_what_is_missing_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    save_mask(tmp_path / "hole.png", np.pad(HOLE, ((0, 312), (0, 312))))
    out, hole = tmp_path / "out.png", str(tmp_path / "hole.png")
    assert main(["sketch", str(ASTRONAUT), "--hole", hole, "--model", PAINTER, "-o", str(out)]) == 2
    said = capsys.readouterr().err
    assert "python -m editors fetch inpainting_sd15" in said and said.count("\n") == 1 and not out.exists()


def test_lcm_takes_as_many_steps_as_its_scheduler_and_more_are_refused_before_anything_is_read(
    portrait, fetched, tmp_path
):
    small = {"preset": "lcm", "steps": 50, "lines": None, "renewal": 0.05}
    assert (draw(portrait, fetched, **small)[HOLE > 0] != portrait.image[HOLE > 0]).any()
    for models in (fetched, Models(CHECKPOINTS, store=Store(tmp_path))):
        with pytest.raises(SettingError, match="steps is 51; the preset lcm takes 50 at most. Ask for fewer, or"):
            draw(portrait, models, **small | {"steps": 51})


@pytest.mark.parametrize("name", ["prompt", "negative"])
def test_words_that_would_be_left_out_are_refused_and_named(portrait, fetched, capfd, name):
    draw(portrait, fetched, **{name: "red " * 75})
    with pytest.raises(SettingError, match=rf"^{name} has 77 tokens .*; Stable Diffusion reads 75, and would leave "
                                           r"out from 'x z' on\. Shorten it\.$"):
        draw(portrait, fetched, **{name: "red " * 75 + "X Z"})
    assert capfd.readouterr().err == ""
