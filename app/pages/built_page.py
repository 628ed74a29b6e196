"""The pages that the console's build makes: what the server completes in them, and how it sends them."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from starlette.responses import Response

from app.pages import render_page
from app.pages.demo_sign_in import DemoSignIn

PRESS_STYLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='"
"""The one style sheet that React Aria inserts as text: `touch-action` of what can be pressed."""

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": f"'self' {PRESS_STYLE}",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
BASE = '<base href="/console/">'
CONFIGURATION = '<meta name="portico" content="{}">'
"""The two tags of a built page that the server completes."""


def complete(page: str, prefix: str, demo_users: Sequence[DemoSignIn]) -> str:
    """Fills in where the server is, and who is offered for signing in."""
    configuration = html.escape(json.dumps({"demoUsers": [asdict(user) for user in demo_users]}))
    base = html.escape(f"{prefix}/console/")
    return page.replace(BASE, f'<base href="{base}">').replace(
        CONFIGURATION, f'<meta name="portico" content="{configuration}">'
    )


def respond(page: str, policy: Mapping[str, str]) -> Response:
    """A page, which is never cached. `policy` is its content security policy (CSP Level 3), by directive."""
    directives = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    return Response(page, 200, {"cache-control": "no-store", "content-security-policy": directives}, "text/html")


def respond_unavailable(title: str, failure: str, prefix: str) -> Response:
    """503, with a page that says why there is no build."""
    policy = {"style-src": "'self'", "img-src": "'self'"}
    lines = failure.splitlines()
    return render_page("console_unavailable.html", policy, 503, title=title, lines=lines, prefix=prefix)
