"""The context of one request."""

from dataclasses import dataclass

from benchmarks.ordinary.loaders import Loaders, Sessions
from benchmarks.ordinary.viewer import Viewer


@dataclass(frozen=True)
class Context:
    """The viewer, the database sessions and the loaders of one request."""

    viewer: Viewer
    sessions: Sessions
    loaders: Loaders
