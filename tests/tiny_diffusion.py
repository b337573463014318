"""A Stable Diffusion of a few thousand weights, in the files and classes of the real one, with random weights."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from editors.catalogue import CARDS, card
from editors.models import Models
from editors.sketch.diffusion import CONTROL, PAINTER
from editors.store import Store

LCM, HYPER = "lcm_lora_sd15", "hyper_sd15_lora"
WIDTHS, WORDS = (8, 16), 16
NAMES = {LCM: "lora_unet_{}.lora_{}.weight", HYPER: "unet.{}.lora_{}.weight"}


def write_parts(folder: Path) -> None:
    """Write every file of the four cards, each model in a folder of its own."""
    from diffusers import AutoencoderKL, ControlNetModel, DDIMScheduler, UNet2DConditionModel  # seconds to import
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    painter = folder / PAINTER
    blocks = {"block_out_channels": WIDTHS, "layers_per_block": 1, "cross_attention_dim": WORDS,
              "attention_head_dim": 4, "norm_num_groups": 4,
              "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D")}
    unet = UNet2DConditionModel(
        sample_size=16, in_channels=9, out_channels=4, up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), **blocks)
    control = ControlNetModel(conditioning_embedding_out_channels=(8, 16), in_channels=4, **blocks)
    seeing = control.controlnet_cond_embedding.conv_out
    for layer in [*control.controlnet_down_blocks, control.controlnet_mid_block, seeing]:
        torch.nn.init.normal_(layer.weight, std=0.5)          # zero before any training, which would say nothing
    vae = AutoencoderKL(
        block_out_channels=(8, 8), layers_per_block=1, latent_channels=4, norm_num_groups=4, sample_size=64,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2)
    words = write_words(painter / "tokenizer")
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(words), hidden_size=WORDS, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=77, bos_token_id=len(words) - 2, eos_token_id=len(words) - 1,
        pad_token_id=len(words) - 1))
    for name, part in (("unet", unet), ("vae", vae), ("text_encoder", text)):
        part.half().save_pretrained(painter / name, variant="fp16")
    control.half().save_pretrained(folder / CONTROL, variant="fp16")
    DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1,
                  set_alpha_to_one=False).save_pretrained(painter / "scheduler")
    (painter / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionInpaintPipeline"}))
    for model_id in (LCM, HYPER):
        write_addition(folder / model_id, model_id, unet)


def write_words(folder: Path) -> dict[str, int]:
    """A tokenizer that knows letters and two words."""
    letters = [chr(code) for code in range(33, 127)]
    tokens = [*letters, *(letter + "</w>" for letter in letters), "re", "red</w>", "<|startoftext|>", "<|endoftext|>"]
    words = {token: index for index, token in enumerate(tokens)}
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(words))
    (folder / "merges.txt").write_text("#version: 0.2\nr e\nre d</w>\n")
    ends = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
            "pad_token": "<|endoftext|>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(ends))
    (folder / "tokenizer_config.json").write_text(json.dumps(
        ends | {"model_max_length": 77, "tokenizer_class": "CLIPTokenizer", "do_lower_case": True}))
    return words


def write_addition(folder: Path, model_id: str, unet: torch.nn.Module) -> None:
    """Additions of rank 2 to a linear layer and a convolution, named as the real file names them."""
    tensors = {}
    for name in ("mid_block.attentions.0.transformer_blocks.0.attn1.to_q", "mid_block.resnets.0.conv1"):
        weight = unet.get_submodule(name).weight
        kernel = weight.shape[2:]
        stem = name.replace(".", "_") if model_id == LCM else name
        down, up = ("down", "up") if model_id == LCM else ("A", "B")
        tensors[NAMES[model_id].format(stem, down)] = torch.randn(2, weight.shape[1], *kernel) * 0.3
        tensors[NAMES[model_id].format(stem, up)] = torch.randn(len(weight), 2, *(1 for _ in kernel)) * 0.3
        if model_id == LCM:
            tensors[f"lora_unet_{stem}.alpha"] = torch.tensor(1.0)
    folder.mkdir(parents=True)
    save_file(tensors, folder / next(iter(card(model_id).files)))


def fetch_all(hub, folder: Path, checkpoints: Path) -> Models:
    """The parts put on a Hub, fetched from it as a person's are, and the models that hold them."""
    for model_id in (PAINTER, CONTROL, LCM, HYPER):
        for name in card(model_id).files:
            hub.put(card(model_id).repo, name, (folder / model_id / name).read_bytes())
    models = Models(checkpoints, store=Store(), catalogue=CARDS)
    for model_id in (PAINTER, CONTROL, LCM, HYPER):
        models.fetch(model_id)
    return models
