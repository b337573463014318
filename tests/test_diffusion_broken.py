"""Files of Stable Diffusion that are broken, or of another network, are refused in one sentence that says which."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from editors.catalogue import card
from editors.errors import ModelError
from editors.models import CHECKPOINTS, Models
from editors.sketch.diffusion import CONTROL, PAINTER
from editors.sketch.diffusion_parts import diffuser_of
from editors.store import Store
from editors.translations import error_in

from . import tiny_diffusion
from .tiny_diffusion import LCM

ADDITION = next(iter(card(LCM).files))


class OnDisk(Models):
    """Models whose files of Stable Diffusion lie in a folder, whatever they hold."""

    def __init__(self, folder: Path):
        super().__init__(CHECKPOINTS, store=Store(folder / "store"))
        self.folder = folder

    def get(self, model_id):
        return {name: self.folder / model_id / name for name in card(model_id).files}

    def is_here(self, model_id):
        return model_id in (PAINTER, CONTROL, LCM)

    def fingerprint(self, model_id):
        return "broken"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    tiny_diffusion.write_parts(folder)
    return folder


@pytest.fixture
def parts(files, tmp_path) -> Path:
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    return tmp_path


def other(**sizes) -> Callable[[Path], None]:
    return lambda file: file.write_text(json.dumps(json.loads(file.read_text()) | sizes))


def holding(text: str) -> Callable[[Path], None]:
    return lambda file: file.write_text(text)


def without_a_weight(file: Path) -> None:
    tensors = load_file(file)
    del tensors[min(tensors)]
    save_file(tensors, file, metadata={"format": "pt"})


WEIGHTS = "diffusion_pytorch_model.fp16.safetensors"
NOWHERE = {"lora_unet_nowhere.lora_down.weight": torch.zeros(2, 4),
           "lora_unet_nowhere.lora_up.weight": torch.zeros(4, 2)}


@pytest.mark.parametrize("model_id, name, spoil, said", [
    (PAINTER, "text_encoder/model.fp16.safetensors", holding("no weights"), "header"),
    (LCM, ADDITION, holding("no weights"), "header"),
    (LCM, ADDITION, lambda file: save_file({"other.weight": torch.zeros(2)}, file), "holds no additions"),
    (LCM, ADDITION, lambda file: save_file(NOWHERE, file), "nowhere"),
    (PAINTER, "tokenizer/merges.txt", holding("#version: 0.2\none two three\n"), "Merges text file invalid"),
    (PAINTER, "tokenizer/vocab.json", holding("[1]"), "Bad vocabulary"),
    (PAINTER, "tokenizer/tokenizer_config.json", holding("[]"), "."),
    (PAINTER, "text_encoder/config.json", other(hidden_size=32), "text_encoder lacks embeddings.* in the size"),
    (PAINTER, "text_encoder/config.json", other(num_hidden_layers=3), "text_encoder lacks encoder.layers.1"),
    (PAINTER, "text_encoder/model.fp16.safetensors", without_a_weight, "text_encoder lacks"),
    (PAINTER, f"unet/{WEIGHTS}", without_a_weight, "unet lacks conv_in.bias"),
    (PAINTER, f"vae/{WEIGHTS}", without_a_weight, "vae lacks"),
    (CONTROL, WEIGHTS, without_a_weight, "lacks"),
    (PAINTER, "unet/config.json", other(sample_size="large"), "has no sample_size"),
    (PAINTER, "scheduler/scheduler_config.json", holding("[]"), "the scheduler is no object"),
    (PAINTER, "scheduler/scheduler_config.json", other(num_train_timesteps="many"), "."),
    (CONTROL, "config.json", holding('{"block_out_channels": 3}'), "."),
])  # fmt: skip
def test_a_file_that_is_broken_or_another_is_refused_in_one_sentence_naming_its_model(
    parts, capfd, model_id, name, spoil, said
):
    spoil(parts / model_id / name)
    with pytest.raises(ModelError, match=rf"^The files of {model_id} are no Stable Diffusion 1.5 \(.*{said}.*\). "
                                         rf"Remove them with .*--free {model_id}` and fetch them again.$") as caught:
        diffuser_of(OnDisk(parts), LCM, (LCM,))
    assert torch.get_default_dtype() == torch.float32  # which the libraries change while they read
    assert capfd.readouterr().err == "" and error_in(str(caught.value), "zh").startswith(f"{model_id} 的文件")


def test_a_tokenizer_that_names_no_length_gets_the_text_encoders(parts):
    (parts / PAINTER / "tokenizer" / "tokenizer_config.json").write_text("{}")
    assert diffuser_of(OnDisk(parts), LCM, (LCM,)).parts["tokenizer"].model_max_length == 77
