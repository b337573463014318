"""Keep the averaged weights of a training, in half precision: `python -m checkpoints.glasses_parser.finish`."""

import sys

from checkpoints.glasses_parser.train import Recipe
from checkpoints.training import keep_averaged
from editors.errors import ModelError
from editors.networks.glasses_parser import GlassesParser

if __name__ == "__main__":
    try:
        print(f"after {keep_averaged('glasses_parser', GlassesParser(Recipe.widths)):,} samples")
    except ModelError as error:
        sys.exit(str(error))
