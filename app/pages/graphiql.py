"""GraphiQL, the page for trying the API. The console's build makes it; all it loads comes from this server."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from app.console.built_files import BuiltConsole
from app.pages.built_page import CONTENT_SECURITY_POLICY, complete, respond, respond_unavailable
from app.pages.demo_sign_in import DemoSignIn

POLICY = CONTENT_SECURITY_POLICY | {"font-src": "'none'", "trusted-types": "default"}
"""GraphiQL makes HTML from the schema's descriptions: its one policy is in `console/src/graphiql/trustedHtml.ts`."""


class GraphiQLPage:
    """Serves the page. `prefix` and `demo_users` are as in `ConsolePages`."""

    def __init__(self, console: BuiltConsole, prefix: str = "", demo_users: Sequence[DemoSignIn] = ()) -> None:
        self.failure = console.failure
        self.prefix = prefix
        self.page = complete(console.graphiql, prefix, demo_users)

    async def show(self, _request: Request) -> Response:
        """GET of the page, which reads `?query=` and `?variables=` itself. If it isn't built, 503 and a page that says
        why."""
        if self.failure is not None:
            return respond_unavailable("GraphiQL", self.failure, self.prefix)
        return respond(self.page, POLICY)
