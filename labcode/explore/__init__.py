"""Explorers: labcode objects that a reader steps through and changes, in a page or in a notebook."""

from labcode.explore.convolution import convolution
from labcode.explore.cost import cost
from labcode.explore.descent import descent
from labcode.explore.graph import graph
from labcode.explore.matrix import jacobian
from labcode.explore.pooling import pooling

__all__ = ["convolution", "cost", "descent", "graph", "jacobian", "pooling"]
