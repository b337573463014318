"""What it costs to draw: multiplications and additions, counted from the shapes of the layers."""

from .face_generator import FaceGenerator


def multiply_adds(generator: FaceGenerator, size: int | None = None) -> int:
    """Multiply-adds of drawing one code at a size, as the convolutions are written down.

    Fewer are done where there is a quicker way (Winograd's) to the same picture. What is done for a pixel alone
    (noise, bias, leaky ReLU) and the fixed filters are left out, as is usual.
    """
    blocks = [block for block in generator.synthesis.blocks if block.side <= (size or generator.size)]
    layers = [layer for block in blocks for layer in block.styled]
    styles = [each.to_scale for each in (*layers, *(block.to_rgb for block in blocks))]
    by_pixel = [(block.side, block.to_rgb) for block in blocks]
    by_pixel += [(block.side, block.from_coarse) for block in blocks if block.from_coarse is not None]
    # A transposed convolution visits each pixel of its input.
    by_pixel += [(layer.side // 2 if layer.up else layer.side, layer) for layer in layers]
    return sum(side**2 * each.weight.numel() for side, each in by_pixel) + sum(each.weight.numel() for each in styles)
