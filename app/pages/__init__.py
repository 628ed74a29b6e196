"""The few HTML pages of the server: templates, the files that they load, and how they become answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

FOLDER = Path(__file__).parent
ASSETS = FOLDER / "assets"

_environment = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def page(name: str, policy: Mapping[str, str], status: int = 200, **values: Any) -> HTMLResponse:
    """The template `name` as an answer that no cache keeps. `policy` lists what the page may load, by directive of
    its content security policy (CSP Level 3); whatever is not listed may not."""
    text = _environment.get_template(name).render(values)
    directives = {"default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'", **policy}
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "; ".join(f"{name} {sources}" for name, sources in directives.items()),
    }
    return HTMLResponse(text, status, headers)
