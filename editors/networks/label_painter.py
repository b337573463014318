"""The painter of labels: labels and a style for each region -> a picture, on top of what the linear model draws.

Labels modulate every layer as in SPADE (Park et al. 2019, https://arxiv.org/abs/1903.07291), each region by a code of
its own as in SEAN (Zhu et al. 2020, https://arxiv.org/abs/1911.12861).
B batch, S side of the picture, K kinds of labels, R regions with a style, D numbers of a style, P numbers of a look
(the linear model's code of a face), C channels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIZE = 128
"""Side of the picture; `editors.semantic.drawn` says what part of a head it shows."""
KINDS: tuple[tuple[str, ...], ...] = (
    ("background",), ("skin", "eyeglasses"), ("nose",), ("left eye", "right eye"), ("left brow", "right brow"),
    ("left ear", "right ear"), ("mouth",), ("upper lip",), ("lower lip",), ("hair", "hat"),
    ("neck", "earring", "necklace"), ("cloth",),
)
"""What the network tells apart; what the embedded parser does not know counts as what it lies on."""
FACE = [1, 2, 3, 4, 6, 7, 8]
"""Kinds that the linear model draws."""
REGIONS: dict[str, tuple[int, ...]] = {
    "skin": (1, 2, 5), "hair": (9,), "brows": (4,), "upper lip": (7,), "lower lip": (8,), "neck": (10,), "cloth": (11,),
    "background": (0,), "eyes": (3,), "mouth": (6,),
}
"""Regions that have a style -> the kinds they are made of."""
COLOURS, LEARNED = 3, 13
"""Numbers of a style: the mean colour of the region, -1 to 1, and what the encoder reads beside it."""
STYLE = COLOURS + LEARNED
_SOFT = 7                 # pixels over which the linear model's face fades at the end of its frame


def shares(kinds: Tensor, side: int) -> Tensor:
    """Kinds (B, S, S) int64 -> how much of each pixel of a smaller picture each takes, (B, K, side, side)."""
    masks = F.one_hot(kinds, len(KINDS)).permute(0, 3, 1, 2).float()
    return F.adaptive_avg_pool2d(masks, side) if side != masks.shape[-1] else masks


def regions_of(shares_of_kinds: Tensor) -> Tensor:
    """Shares of kinds (B, K, h, w) -> of regions (B, R, h, w)."""
    return torch.stack([shares_of_kinds[:, list(parts)].sum(1) for parts in REGIONS.values()], 1)


def base_of(kinds: Tensor, styles: Tensor, drawn: Tensor, covered: Tensor) -> Tensor:
    """Mean colours of the regions, and over them the face that the linear model draws: (B, 3, S, S).

    kinds: (B, S, S);  styles: (B, R, D);  drawn: (B, 3, S, S) in -1..1;  covered: (B, 1, S, S), 1 within its frame
    """
    whole = shares(kinds, kinds.shape[-1])
    flat = torch.einsum("brhw,brd->bdhw", regions_of(whole), styles[..., :COLOURS])
    flat = F.avg_pool2d(F.pad(flat, (1, 1, 1, 1), mode="replicate"), 3, 1)
    face = F.avg_pool2d(whole[:, FACE].sum(1, keepdim=True), 3, 1, 1)
    return flat + covered * F.avg_pool2d(covered, _SOFT, 1, _SOFT // 2) * face * (drawn - flat)


class StyleEncoder(nn.Module):
    """Reads the style of every region: its mean colour, and the mean of learned features over it."""

    def __init__(self, width: int = 24):
        super().__init__()
        self.see = nn.Sequential(
            nn.Conv2d(12, width, 3, padding=1), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1), nn.SiLU(),
            nn.Conv2d(width, LEARNED, 1),
        )  # fmt: skip

    def forward(self, pictures: Tensor, kinds: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """pictures (B, 3, S, S) in -1..1, kinds (B, S, S), seen (B, 1, S, S) 0 or 1 -> styles (B, R, D), areas (B, R).

        An area is a share of the picture; a region that is not seen has a style of zeros.
        """
        half = pictures.shape[-1] // 2
        features = self.see(F.pixel_unshuffle(pictures, 2))                            # (B, 13, S/2, S/2)
        colours = F.avg_pool2d(pictures, 2)
        regions = regions_of(shares(kinds, half)) * (F.avg_pool2d(seen, 2) > 0.99)     # (B, R, S/2, S/2)
        weights = regions**2                            # pixels that a region shares with another say little of it
        sums = torch.einsum("brhw,bchw->brc", weights, torch.cat([colours, features], 1))
        return sums / (weights.sum((2, 3))[..., None] + 1e-4), regions.mean((2, 3))


class Modulated(nn.Module):
    """Convolution, then a scale and a shift at every pixel by its labels and styles."""

    def __init__(self, inputs: int, outputs: int, conditions: int, stride: int = 1):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.modulation = nn.Conv2d(conditions, 2 * outputs, 1)
        nn.init.normal_(self.modulation.weight, std=0.02)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, conditions: Tensor) -> Tensor:
        """(B, inputs, H, W) and conditions of the result's size -> (B, outputs, H / stride, W / stride)."""
        y = self.convolution(x)
        y = y * (y.square().mean(1, keepdim=True) + 1e-6).rsqrt()
        scale, shift = self.modulation(conditions).chunk(2, 1)
        return F.silu(y * (1 + scale) + shift)


class LabelPainter(nn.Module):
    """Adds to a base picture what it lacks to show the labels in these styles: a U-Net on 2 x 2 blocks of pixels.

    width:  C at half the side
    looks:  P
    rest:   components of style that a look says nothing of
    """

    def __init__(self, width: int = 24, looks: int = 90, rest: int = 40):
        super().__init__()
        near, middle, far = width, 2 * width, 3 * width
        given = len(KINDS) + STYLE
        self.encoder = StyleEncoder()
        self.enter = nn.Conv2d(4 * len(KINDS) + 12 + STYLE + 4 + 2, near, 3, padding=1)
        self.near = Modulated(near, near, given)
        self.down = Modulated(near, middle, given, stride=2)
        self.middle = Modulated(middle, middle, given)
        self.further = Modulated(middle, far, given, stride=2)
        self.far = nn.ModuleList(Modulated(far, far, given) for _ in range(3))
        self.narrow_far, self.narrow_middle = nn.Conv2d(far, middle, 1), nn.Conv2d(middle, near, 1)
        self.up = Modulated(middle, middle, given)
        self.back = Modulated(near, near, given)
        self.last = Modulated(near, near, given)
        self.leave = nn.Conv2d(near, 12, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        # What styles go with a look, a Gaussian: fitted once the network is trained.
        self.register_buffer("style_mean", torch.zeros(len(REGIONS) * STYLE))
        self.register_buffer("style_by_look", torch.zeros(looks, len(REGIONS) * STYLE))
        self.register_buffer("style_rest", torch.zeros(rest, len(REGIONS) * STYLE))

    def forward(self, kinds: Tensor, styles: Tensor, base: Tensor, noise: Tensor) -> Tensor:
        """kinds (B, S, S), styles (B, R, D), base (B, 3, S, S) in -1..1, noise (B, 1, S, S) -> (B, 3, S, S)."""
        side = kinds.shape[-1]
        whole = shares(kinds, side)
        conditions = [self._conditions(whole, styles, side // scale) for scale in (2, 4, 8)]
        x = torch.cat([
            F.pixel_unshuffle(whole, 2), F.pixel_unshuffle(base, 2), conditions[0][:, len(KINDS) :],
            F.pixel_unshuffle(noise, 2), self._place(base),
        ], 1)  # fmt: skip
        near = self.near(F.silu(self.enter(x)), conditions[0])                        # (B, C, S/2, S/2)
        middle = self.middle(self.down(near, conditions[1]), conditions[1])           # (B, 2C, S/4, S/4)
        x = self.further(middle, conditions[2])                                       # (B, 3C, S/8, S/8)
        for layer in self.far:
            x = x + layer(x, conditions[2])
        x = self.up(F.interpolate(self.narrow_far(x), scale_factor=2.0) + middle, conditions[1])
        x = self.back(F.interpolate(self.narrow_middle(x), scale_factor=2.0) + near, conditions[0])
        return base + F.pixel_shuffle(self.leave(x + self.last(x, conditions[0])), 2)

    def usual(self, look: Tensor) -> Tensor:
        """The styles that most likely go with a look (P,): (R, D)."""
        return (self.style_mean + look @ self.style_by_look).unflatten(0, (len(REGIONS), STYLE))

    def sample(self, look: Tensor, chance: Tensor) -> Tensor:
        """Plausible styles for a look (P,): (R, D); chance holds standard normal numbers, one a component."""
        return self.usual(look) + (chance @ self.style_rest).unflatten(0, (len(REGIONS), STYLE))

    def _conditions(self, whole: Tensor, styles: Tensor, side: int) -> Tensor:
        """Shares of kinds and the styles of their regions, (B, K + D, side, side)."""
        kinds = F.adaptive_avg_pool2d(whole, side)
        return torch.cat([kinds, torch.einsum("brhw,brd->bdhw", regions_of(kinds), styles)], 1)

    def _place(self, base: Tensor) -> Tensor:
        side = torch.linspace(-1, 1, base.shape[-1] // 2, device=base.device)
        return torch.stack(torch.meshgrid(side, side, indexing="xy")).expand(len(base), -1, -1, -1)


def build(**config: int) -> LabelPainter:
    """The painter from its card's config."""
    return LabelPainter(**config)
