"""Where the built console is: `python -m app.console.build` writes the folder, and a wheel carries it."""

from pathlib import Path

BUILT = Path(__file__).parent / "built"
INDEX, GRAPHIQL = "index.html", "graphiql.html"
ASSETS, DOCUMENTS, LICENCES = "assets", "documents.json", "licences.txt"

STAMP = "stamp"
"""Holds the hash of everything that the build was made from."""

FAILURE = "failure.txt"
"""Says why there is no build."""
