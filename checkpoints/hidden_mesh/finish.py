"""Keep the averaged weights of a training, in half precision: `python -m checkpoints.hidden_mesh.finish`."""

import sys

from checkpoints.hidden_mesh.train import Recipe
from checkpoints.training import keep_averaged
from editors.errors import ModelError
from editors.networks.hidden_mesh import HiddenMesh

if __name__ == "__main__":
    try:
        print(f"after {keep_averaged('hidden_mesh', HiddenMesh(Recipe.width, Recipe.forms)):,} samples")
    except ModelError as error:
        sys.exit(str(error))
