"""Keep the averaged weights of a training, in half precision: `python -m checkpoints.head_parser.finish`."""

import sys

from checkpoints.head_parser.train import Recipe
from checkpoints.training import keep_averaged
from editors.errors import ModelError
from editors.networks.head_parser import HeadParser

if __name__ == "__main__":
    try:
        print(f"after {keep_averaged('head_parser', HeadParser(Recipe.widths)):,} samples")
    except ModelError as error:
        sys.exit(str(error))
