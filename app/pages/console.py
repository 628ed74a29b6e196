"""Serves the console, the single-page app in `console/`.

Every address below `/console/` that is no file gives the same page, which shows what the address names. The page is
never cached, so that it always names the files of this version; the files have hashes in their names and never change.
"""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.console.built_files import BuiltConsole
from app.pages.built_page import CONTENT_SECURITY_POLICY, complete, respond, respond_unavailable
from app.pages.demo_sign_in import DemoSignIn

IMMUTABLE = "public, max-age=31536000, immutable"


class ConsolePages:
    """The pages and files of the console. `prefix` is the path of the server's own address, which is empty unless a
    proxy serves it below a path; `demo_users` are offered for signing in."""

    def __init__(self, console: BuiltConsole, prefix: str = "", demo_users: Sequence[DemoSignIn] = ()) -> None:
        self.console = console
        self.prefix = prefix
        self.page = complete(console.index, prefix, demo_users)

    def routes(self) -> list[BaseRoute]:
        """The routes of the console, and those that lead to it."""
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/console", self.home, methods=["GET"]),
            Route("/console/assets/{name:path}", self.asset, methods=["GET"]),
            Route("/console/licences.txt", self.licences, methods=["GET"]),
            Route("/console/{path:path}", self.show, methods=["GET"]),
        ]

    async def home(self, _request: Request) -> Response:
        """Redirects to the console, relative to the request's own address."""
        return RedirectResponse("console/", 303)

    async def show(self, _request: Request) -> Response:
        """The page, whatever the path. If the console isn't built, 503 and a page that says why."""
        if self.console.failure is not None:
            return respond_unavailable("The console", self.console.failure, self.prefix)
        return respond(self.page, CONTENT_SECURITY_POLICY)

    async def asset(self, request: Request) -> Response:
        """A file of the page, compressed as the client accepts it; 404 if this version has no such file."""
        asset = self.console.assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        accepted = accepted_codings(request.headers.get("accept-encoding", ""))
        coding = next(coding for coding in asset.content if coding == "identity" or coding in accepted)
        headers = {"cache-control": IMMUTABLE, "vary": "Accept-Encoding"}
        if coding != "identity":
            headers["content-encoding"] = coding
        return Response(asset.content[coding], 200, headers, asset.media_type)

    async def licences(self, _request: Request) -> Response:
        """The licences of the packages that the console contains."""
        if self.console.failure is not None:
            raise HTTPException(404)
        return PlainTextResponse(self.console.licences, headers={"cache-control": "no-cache"})


def accepted_codings(header: str) -> set[str]:
    """The content codings that a value of `Accept-Encoding` names with a weight above 0 (RFC 9110, section 12.5.3)."""
    accepted = set()
    for item in header[:500].lower().split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        weight = next((part.partition("=")[2] for part in parameters if part.startswith("q=")), "1")
        if coding and weight.strip("0."):
            accepted.add(coding)
    return accepted
