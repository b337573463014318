"""Edit a photograph from Python: python examples/edit_from_python.py [PHOTO] [OUT]"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs from anywhere

from editors import Models, Notebook, Portrait, ShiftAttributes  # noqa: E402
from editors.attributes.directions import directions_of  # noqa: E402
from editors.downloads import actions_of, models_of  # noqa: E402
from editors.provenance import edit_note  # noqa: E402


def main(photo: str, out: str) -> None:
    """Say what can be moved, make two edits in a row, and save what comes of them."""
    models = Models()
    for direction in directions_of(models):
        print(f"{direction.name:14}{direction.low:5g} to {direction.high:<5g}one is {direction.unit}")

    portrait = Portrait.open(photo)
    notebook = Notebook()
    for amounts in ({"smile": 2}, {"hair_light": 1}):
        notebook = notebook.append(ShiftAttributes(amounts=amounts))

    note = edit_note(actions_of(notebook), models_of(notebook, models))  # a picture says what was done to it
    notebook.run(portrait, models).save(out, note)
    print(out)


if __name__ == "__main__":
    example = Path(__file__).parent / "portraits" / "astronaut.png"
    main(*(sys.argv[1:3] + [str(example), "edited.png"][len(sys.argv[1:3]):]))
