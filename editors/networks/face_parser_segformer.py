"""SegFormer as transformers has it, trained on CelebAMask-HQ: which of 19 labels each pixel of a face has.

Xie et al. 2021, https://arxiv.org/abs/2105.15203. Labels are trusted by id, which is CelebAMask-HQ's own order; the
names in the published config were wrong for a long time, and are not read.
"""

from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from .face_parser import DEVIATION, MEAN

LABELS = 19


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
    """The parser whose config.json and model.safetensors lie in a folder.

    Raises ImportError without transformers, ValueError or what transformers raises where the files are of another
    network.
    """
    from transformers import SegformerForSemanticSegmentation
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()  # it tables what does not fit over many lines; the error says it in one
    segformer, loaded = SegformerForSemanticSegmentation.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, output_loading_info=True
    )
    missing = sorted(name for name in loaded["missing_keys"] if not name.endswith("num_batches_tracked"))
    if missing:  # it would be made up, and what it then says of a face, too
        raise ValueError(f"Its weights lack {missing[0]!r} ({len(missing)} missing).")
    if segformer.config.num_labels != LABELS:
        raise ValueError(f"It tells {segformer.config.num_labels} labels apart; faces have {LABELS}.")
    return FaceParserSegformer(segformer)
