"""Keep averaged weights of a training, in half precision: `python -m checkpoints.head_parser.finish [--share 0.8]`."""

import argparse
import sys

from checkpoints.head_parser.train import Recipe
from checkpoints.training import keep_averaged
from editors.errors import ModelError
from editors.networks.head_parser import HeadParser

if __name__ == "__main__":
    parser = argparse.ArgumentParser("checkpoints.head_parser.finish")
    parser.add_argument("--share", type=float, default=1.0, help="how far to go from the weights kept so far")
    try:
        share = parser.parse_args().share
        print(f"after {keep_averaged('head_parser', HeadParser(Recipe.widths), share):,} samples")
    except ModelError as error:
        sys.exit(str(error))
