"""The learned painter of labels: it begins at what it is given, keeps to labels and styles, and learns."""

import cv2
import numpy as np
import pytest
import torch

from checkpoints.label_painter.examples import Heads
from checkpoints.label_painter.finish import fit_styles
from checkpoints.label_painter.train import Lesson, Recipe
from checkpoints.training import Plan
from editors.colours import rgb_to_lab
from editors.errors import SettingError
from editors.faces import mesh_of
from editors.head_style import APART, sampled
from editors.labels import IDS
from editors.mesh_points import OVAL
from editors.networks.label_painter import KINDS, REGIONS, SIZE, STYLE, LabelPainter
from editors.networks.perceptual import FeatureStages
from editors.portrait import Portrait
from editors.regions import inside
from editors.semantic.drawn import KIND_OF, LEEWAY, Head, appearance, draw, kinds_of, style_of
from editors.semantic.imagine import fit_mesh, learned
from editors.semantic.movement import mask_of
from editors.semantic.shapes import placed
from editors.semantic.step import DrawFace, MaskEdit
from editors.strands import LUMA

from . import test_semantic as shared
from .tiny_training import classifier_weights

portrait, labels = shared.portrait, shared.labels
HAIR = list(REGIONS).index("hair")


def test_an_untrained_painter_adds_nothing_to_what_it_is_given():
    kinds, noise = torch.randint(len(KINDS), (2, 32, 32)), torch.randn(2, 1, 32, 32)
    base, styles = torch.rand(2, 3, 32, 32), torch.randn(2, len(REGIONS), STYLE)
    assert torch.equal(LabelPainter(4, 3, 2)(kinds, styles, base, noise), base)


def test_the_encoder_reads_the_mean_colour_of_each_region(portrait, labels, models):
    style = style_of(portrait.image, labels, mesh_of(portrait, models), models.get("face_shape"),
                     models.get("label_painter"))
    for name in ("hair", "skin"):
        names = tuple(label for kind in REGIONS[name] for label in KINDS[kind])
        seen = portrait.image[mask_of(labels, names)].mean(0)
        assert np.abs(style.colours()[names[0]] - seen).max() < 14, name


def test_another_style_of_the_hair_draws_other_hair_and_leaves_the_face(labels, models):
    shape, painter, generator = models.get("face_shape"), models.get("label_painter"), np.random.default_rng(0)
    one, other = sampled(generator, painter), sampled(generator, painter)
    mesh = fit_mesh(labels, shape)
    both = one.with_regions(other, ("hair",))
    assert (both.look == one.look).all() and (both.styles[HAIR] == other.styles[HAIR]).all()
    (a, to_labels), (b, _) = (draw(labels, mesh, style, shape, painter) for style in (one, both))
    change, kinds = np.abs(a - b).mean(2), kinds_of(labels, to_labels)
    assert change[kinds == KIND_OF[13]].mean() > 8 * change[kinds == KIND_OF[1]].mean()


def test_a_face_from_labels_takes_the_style_of_a_second_photograph(portrait, labels, models):
    dark = (portrait.image * 0.25).astype(np.uint8)
    blank = Portrait(np.full_like(portrait.image, 128))
    drawn = DrawFace(labels=labels, reference=dark, seed=5).apply(blank, models).image
    hair = mask_of(labels, ("hair",))
    wanted, has = (rgb_to_lab(image[hair]).mean(0) for image in (dark, drawn))
    assert np.linalg.norm(wanted - has) < 12
    only = DrawFace(labels=labels, reference=dark, regions=("hair",), seed=5).apply(blank, models).image
    skin = mask_of(labels, ("skin",))
    assert rgb_to_lab(only[skin])[:, 0].mean() > rgb_to_lab(drawn[skin])[:, 0].mean() + 10
    with pytest.raises(SettingError, match="wings"):
        DrawFace(labels=labels, reference=dark, regions=("wings",))


def test_new_hair_is_given_the_light_of_the_drawn_head_and_nothing_else_changes(portrait, labels, models):
    kinds = np.full((SIZE, SIZE), KIND_OF[0], np.uint8)
    kinds[20:60, 30:90] = KIND_OF[13]
    picture = np.full((SIZE, SIZE, 3), 90, np.float32)
    picture[20:60, 70:90] = 150                                      # the painter says: lighter on the right
    photograph = np.full((SIZE, SIZE, 3), 60, np.float32)
    picture[20:60, 30:44], photograph[20:60, 30:44] = 160, 130       # hair that is as light is seen on the left
    missing = np.zeros((SIZE, SIZE), bool)
    missing[20:60, 70:90] = True
    out = Head(picture, kinds, np.eye(2, 3)).shaded(photograph, missing, missing, (0, 0), "hair", 1.0)
    assert (out[:, :64] == photograph[:, :64]).all() and 40 < (out[30:50, 78:84] - 60).mean() < 80


def test_new_hair_takes_no_colour_of_the_drawn_head():
    kinds = np.full((SIZE, SIZE), KIND_OF[13], np.uint8)
    light = np.linspace(0.5, 1.5, SIZE, dtype=np.float32)[:, None, None]
    picture = np.tile(light * np.float32([90, 90, 120]), (1, SIZE, 1))
    photograph = np.tile(light * np.float32([110, 70, 40]), (1, SIZE, 1))
    picture[:, 70:90] *= 0.6                                          # darker there, and grey
    missing = np.zeros((SIZE, SIZE), bool)
    missing[:, 70:90] = True
    out = Head(picture, kinds, np.eye(2, 3)).shaded(photograph, missing, missing, (0, 0), "hair", 1.0)[64, 80]
    assert 50 < out[0] < 95 and np.abs(out / out[0] - [1, 70 / 110, 40 / 110]).max() < 0.03


def test_new_hair_is_hardly_lighter_than_any_that_is_seen():
    kinds = np.full((SIZE, SIZE), KIND_OF[13], np.uint8)
    picture = np.full((SIZE, SIZE, 3), 90, np.float32)
    picture[:, 70:90] = 190
    photograph = np.full((SIZE, SIZE, 3), 60, np.float32)
    missing = np.zeros((SIZE, SIZE), bool)
    missing[:, 70:90] = True
    out = Head(picture, kinds, np.eye(2, 3)).shaded(photograph, missing, missing, (0, 0), "hair", 1.0)
    assert 60 < out[:, 78:84].mean() <= 60 + LEEWAY + 1e-3


def test_the_light_of_the_drawn_head_ends_nowhere_at_once():
    """Hair may hang out of the square that the painter sees."""
    kinds = np.full((SIZE, SIZE), KIND_OF[13], np.uint8)
    picture = np.full((SIZE, SIZE, 3), 90, np.float32)
    picture[:, 70:90] = 150
    photograph = np.full((2 * SIZE, SIZE, 3), 60, np.float32)
    photograph[:SIZE, :44] = 100
    missing = np.zeros(photograph.shape[:2], bool)
    missing[:, 70:90] = True
    out = Head(picture, kinds, np.eye(2, 3)).shaded(photograph, missing, missing, (0, 0), "hair", 1.0)[:, 80]
    assert out[SIZE // 2].mean() > 65 and np.abs(np.diff(out, axis=0)).max() < 4 and (out[-8:] == 60).all()


def test_new_hair_over_an_eye_is_painted_without_the_drawn_head(portrait, labels, models):
    """The drawn head is placed by both eyes; where one is painted over, hair appears all the same."""
    painted = labels.copy()
    painted[(labels == IDS["left eye"]) | (labels == IDS["left brow"])] = IDS["hair"]
    after = MaskEdit(labels=painted).apply(portrait, models).image
    over = labels == IDS["left eye"]
    assert np.abs(after[over].astype(int) - portrait.image[over]).mean() > 5


def test_a_drawn_face_keeps_the_strands_of_its_hair_and_its_neck_and_takes_the_light_of_the_drawn_head(labels, models):
    shape, painter = models.get("face_shape"), models.get("label_painter")
    style, mesh = sampled(np.random.default_rng(2), painter), fit_mesh(labels, shape)
    strands = 128 + 30 * (np.arange(labels.shape[1]) // 3 % 2)
    ruled = np.broadcast_to(strands[None, :, None], (*labels.shape, 3)).astype(np.uint8)
    drawn = learned(ruled, labels, mesh, style, shape, painter, 0).astype(np.float32)
    hair, neck, skin = (cv2.erode(mask_of(labels, (name,)).astype(np.uint8), np.ones((7, 7))) > 0
                        for name in ("hair", "neck", "skin"))
    fine = [each[..., 0] - cv2.GaussianBlur(each[..., 0], (0, 0), 4) for each in (ruled.astype(np.float32), drawn)]
    assert fine[1][hair].std() > 0.9 * fine[0][hair].std()
    assert (drawn[neck] == ruled[neck]).all() and np.abs(drawn[skin] - ruled[skin]).mean() > 10
    assert np.abs(drawn[hair].mean(0) - ruled[hair].mean(0)).max() > 10


@pytest.mark.parametrize("seed", [1, 7])
def test_the_outline_of_drawn_hair_is_no_lighter_than_it_and_what_is_behind(labels, models, seed):
    blank, new = Portrait(np.zeros((*labels.shape, 3), np.uint8)), placed(labels, "hair", "long")
    light = DrawFace(labels=new, seed=seed).apply(blank, models).image @ LUMA
    hair, behind = new == IDS["hair"], new == IDS["background"]
    rim = hair & (cv2.dilate(behind.astype(np.uint8), np.ones((5, 5))) > 0)
    near = behind & (cv2.dilate(hair.astype(np.uint8), np.ones((9, 9))) > 0)
    most = max(light[near].max(), np.quantile(light[hair & ~rim], 0.98)) + 6
    assert (light[rim] > most).mean() < 0.01                                        # but for a strand or two


def test_sampled_parts_that_touch_differ_in_colour(models):
    painter = models.get("label_painter")
    for seed in range(30):
        colours = sampled(np.random.default_rng(seed), painter).colours()
        lab = {name: rgb_to_lab(colours[name]) for name in ("skin", "hair", "background", "cloth")}
        for one, (_, counts, others) in APART.items():
            for other, least in others.items():
                if other in lab:
                    assert np.linalg.norm((lab[one] - lab[other]) * counts) > 0.85 * least, (seed, one, other)


def test_the_skin_of_an_appearance_goes_on_above_the_face_where_the_model_draws_hair(models):
    shape = models.get("face_shape")
    size, look = shape.frame.size, sampled(np.random.default_rng(4), models.get("label_painter")).look
    face = inside(shape.frame.mean[list(OVAL)] * size - 0.5, size)
    above = (np.arange(size)[:, None] < 0.15 * size) & shape.frame.inside
    away = [np.linalg.norm(rgb_to_lab(picture[above]) - rgb_to_lab(np.median(picture[face], axis=0)), axis=1).mean()
            for picture in (appearance(look, shape), shape.draw(look))]
    assert away[0] < 12 and away[0] < 0.6 * away[1]


def test_the_cheeks_of_an_appearance_go_on_to_their_edge_without_a_dark_rim(models):
    shape, look = models.get("face_shape"), sampled(np.random.default_rng(0), models.get("label_painter")).look
    size = shape.frame.size
    rows = slice(round(0.45 * size), round(0.6 * size))
    face = inside(shape.frame.mean[list(OVAL)] * size - 0.5, size)[rows]
    within, at = face[:, 1:] & face[:, :-1], np.arange(size - 1)
    within &= (at < face.argmax(1)[:, None] + 6) | (at > size - 7 - face[:, ::-1].argmax(1)[:, None])
    seen, drawn = (np.abs(np.diff(picture[rows].mean(2), axis=1))[within].max() for picture in (
        appearance(look, shape), shape.draw(look)))
    assert seen < 0.5 * drawn and drawn > 20


def test_hair_for_who_has_none_is_drawn(portrait, labels, models):
    bald = MaskEdit(labels=placed(labels, "hair", "bald")).apply(portrait, models)
    haired = MaskEdit(labels=placed(labels, "hair", "flowing"), original=placed(labels, "hair", "bald"))
    after = haired.apply(bald, models).image
    assert (after != bald.image).any()


# --- learning ------------------------------------------------------------------------------------------------------

def tiny_heads(count: int = 4) -> Heads:
    """Blocks of hair over skin whose hair is striped, which flat colours are not."""
    random = np.random.default_rng(0)
    kinds = np.zeros((count, SIZE, SIZE), np.uint8)
    kinds[:, 16:64, 24:104], kinds[:, 64:112, 32:96] = KIND_OF[13], KIND_OF[1]
    colours = random.integers(60, 190, (count, 13, 3))
    pictures = np.take_along_axis(colours, kinds.reshape(count, -1, 1).astype(int), 1).reshape(count, SIZE, SIZE, 3)
    stripes = 40 * (np.arange(SIZE) % 16 < 8)[None, :, None, None] * (kinds == KIND_OF[13])[..., None]
    places = np.full((count, 2, SIZE, SIZE), -1, np.float16)
    return Heads(*map(torch.from_numpy, (
        (pictures + stripes).astype(np.uint8).transpose(0, 3, 1, 2).copy(), kinds, np.ones(kinds.shape, bool), places,
        np.full((count, 3, 20, 20), 128, np.uint8), random.normal(size=(count, 3)).astype(np.float32),
    )))  # fmt: skip


def test_training_learns_what_flat_colours_lack_and_the_styles_that_go_with_looks():
    plan, recipe = Plan(batch=2), Recipe(width=6, moved=0, shaky=0, borrowed=0, features=0, textures=0, rate=4e-3)
    lesson = Lesson(tiny_heads(2), FeatureStages(classifier_weights(), (0, 1)), recipe, plan)
    training = lesson.begin()
    seen = []
    for _ in range(40):
        losses = lesson.step(training, plan)
        seen.append(float(losses["pixels"].detach() / losses["base"]))
        training.samples += 64
        training.average(plan.batch)
    assert abs(seen[0] - 1) < 1e-3 and np.mean(seen[-3:]) < 0.95
    painter = LabelPainter(6, looks=3, rest=2).eval().requires_grad_(False)
    fit_styles(painter, tiny_heads())
    usual = painter.usual(torch.zeros(3))
    assert torch.allclose(usual, painter.sample(torch.zeros(3), torch.zeros(2))) and usual[HAIR].abs().sum() > 0
