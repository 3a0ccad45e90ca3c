"""Search images by a highlighted region of a network's feature map, from Python and Jupyter."""

from .client import Client, VissearchError, connect, run, start
from .results import SearchResults
from .stores import read_store
from .widgets import HighlightWidget, MultiHighlightWidget

__all__ = [
    "Client",
    "HighlightWidget",
    "MultiHighlightWidget",
    "SearchResults",
    "VissearchError",
    "connect",
    "read_store",
    "run",
    "start",
]
