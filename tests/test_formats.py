"""Weights that others published are read as data, recognised by content, and written whole or not at all."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
import torch

from editors.errors import ModelError
from editors.formats import KINDS, convert, load, recognise
from editors.formats.containers import read

from .published import STORED, names_of, normal, weights

FILES = {
    "rosinality.pt": "rosinality", "nvidia_3.pkl": "nvidia", "nvidia_4.pkl": "nvidia", "bisenet.pth": "bisenet",
    "nvidia_tensorflow.pkl": "nvidia",
}  # fmt: skip


def saved(content: object, old: bool = False) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, _use_new_zipfile_serialization=not old)
    return stream.getvalue()


@pytest.fixture
def file(tmp_path):
    """Write bytes, or what torch.save makes of anything else, under a name that says nothing."""
    def write(content: object):
        path = tmp_path / "given.weights"
        path.write_bytes(content if isinstance(content, bytes) else saved(content))
        return path

    return write


def generator_state() -> dict[str, torch.Tensor]:
    return weights(names_of("rosinality"), 21)


# --- reading --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("old", [False, True])
def test_tensors_come_out_as_torch_itself_reads_them(old, file):
    square = torch.arange(24.0).reshape(4, 6)
    kinds = (torch.float64, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)
    content = {str(kind): square.to(kind) for kind in kinds}
    content |= {"turned": square.T, "part": square[1:, ::2], "empty": square[:0], "alone": torch.tensor(3.0)}
    content["parameter"] = torch.nn.Parameter(square)
    path = file(saved(content, old))
    theirs, ours = torch.load(path, weights_only=True), read(path)
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        assert np.array_equal(ours[name].array(), tensor.detach().numpy()) and ours[name].shape == tensor.shape, name


def test_bfloat16_comes_out_as_float32(file):
    tensor = normal(1, 3, 5).bfloat16()
    assert np.array_equal(read(file({"w": tensor}))["w"].array(), tensor.float().numpy())


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_and_arrays_come_out_of_every_protocol(protocol, file):
    content = {
        "numbers": [1, -2, 2**40, 1.5, True, None], "words": ("a", b"b", b"", "ü"), "set": {1, 2}, "array": np.eye(3),
        "turned": np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)), "scalar": np.float32(0.5),
    }  # fmt: skip
    found = read(file(pickle.dumps(content, protocol)))
    for name in ("array", "turned"):
        assert np.array_equal(found.pop(name).array(), content.pop(name))
    assert found == content


def test_numbers_stay_in_the_file_until_they_are_asked_for(file):
    path = file({"good": torch.zeros(4), "bad": torch.ones(4)})
    whole = path.read_bytes()
    path.write_bytes(whole.replace(torch.ones(4).numpy().tobytes(), b"\1" * 16))
    found = read(path)
    assert not found["good"].array().any()
    with pytest.raises(ModelError, match="data/1' is damaged"):
        found["bad"].array()


# --- recognising ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", FILES)
def test_content_says_what_a_file_is_and_not_its_name(name, file):
    assert recognise(file((STORED / name).read_bytes())) == FILES[name] and FILES[name] in KINDS


def test_a_state_alone_or_of_several_gpus_or_in_safetensors_is_recognised(file, tmp_path):
    from safetensors.torch import save

    state = generator_state()
    assert recognise(file(state)) == "rosinality"
    assert recognise(file({f"module.{name}": held for name, held in state.items()})) == "rosinality"
    assert recognise(file(save(state))) == "rosinality"


@pytest.mark.parametrize("content, found", [
    ({"fc.weight": torch.zeros(3, 4)}, "a dictionary of 1 entries, such as 'fc.weight'"),
    ({"a.weight": torch.zeros(3, 4, 5), "a.bias": torch.zeros(64), "b": 1}, "a dictionary of 3 entries"),
    (torch.zeros(3, 4, 5), r"a tensor \(3, 4, 5\)"),
    ([1, "two"], "a value of type list"), ([1.0] * 15, "a value of type list"), ([[1.0] * 16, [1.0] * 17], "a value"),
    ({}, "a dictionary of 0 entries"), (b"{}", "a dictionary of 0 entries"),
    ([1.0] * 20 + ["x"], "a value of type list"),
    ("words", "a value of type str"),
    ({"state_dict": {"hypernet.x": torch.zeros(2)}}, "a dictionary .* such as 'state_dict' with 'hypernet.x' in it"),
])  # fmt: skip
def test_anything_else_is_refused_by_what_it_is(content, found, file):
    with pytest.raises(ModelError, match=f"given.weights was not loaded and nothing in it was run: it holds {found}"):
        recognise(file(content))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        recognise(tmp_path / "none.pt")
    with pytest.raises(ModelError, match="cannot be read"):
        recognise(tmp_path)


# --- converting -----------------------------------------------------------------------------------------------------

def test_what_is_written_says_what_it_is_and_is_never_used_once_changed(tmp_path):
    from safetensors import safe_open

    (part,) = convert(STORED / "rosinality.pt", tmp_path / "new" / "folder").parts
    with safe_open(part.file, "np") as opened:
        said = opened.metadata()
    assert said["network"] == part.network == "face_generator" and json.loads(said["config"]) == part.config
    assert part.config["size"] == 32 and part.size_mb == pytest.approx(part.numbers * 4 / 1e6, rel=0.15)
    content = bytearray(part.file.read_bytes())
    content[-1] ^= 1
    part.file.write_bytes(content)
    with pytest.raises(ModelError, match="was changed"):
        load(part)


def test_the_same_file_is_written_to_the_same_bytes(tmp_path):
    first, second = (convert(STORED / "nvidia_4.pkl", tmp_path / name).parts[0].sha256 for name in "ab")
    assert first == second


def test_a_mean_among_the_weights_is_that_of_the_generator(file, tmp_path):
    from safetensors.torch import save

    mean = normal(9, 24)
    generator = load(convert(file(save(generator_state() | {"latent_avg": mean})), tmp_path).parts[0])
    assert torch.equal(generator.mean_style, mean)


def test_a_generator_without_a_mean_or_noise_is_given_them(file, tmp_path):
    state = {name: held for name, held in generator_state().items() if not name.startswith("noises.")}
    generator = load(convert(file({"g_ema": state}), tmp_path).parts[0])
    assert torch.allclose(generator.mean_style, generator.measure_mean_style(), atol=1e-5)
    assert float(generator.synthesis.blocks[1].conv.noise.std()) == pytest.approx(1, abs=0.2)


def test_a_parser_of_before_normalizations_were_counted_is_read(file, tmp_path):
    state = weights(names_of("bisenet"), 42)
    older = {name: held for name, held in state.items() if not name.endswith("num_batches_tracked")}
    assert len(older) < len(state)
    first, second = (convert(file(each), tmp_path / "out").parts[0].sha256 for each in (state, older))
    assert first == second


@pytest.mark.parametrize("change, said", [
    (lambda state: state.pop("convs.1.conv.weight"), "lacks 'convs.1.conv.weight'"),
    (lambda state: state.update({"convs.9.conv.weight": torch.zeros(2)}), "holds 'convs.9.conv.weight'"),
    (lambda state: state.update({"conv1.activate.bias": torch.zeros(5)}), r"has '.*bias' of \(5,\), not \(12,\)"),
    (lambda state: state.update({"conv1.activate.bias": torch.full((12,), torch.nan)}), "not finite"),
    (lambda state: state.update({"conv1.conv.modulation.weight": torch.zeros(2)}), "lacks .* of 2 axes"),
])  # fmt: skip
def test_weights_that_do_not_fit_are_refused_by_name_and_nothing_is_written(change, said, file, tmp_path):
    state = generator_state()
    change(state)
    with pytest.raises(ModelError, match=said):
        convert(file({"g_ema": state, "latent_avg": normal(1, 24)}), tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))


def psp(**changes: object) -> dict:
    content = {
        "state_dict": weights(names_of("e4e"), 33), "latent_avg": normal(34, 8, 64),
        "opts": {"encoder_type": "Encoder4Editing", "start_from_latent_avg": True},
    }  # fmt: skip
    return {**content, **changes}


def test_one_mean_style_serves_every_layer_and_options_may_be_a_namespace(file, tmp_path):
    import argparse

    options = argparse.Namespace(encoder_type="Encoder4Editing", start_from_latent_avg=True)
    encoder, generator = map(load, convert(file(psp(latent_avg=normal(1, 64), opts=options)), tmp_path).parts)
    assert torch.equal(encoder.mean_codes, normal(1, 64).expand(8, -1))
    assert torch.equal(generator.mean_style, normal(1, 64))


@pytest.mark.parametrize("content, said", [
    (lambda: psp(opts={"encoder_type": "SingleStyleCodeEncoder"}), "of type 'SingleStyleCodeEncoder'"),
    (lambda: psp(latent_avg=None), "lacks 'latent_avg'"),
    (lambda: psp(latent_avg=[torch.zeros(8, 64)]), "value of type list where numbers are expected"),
    (lambda: psp(latent_avg=torch.zeros(7)), r"latent_avg of \(7,\), not \(8, 64\)"),
    (lambda: psp(state_dict={**psp()["state_dict"], "encoder.input_layer.0.weight": torch.zeros(16, 6, 3, 3)}),
     "looks at 6 channels; ReStyle's"),
    (lambda: {**weights(names_of("bisenet"), 1), "conv_out.conv_out.weight": torch.zeros(11, 16, 1, 1)},
     "11 labels; that of faces has 19"),
])  # fmt: skip
def test_relatives_that_are_not_read_are_refused_by_what_tells_them_apart(content, said, file, tmp_path):
    with pytest.raises(ModelError, match=said):
        convert(file(content()), tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "out").write_text("a file is in the way")
    with pytest.raises(ModelError, match="cannot be written"):
        convert(STORED / "rosinality.pt", tmp_path / "out")


# --- directions -----------------------------------------------------------------------------------------------------

def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def zipped(arrays: dict[str, np.ndarray]) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


SMILE, POSE = normal(1, 1, 512), normal(2, 18, 512)


@pytest.mark.parametrize("content, expected", [
    (SMILE, SMILE), (POSE, POSE), (POSE[None], POSE), (SMILE[0], SMILE), (npy(SMILE.numpy()), SMILE),
    (npy(np.asfortranarray(POSE.numpy().astype(np.float64))), POSE), (pickle.dumps(POSE.numpy(), 2), POSE),
    (b"[[6, 501], [11, 286]]", torch.tensor([[6, 501], [11, 286]])), ([(6, 501)], torch.tensor([[6, 501]])),
    (npy(np.array([[15, 45]])), torch.tensor([[15, 45]])),
    (json.dumps(SMILE[0].tolist()).encode(), SMILE), (json.dumps(POSE.tolist()).encode(), POSE),
    (pickle.dumps(SMILE, 2), SMILE),
])  # fmt: skip
def test_a_direction_is_read_in_whichever_way_it_was_published(content, expected, file, tmp_path):
    converted = convert(file(content), tmp_path)
    assert converted.kind == "directions" and converted.parts[0].network == ""
    assert np.allclose(load(converted.parts[0])["given"], expected.numpy())


def test_directions_may_come_by_name(file, tmp_path):
    arrays = load(convert(file({"age": SMILE, "pose": POSE, "smile": [[6, 501]]}), tmp_path).parts[0])
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == {"age": (1, 512), "pose": (18, 512), "smile": (1, 2)}
    with pytest.raises(ModelError, match="holds directions, and 'picture', which is none"):
        recognise(file({"age": SMILE, "picture": torch.zeros(3, 64, 64)}))


@pytest.mark.parametrize("name", ["", "two\nlines", "half of a letter \ud83d", "x" * 101])
def test_a_direction_whose_name_cannot_be_shown_is_refused(name, file):
    with pytest.raises(ModelError, match="holds a direction called '.*'; a name is 1 to 100 letters that can be shown"):
        recognise(file({"age": SMILE, name: SMILE}))


@pytest.mark.parametrize("name", ["__metadata__.npy", "x" * 200 + ".npy"])
def test_a_direction_in_a_file_of_an_odd_name_is_kept_under_a_plain_one(name, tmp_path):
    (tmp_path / name).write_bytes(npy(SMILE.numpy()))
    assert list(load(convert(tmp_path / name, tmp_path / "out").parts[0])) == ["direction"]


@pytest.mark.parametrize("as_numpy", [False, True])
def test_principal_components_are_read_from_both_of_their_files(as_numpy, file, tmp_path):
    mean, components, deviations = normal(1, 1, 512), normal(2, 80, 1, 512), normal(3, 80).abs()
    content = {"mean": mean, "comp": components, "std": deviations}
    if as_numpy:
        names = {"lat_mean": mean, "lat_comp": components, "lat_stdev": deviations}
        content = zipped({name: held.numpy() for name, held in names.items()})
    converted = convert(file(content), tmp_path)
    arrays = load(converted.parts[0])
    assert converted.kind == "ganspace"
    assert np.array_equal(arrays["components"], components[:, 0]) and np.array_equal(arrays["mean"], mean[0])
    assert np.array_equal(arrays["deviations"], deviations)


# --- damage ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_anywhere_is_refused_in_a_sentence(name, file, tmp_path):
    content = (STORED / name).read_bytes()
    for length in np.linspace(1, len(content) - 1, 25, dtype=int):
        with pytest.raises(ModelError, match="was not loaded"):
            convert(file(content[:length]), tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("name", FILES)
def test_bytes_that_were_changed_never_surprise(name, file, tmp_path):
    content, draw = bytearray((STORED / name).read_bytes()), np.random.default_rng(5)
    for _ in range(60):
        changed = bytearray(content)
        for place in draw.integers(0, min(len(content), 6000), 3):
            changed[place] = draw.integers(0, 256)
        try:
            convert(file(bytes(changed)), tmp_path / "out")
        except ModelError as error:
            assert "was not loaded" in str(error)


def test_an_empty_file_is_refused(file):
    with pytest.raises(ModelError, match="has 0 MB"):
        recognise(file(b""))


def test_an_archive_of_other_things_is_named(file):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(ModelError, match="an archive with 'letter.txt' in it"):
        recognise(file(stream.getvalue()))
