"""The page for trying the API: sign-in, an editor and the schema.

It needs no network but this server. If the browser can fetch GraphiQL, GraphiQL replaces the editor; the browser runs
GraphiQL's files only if they have the hashes below (decision 5 in docs/decisions).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.demo.example_users import PASSWORD, USERS, State
from app.pages import render_page

CDN = "https://unpkg.com"


@dataclass(frozen=True)
class PinnedFile:
    """A third-party file with its hash. The browser rejects any other content (Subresource Integrity)."""

    url: str
    integrity: str


@dataclass(frozen=True)
class DemoSignIn:
    """A demo user that visitors of the page can sign in as."""

    email: str
    password: str
    about: str


FILES = (
    PinnedFile(
        f"{CDN}/graphiql@4.1.2/graphiql.min.css",
        "sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
    ),
    PinnedFile(
        f"{CDN}/react@18.3.1/umd/react.production.min.js",
        "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    PinnedFile(
        f"{CDN}/react-dom@18.3.1/umd/react-dom.production.min.js",
        "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    PinnedFile(
        f"{CDN}/graphiql@4.1.2/graphiql.min.js",
        "sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
    ),
)


def demo_sign_ins() -> list[DemoSignIn]:
    """Returns the demo users who can sign in."""
    return [DemoSignIn(user.email, PASSWORD, user.about) for user in USERS if user.state is State.ACTIVE]


class GraphiQLPage:
    """Serves the page, with a sign-in button for each of `demo_users`."""

    def __init__(self, demo_users: Sequence[DemoSignIn] = ()) -> None:
        self.demo_users = demo_users

    async def show(self, request: Request) -> Response:
        """GET of the page; `?query=` and `?variables=` fill its editor."""
        scripts = [file.url for file in FILES if file.url.endswith(".js")]
        styles = [file.url for file in FILES if file.url.endswith(".css")]
        policy = {
            "script-src": " ".join(["'self'", *scripts]),
            "style-src": " ".join(["'self'", *styles]),
            "img-src": "'self' data:",
            "font-src": "data:",
            "connect-src": "'self'",
            "form-action": "'none'",
        }
        files = [{"url": file.url, "integrity": file.integrity} for file in FILES]
        return render_page("graphiql.html", policy, files=files, demo_users=self.demo_users)
