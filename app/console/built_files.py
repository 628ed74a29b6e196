"""Reads what the console's build made, once at the start of a server.

The files are kept in memory: together they are about two megabytes, and a build that replaces them while the server
runs can't mix two versions.
"""

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.console.build_folder import ASSETS, BUILT, DOCUMENTS, FAILURE, GRAPHIQL, INDEX, LICENCES

NOT_BUILT = "The console has not been built. Run 'make console', or install a release, which contains it."

PREFIX = "sha256:"
"""What the ids of documents begin with."""

CODINGS = {"br": ".br", "gzip": ".gz"}
"""The suffix of a file that the build compressed, by content coding; the smallest first."""

TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file with a hash in its name. `content` has its bytes by content coding; uncompressed, that is `identity`."""

    media_type: str
    content: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class BuiltConsole:
    """A build, or `failure`: why there is none, for a person. `index` is the page, `graphiql` the one for trying
    the API, `documents` are the texts of their GraphQL documents by their SHA-256, and `licences` are those of the
    packages in them."""

    index: str = ""
    graphiql: str = ""
    assets: Mapping[str, Asset] = field(default_factory=dict)
    documents: Mapping[bytes, str] = field(default_factory=dict)
    licences: str = ""
    failure: str | None = None


def read_build(folder: Path = BUILT) -> BuiltConsole:
    """Returns the build in a folder. One that lacks a file, such as that of an older version, counts as none."""
    try:
        return BuiltConsole(
            (folder / INDEX).read_text(),
            (folder / GRAPHIQL).read_text(),
            {path.name: _asset(path) for path in (folder / ASSETS).iterdir() if path.suffix not in CODINGS.values()},
            read_documents(folder),
            (folder / LICENCES).read_text(),
        )
    except FileNotFoundError:
        failure = folder / FAILURE
        return BuiltConsole(failure=failure.read_text() if failure.is_file() else NOT_BUILT)


def read_documents(folder: Path = BUILT) -> dict[bytes, str]:
    """Returns the texts of the console's GraphQL documents by their SHA-256; empty if there is no build."""
    try:
        content: dict[str, str] = json.loads((folder / DOCUMENTS).read_bytes())
    except FileNotFoundError:
        return {}
    return {bytes.fromhex(name.removeprefix(PREFIX)): text for name, text in content.items()}


def _asset(path: Path) -> Asset:
    compressed = {coding: path.with_name(path.name + suffix) for coding, suffix in CODINGS.items()}
    content = {coding: file.read_bytes() for coding, file in compressed.items() if file.is_file()}
    media_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(media_type, content | {"identity": path.read_bytes()})
