"""SegFormer as transformers has it, trained on CelebAMask-HQ: which of 19 labels each pixel of a face has.

Xie et al. 2021, https://arxiv.org/abs/2105.15203. Labels are trusted by id, which is CelebAMask-HQ's own order; the
names in the published config were wrong for a long time, and are not read.
"""

from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import ModelError
from ..labels import NAMES
from .face_parser import DEVIATION, MEAN


class FaceParserSegformer(nn.Module):
    """Gives a logit for each of the 19 labels of `editors.labels`, in its order."""

    side = 512  # of the aligned faces it was trained on; other sides work

    def __init__(self, segformer: nn.Module):
        super().__init__()
        self.segformer = segformer

    def forward(self, pictures: Tensor) -> Tensor:
        """Aligned faces (B, 3, H, W), -1 to 1 -> logits (B, labels, H, W)."""
        mean, deviation = pictures.new_tensor(MEAN)[:, None, None], pictures.new_tensor(DEVIATION)[:, None, None]
        logits = self.segformer(((pictures + 1) / 2 - mean) / deviation).logits                  # (B, 19, H/4, W/4)
        return F.interpolate(logits, pictures.shape[2:], mode="bilinear", align_corners=False)


def build(folder: Path) -> FaceParserSegformer:
    """The parser whose config.json and model.safetensors lie in a folder. Raises ModelError if they are of another."""
    try:
        from transformers import SegformerForSemanticSegmentation
    except ImportError:
        raise ModelError(
            "face_parser_segformer needs the package transformers. Run: pip install transformers"
        ) from None
    try:
        segformer = SegformerForSemanticSegmentation.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"face_parser_segformer could not be built: {str(error).splitlines()[0]}") from None
    if segformer.config.num_labels != len(NAMES):
        raise ModelError(f"This SegFormer tells {segformer.config.num_labels} labels apart; faces have {len(NAMES)}.")
    return FaceParserSegformer(segformer)
