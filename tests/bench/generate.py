#!/usr/bin/env python3
"""Writes one tree of the benchmark: generate.py TOOL SHAPE KIND SIZE DIRECTORY

TOOL is restage, make, ninja, …; SHAPE wide, chain, layers, many or foreach; KIND plain, redirect or shell.
"""
import sys

from graphs import Graph
from tools import PEERS, Restage


def main(args):
    if len(args) != 5:
        sys.exit(__doc__.strip())
    name, shape, kind, size, tree = args
    kinds = {tool.name: tool for tool in (Restage, *PEERS)}
    kinds[name](name).write(tree, Graph(shape, int(size), kind))


if __name__ == "__main__":
    main(sys.argv[1:])
