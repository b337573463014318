"""A face is parsed into CelebAMask-HQ's labels, with the real models on a real photograph."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from editors import guided
from editors.crops import align, inverse, transform
from editors.errors import FaceError, ModelError, SettingError
from editors.faces import mesh_of
from editors.labels import BISENET_NAMES, COLOURS, IDS, NAMES, coloured, from_order, label_id, mirrored, palette
from editors.mesh_points import CHIN, FOREHEAD, LEFT_EYE, LIPS_INNER, NOSE_TIP, RIGHT_BROW, RIGHT_EYE
from editors.models import Models
from editors.networks import face_parser_segformer
from editors.parsers import labels_of as labels_by
from editors.parsers import parsed, parsers_in
from editors.parsing import label_crop_of, labels_of
from editors.portrait import Portrait

from .published import STORED

PORTRAITS = Path(__file__).resolve().parent.parent / "examples" / "portraits"


def read(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(PORTRAITS / name)), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="module")
def labels(portrait, models) -> np.ndarray:
    return labels_of(portrait, models)


def at(labels: np.ndarray, point: np.ndarray) -> str:
    return NAMES[labels[round(float(point[1])), round(float(point[0]))]]


def agreement(a: np.ndarray, b: np.ndarray, name: str) -> float:
    """Twice the common area over the sum of areas."""
    a, b = a == IDS[name], b == IDS[name]
    return float(2 * (a & b).sum() / max(1, a.sum() + b.sum()))


def test_labels_have_the_photographs_size_and_only_known_ids(portrait, labels):
    assert labels.shape == portrait.image.shape[:2] and labels.dtype == np.uint8 and not labels.flags.writeable
    assert labels.max() < len(NAMES) == 19


def test_each_part_of_the_astronaut_is_labelled_where_it_is(portrait, models, labels):
    mesh = mesh_of(portrait, models)
    unit = np.linalg.norm(mesh[CHIN, :2] - mesh[FOREHEAD, :2])
    assert at(labels, mesh[NOSE_TIP]) == "nose"
    assert at(labels, mesh[50]) == at(labels, mesh[280]) == "skin"  # the cheeks
    assert at(labels, mesh[list(RIGHT_BROW), :2].mean(0)) == "right brow"
    assert at(labels, mesh[list(LIPS_INNER), :2].mean(0)) == "mouth"  # she shows her teeth
    assert at(labels, (mesh[0] + mesh[13]) / 2) == "upper lip" and at(labels, (mesh[14] + mesh[17]) / 2) == "lower lip"
    assert at(labels, mesh[FOREHEAD, :2] - (0, 0.25 * unit)) == "hair"
    assert at(labels, mesh[CHIN, :2] + (0, 0.08 * unit)) == "neck"
    assert at(labels, mesh[CHIN, :2] + (0, 0.9 * unit)) == "cloth"
    for corner in ((0, 0), (0, -1), (200, 0), (200, -1)):
        assert labels[corner] == IDS["background"]


def test_eyes_are_labelled_inside_their_contour_and_left_is_the_persons_left(portrait, models, labels):
    mesh = mesh_of(portrait, models)
    for name, contour in (("left eye", LEFT_EYE), ("right eye", RIGHT_EYE)):
        rows, columns = np.nonzero(labels == IDS[name])
        polygon = mesh[list(contour), :2][:, None]
        depths = [cv2.pointPolygonTest(polygon, (float(x), float(y)), True) for x, y in zip(columns, rows, strict=True)]
        assert len(depths) > 30 and min(depths) > -1.5
    columns = {name: np.nonzero(labels == IDS[name])[1].mean() for name in
               ("left eye", "right eye", "left brow", "right brow")}
    assert columns["right eye"] < mesh[NOSE_TIP, 0] < columns["left eye"]
    assert columns["right brow"] < mesh[NOSE_TIP, 0] < columns["left brow"]


def test_hair_lies_around_the_face_and_not_on_it(portrait, models, labels):
    mesh, hair = mesh_of(portrait, models), labels == IDS["hair"]
    rows, columns = np.nonzero(hair)
    assert rows.min() < mesh[FOREHEAD, 1] - 20
    assert columns.min() < mesh[:468, 0].min() and mesh[:468, 0].max() < columns.max()
    assert 0.5 < hair.sum() / (labels == IDS["skin"]).sum() < 3
    assert not hair[labels.shape[0] // 2:].any()
    lightness = portrait.image.mean(-1)
    assert lightness[hair].mean() < 0.8 * lightness[labels == IDS["skin"]].mean()


def test_a_bald_head_that_shines_is_skin_though_its_colours_are_not_the_faces(portrait, models, labels):
    """The example's hair gives way to the wall and to a smooth head with a lamp's reflection on it."""
    mesh, picture = mesh_of(portrait, models), portrait.image.copy()
    hair = cv2.dilate((labels == IDS["hair"]).astype(np.uint8), np.ones((15, 15), np.uint8))
    around = (cv2.dilate(hair, np.ones((15, 15), np.uint8)) > hair) & (labels == IDS["background"])
    picture[hair > 0] = np.median(picture[around], 0)
    (x, y), rows = mesh[FOREHEAD, :2].round().astype(int), np.arange(len(hair))[:, None]
    cheek = np.median([portrait.image[tuple(mesh[each, 1::-1].round().astype(int))] for each in (50, 280)], 0)
    away = np.hypot(*(np.indices(hair.shape) - np.array([y - 14, x])[:, None, None]))[..., None]
    drawn = cheek + (np.array([255, 240, 230]) - cheek) * 0.8 * np.exp(-((away / 30) ** 2))
    head = np.zeros(hair.shape, np.uint8)
    cv2.ellipse(head, (int(x), int(y) + 22), (52, 60), 0, 0, 360, 1, -1)
    scalp = (head > 0) & ((rows < y + 22) | (hair > 0)) & (rows < y + 60)
    picture[scalp] = drawn[scalp].round()
    found = labels_of(Portrait(picture), models)
    above = scalp & (rows < y - 4)
    assert (found[above] == IDS["skin"]).mean() > 0.8


def test_the_label_crop_is_upright_and_holds_head_and_shoulders(models):
    image = read("astronaut.png")
    turn = cv2.getRotationMatrix2D((224, 120), 25, 1)
    portrait = Portrait(cv2.warpAffine(image, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE))
    crop, affine = label_crop_of(portrait, models)
    assert crop.shape == (512, 512) and affine.shape == (2, 3)
    eyes = transform(mesh_of(portrait, models)[[*RIGHT_EYE, *LEFT_EYE], :2], affine)
    right, left = eyes[:16].mean(0), eyes[16:].mean(0)
    assert abs(right[1] - left[1]) < 2 and right[0] < 256 < left[0]
    assert set(NAMES[label] for label in np.unique(crop)) >= {"hair", "skin", "neck", "cloth", "background", "nose"}
    straight, _ = label_crop_of(Portrait(image), models)
    for name in ("skin", "hair", "nose", "upper lip"):
        assert agreement(crop, straight, name) > 0.85


def test_a_larger_photograph_gets_the_same_labels_with_finer_edges(portrait, models, labels):
    large = Portrait(cv2.resize(portrait.image, (1536, 1536), interpolation=cv2.INTER_CUBIC))
    found = labels_of(large, models)
    small = found[1::3, 1::3]
    for name in ("skin", "hair", "nose", "neck", "cloth", "left eye", "lower lip"):
        assert agreement(small, labels, name) > 0.85
    jumps = (np.diff(found.astype(int), axis=1) != 0).sum()
    assert jumps < 5 * (np.diff(labels.astype(int), axis=1) != 0).sum()  # edges are three times as long, not nine


def test_mirroring_the_photograph_mirrors_the_labels(portrait, models, labels):
    found = labels_of(Portrait(np.ascontiguousarray(portrait.image[:, ::-1])), models)
    expected = mirrored(labels)
    for name in ("skin", "hair", "neck", "left eye", "right eye", "left brow", "right brow", "upper lip"):
        assert agreement(found, expected, name) > 0.8, name


def test_parsing_twice_gives_the_same_labels(portrait, models):
    first, second = (labels_of(Portrait(portrait.image), models) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_grey_photograph_is_parsed_too(portrait, models, labels):
    grey = cv2.cvtColor(cv2.cvtColor(portrait.image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    found = labels_of(Portrait(grey), models)
    for name, least in (("skin", 0.85), ("hair", 0.7), ("nose", 0.85), ("left eye", 0.75)):
        assert agreement(found, labels, name) > least


def test_a_cat_is_not_parsed(models):
    with pytest.raises(FaceError, match="No face was found"):
        labels_of(Portrait(read("chelsea.png")), models)


def test_the_labels_are_those_of_celebamask_hq_in_its_order():
    assert [NAMES[i] for i in (0, 1, 2, 4, 10, 13, 17, 18)] == [
        "background", "skin", "nose", "left eye", "mouth", "hair", "neck", "cloth"]
    assert label_id("Left_Eye") == IDS["left eye"] == 4
    with pytest.raises(SettingError, match="no label called 'beard'; the labels are: background, skin"):
        label_id("beard")


def test_another_order_is_translated_by_name():
    theirs = np.array([[BISENET_NAMES.index("hair"), BISENET_NAMES.index("left eye")]])
    assert from_order(theirs, BISENET_NAMES).tolist() == [[IDS["hair"], IDS["left eye"]]]
    assert sorted(BISENET_NAMES) == sorted(NAMES)


def test_a_mirrored_label_map_swaps_left_and_right():
    labels = np.array([[IDS["right eye"], IDS["nose"], IDS["left ear"]]], np.uint8)
    assert mirrored(labels).tolist() == [[IDS["right ear"], IDS["nose"], IDS["left eye"]]]
    assert np.array_equal(mirrored(mirrored(labels)), labels)


def test_every_label_has_a_colour_of_its_own():
    assert len({tuple(colour) for colour in COLOURS.tolist()}) == 19
    assert len(palette()) == 768 and palette()[3 * 13:3 * 13 + 3] == bytes(COLOURS[13])
    assert coloured(np.array([[13]], np.uint8)).tolist() == [[COLOURS[13].tolist()]]


def test_the_guided_filter_keeps_the_guides_edge_and_smooths_what_is_flat():
    guide = np.zeros((40, 40, 3), np.float32)
    guide[:, 20:] = (0.9, 0.5, 0.2)
    noisy = (guide[..., 0] > 0).astype(np.float32) + np.where(np.indices((40, 40)).sum(0) % 2, 0.2, -0.2)
    smooth = guided.apply(guided.fit(guide, noisy[None].astype(np.float32), 4, 1e-4), guide)[0]
    assert np.abs(smooth[5:-5, 5:19]).max() < 0.05 and np.abs(smooth[5:-5, 21:-5] - 1).max() < 0.05
    large = np.repeat(np.repeat(guide, 2, 0), 2, 1)
    again = guided.apply(guided.fit(guide, noisy[None].astype(np.float32), 4, 1e-4), large)[0]
    assert again.shape == (80, 80) and again[40, 38] < 0.1 and again[40, 41] > 0.9


def test_the_affine_of_the_crop_leads_back_to_the_photograph(portrait, models, labels):
    crop, affine = label_crop_of(portrait, models)
    centre = np.array(np.nonzero(crop == IDS["nose"]))[::-1].mean(1)
    assert at(labels, transform(centre[None], inverse(affine))[0]) == "nose"


# --- parsers of the Hub ----------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def segformer(tmp_path_factory) -> Path:
    """A SegFormer of the real class at tiny size, saved as the Hub keeps it, whose config names every label wrongly."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    torch.manual_seed(3)
    wrong = dict(enumerate(reversed(NAMES)))
    network = SegformerForSemanticSegmentation(SegformerConfig(
        num_encoder_blocks=2, depths=[1, 1], sr_ratios=[4, 2], hidden_sizes=[16, 16], patch_sizes=[7, 3],
        strides=[4, 2],
        num_attention_heads=[1, 1], mlp_ratios=[2, 2], decoder_hidden_size=16, num_labels=19, id2label=wrong,
        label2id={name: number for number, name in wrong.items()},
    ))  # fmt: skip
    network.decode_head.classifier.weight.data *= 40  # so that labels differ from place to place
    folder = tmp_path_factory.mktemp("segformer")
    network.save_pretrained(folder)
    return folder


def test_a_segformers_labels_are_trusted_by_id_whatever_its_config_calls_them(segformer, portrait):
    from transformers import SegformerForSemanticSegmentation

    picture = cv2.resize(portrait.image, (128, 128), interpolation=cv2.INTER_AREA)
    found = parsed(face_parser_segformer.build(segformer).eval(), picture)
    plain = SegformerForSemanticSegmentation.from_pretrained(segformer).eval()
    colours = (torch.from_numpy(picture).float() / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor(
        [0.229, 0.224, 0.225])
    with torch.inference_mode():
        logits = plain(colours.permute(2, 0, 1)[None]).logits
    ids = torch.nn.functional.interpolate(logits, (128, 128), mode="bilinear").argmax(1)[0].numpy()
    assert (found == ids).mean() > 0.999 and len(np.unique(found)) > 2 and plain.config.id2label[1] != NAMES[1]


def test_a_fetched_segformer_parses_inside_the_aligned_square_and_the_embedded_parser_beyond(
    segformer, portrait, labels, hub
):
    for name in ("config.json", "model.safetensors"):
        hub.put("jonathandinu/face-parsing", name, (segformer / name).read_bytes())
    fetched = Models()
    with pytest.raises(ModelError, match="face_parser_segformer .* is not on this machine"):
        labels_by(portrait, fetched, "face_parser_segformer")
    fetched.fetch("face_parser_segformer")
    found = labels_by(portrait, fetched, "face_parser_segformer")
    assert found.shape == labels.shape and not found.flags.writeable and found.max() < len(NAMES)
    crop, to_crop = align(portrait.image, mesh_of(portrait, fetched), 512)
    corner = transform(np.array([[256.0, 256.0]]), inverse(to_crop))[0].round().astype(int)
    own = parsed(fetched.get("face_parser_segformer"), crop)
    assert found[corner[1], corner[0]] == own[256, 256] and (found == labels)[-20:].all() and (found != labels).any()
    assert (labels_of(portrait, fetched) == labels).all()  # what one parser found is no fact of another


def test_a_bisenet_of_ones_own_parses_and_what_is_no_parser_is_refused_by_name(portrait, labels, hub):
    fetched = Models()
    (own,), _ = fetched.store.adopt(STORED / "bisenet.pth", "mine", "here")
    fetched.store.adopt(STORED / "rosinality.pt", "faces", "here")
    found = labels_by(portrait, fetched, own.id)
    assert found.shape == labels.shape and (found == labels)[-20:].all() and (found != labels).any()
    assert parsers_in(fetched) == ["embedded", "own_mine"]
    for wrong in ("own_faces", "hed"):
        with pytest.raises(SettingError, match=f"parser is '{wrong}', which reads no labels; it can be embedded, "
                                               "face_parser, face_parser_segformer, own_mine"):
            labels_by(portrait, fetched, wrong)


@pytest.mark.parametrize("name, content", [
    ("config.json", b"no JSON"), ("config.json", b"[]"), ("config.json", b"{}"), ("model.safetensors", b"no weights"),
    ("model.safetensors", (2).to_bytes(8, "little") + b"{}"),
])
def test_files_of_another_network_are_refused_in_a_sentence_and_nothing_is_made_up(segformer, name, content, hub):
    for each in ("config.json", "model.safetensors"):
        hub.put("jonathandinu/face-parsing", each, (segformer / each).read_bytes())
    hub.put("jonathandinu/face-parsing", name, content)
    with pytest.raises(ModelError, match=r"The files of face_parser_segformer are of no such network \(.+\)\. Remove"):
        Models().fetch("face_parser_segformer")


def test_a_segformer_of_other_labels_is_refused(tmp_path):
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    SegformerForSemanticSegmentation(SegformerConfig(
        num_encoder_blocks=1, depths=[1], sr_ratios=[4], hidden_sizes=[8], patch_sizes=[7], strides=[4],
        num_attention_heads=[1], mlp_ratios=[2], decoder_hidden_size=8, num_labels=4,
    )).save_pretrained(tmp_path)  # fmt: skip
    with pytest.raises(ValueError, match="tells 4 labels apart; faces have 19"):
        face_parser_segformer.build(tmp_path)
