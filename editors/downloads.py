"""The file that leaves: every pixel of the result, and what was done to it in plain metadata and credentials."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .desk import Desk
from .images import save_photo
from .models import Models
from .notebook import Notebook, Results
from .notebook_file import save_notebook
from .provenance import edit_note, read_credentials, read_note, sign
from .sessions import Session

LABEL = "AI-edited"


def actions_of(notebook: Notebook) -> list[dict[str, Any]]:
    """Each edit that is switched on, as plain data."""
    return [{"kind": cell.step.kind, "settings": cell.step.plain()} for cell in notebook.cells if cell.enabled]


def models_of(notebook: Notebook, models: Models) -> list[dict[str, Any]]:
    """Each model the edits used, with its licence and the sha256 of its files."""
    used = dict.fromkeys(name for cell in notebook.cells if cell.enabled for name in cell.step.models_used(models))
    return [
        {"id": name, "licence": card.licence, "source": card.source, "sha256": models.fingerprint(name)}
        for name, card in ((name, models.card(name)) for name in used)
    ]


def write_label(pixels: np.ndarray) -> np.ndarray:
    """The picture (H, W, 3) with the label in its lower right corner, a fortieth of the short side high."""
    image = Image.fromarray(pixels)
    size = max(12, min(image.size) // 40)
    draw = ImageDraw.Draw(image, "RGBA")
    font = ImageFont.load_default(size)
    left, top, right, bottom = draw.textbbox((0, 0), LABEL, font=font)
    x, y = image.width - (right - left) - 1.6 * size, image.height - (bottom - top) - 1.6 * size
    box = (x - 0.7 * size, y - 0.5 * size, x + right - left + 0.7 * size, y + bottom - top + 0.5 * size)
    draw.rounded_rectangle(box, size // 2, fill=(0, 0, 0, 150))
    draw.text((x - left, y - top), LABEL, font=font, fill=(255, 255, 255, 235))
    return np.asarray(image)


def write_picture(
    session: Session, models: Models, kept: Results, format: str, folder: Path, label: bool = False
) -> Path:
    """Write the result at the photograph's size, as "png", "jpg" or "webp". Returns where."""
    result = session.run(models, kept)[-1]
    actions, used = actions_of(session.notebook), models_of(session.notebook, models)
    edited = result is not session.portrait
    path = folder / f"{session.name}{'-edited' if edited else ''}.{format}"
    pixels = write_label(result.image) if label and edited else result.image
    told = read_note(session.source or b"")  # of a face that was drawn here, or a picture edited before
    note: Mapping[str, Any] | None = edit_note(actions, used) if edited else told
    save_photo(path, pixels, profile=result.profile, alpha=result.alpha, note=note)
    if edited or told:
        sign(path, actions, used, original=session.source)
    return path


def write_notebook(session: Session, models: Models, kept: Results, folder: Path) -> Path:
    """Write the notebook that is shown, with its photograph and pictures. Returns where."""
    path = folder / f"{session.name}.limner"
    save_notebook(path, session.notebook, session.portrait, models, kept, session.found)
    return path


def write_file(session: Session, desk: Desk, format: Any, folder: Path, label: bool = False) -> Path:
    """Write what the page asks for: "limner" for the notebook, else the picture as "jpg", "webp" or "png"."""
    if format == "limner":
        return write_notebook(session, desk.models, desk.results, folder)
    suffix = format if format in ("jpg", "webp") else "png"
    return write_picture(session, desk.models, desk.results, suffix, folder, label)


def read_and_judge(path: str | Path) -> dict[str, Any]:
    """What an uploaded picture says about where it came from; the upload does not stay."""
    try:
        return read_credentials(path)
    finally:
        Path(path).unlink(missing_ok=True)
