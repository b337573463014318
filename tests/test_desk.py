"""What the page shows is ready before anyone asks, whichever editors there are."""

from editors.desk import Desk
from editors.models import Models
from editors.step import EDITORS, steps_of


def test_warming_up_loads_what_every_editor_needs_of_the_embedded_models():
    models = Models()
    Desk(models).warm_up()
    needed = {model for editor in EDITORS for step in steps_of(editor) for model in step.needs}
    embedded = {model for model in needed if not models.card(model).repo}
    assert len(embedded) > 5 and embedded <= set(models.held())
