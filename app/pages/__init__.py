"""The HTML pages of the server, and the function that renders their templates. Imports: app.backend, app.demo,
app.http, resolvers, schema."""

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
_environment.filters["translated"] = lambda text, translate: translate(text)


def render_page(name: str, policy: Mapping[str, str], status: int = 200, **values: Any) -> HTMLResponse:
    """Renders the template `name` as a response that must not be cached. `policy` lists what the page may load, by
    directive of its content security policy (CSP Level 3); it may load nothing else."""
    text = _environment.get_template(name).render(values)
    directives = {"default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'", **policy}
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "; ".join(f"{name} {sources}" for name, sources in directives.items()),
    }
    return HTMLResponse(text, status, headers)
