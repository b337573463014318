"""Limner: edit faces in photographs, every edit a step that can be changed, replayed and taken along.

    from editors import Models, Portrait, ShiftAttributes
    models = Models()
    portrait = Portrait.open("photo.jpg")
    ShiftAttributes(amounts={"smile": 2}).apply(portrait, models).save("out.png")

The map: a folder is a tab of the page, a file is a word they share.

    portrait   a picture and the facts found in it          step       one edit as plain data
    notebook   edits in order, results kept                 models     load once, check, keep
    catalogue  every model, its licence and source          errors     what a person can mend
    store      what was fetched, locked by sha256           hub        files of the Hub, gone on with
    images     files in and out, pixel ranges, axis orders  faces      find, mesh, choose
    frame      the mesh-normalised frame                    carry      an edit brought to the photograph
"""

from importlib import import_module

_HOME = {
    "Models": "models",
    "Portrait": "portrait",
    "Step": "step",
    "EDITORS": "step",
    "Cell": "notebook",
    "Notebook": "notebook",
    "History": "notebook",
    "Results": "notebook",
    "save_notebook": "notebook_file",
    "open_notebook": "notebook_file",
    "read_result": "notebook_file",
    "EditError": "errors",
    "ShiftAttributes": "attributes.step",
    "SketchFill": "sketch.step",
    "MaskEdit": "semantic.step",
}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    """Public names are imported when first used, so that `import editors` costs nothing."""
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
