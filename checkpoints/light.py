"""Other light for photographs that networks learn from."""

import cv2
import numpy as np


def wave(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> np.ndarray:
    """Low, random hills, float32 (H, W), of deviation one."""
    hills = rng.normal(size=(cells, cells)).astype(np.float32)
    return cv2.resize(hills, shape[::-1], interpolation=cv2.INTER_CUBIC)


def soft_mask(mask: np.ndarray, blur: float) -> np.ndarray:
    """A mask (H, W) whose edge is blurred by so many pixels, float32 (H, W, 1)."""
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), blur)[..., None]


def lit(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another exposure, contrast and colour of light; from one side, with highlights; grey; blurred; grainy.

    light: float (H, W, 3), 0..1.  Returns float (H, W, 3), not clipped.
    """
    height, width = light.shape[:2]
    light = light.clip(1e-3, None) ** np.exp(rng.uniform(-0.5, 0.6))
    if rng.random() < 0.25:
        ramp = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
        light = light * np.exp(rng.normal(0, 0.7) * ramp)
    if rng.random() < 0.25:
        light = light + 0.2 * (wave(rng, (height, width), 5) - 0.8).clip(0, None)[..., None]
    gain = rng.uniform(0.08, 0.4) if rng.random() < 0.2 else rng.uniform(0.6, 1.35)
    grey = light.mean(2, keepdims=True)
    light = grey + (light - grey) * (0 if rng.random() < 0.12 else rng.uniform(0.4, 1.5))
    light = light * gain * rng.uniform(0.88, 1.12, 3) + rng.uniform(-0.03, 0.06)
    if rng.random() < 0.3:
        light = cv2.GaussianBlur(light.astype(np.float32), (0, 0), float(rng.uniform(0.4, 1.8)))
    return light + rng.normal(0, rng.uniform(0, 0.02), light.shape)
