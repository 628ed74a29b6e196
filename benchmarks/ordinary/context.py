"""What the resolvers of one request share."""

from dataclasses import dataclass

from benchmarks.ordinary.loaders import Loaders, Sessions
from benchmarks.ordinary.viewer import Viewer


@dataclass(frozen=True)
class Context:
    """Who asks, and the way to the database."""

    viewer: Viewer
    sessions: Sessions
    loaders: Loaders
