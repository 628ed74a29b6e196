"""The application: its routes, its middleware, its lifespan. Every door of the house is in this file."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from app import backend
from app.background import running
from app.database.notifications import listen
from app.graphql import idempotency
from app.graphql.endpoint import GraphQLEndpoint
from app.health import healthz, readyz
from app.http.access_log import AccessLog
from app.http.body_timeout import BodyTimeout
from app.http.cors import cross_origin, origins_in
from app.http.errors import ErrorBoundary, from_starlette
from app.http.request_id import RequestIds
from app.http.security_headers import SecurityHeaders
from app.oauth.endpoints import Endpoint, introspect, revoke, token
from app.oauth.metadata import INTROSPECT, JWKS, REVOKE, TOKEN, jwks, metadata_routes
from app.pages import ASSETS
from app.pages.graphiql import GraphiQLPage, demo_sign_ins
from app.pages.password_page import ACTIVATION, PASSWORD_RESET, PasswordPage
from app.policy.policy_file import PolicyFile, log_warnings
from app.policy.reload import LISTENER, REQUEST_CHANNEL, RETRY_SECONDS, ReloadResponder
from app.policy.shadow import SHADOW_CHANNEL, ShadowFollower
from app.settings import Settings
from authz.policy import Policy, load


def create_application(settings: Settings, policy: Policy | None = None, check_cache: Path | None = None) -> Starlette:
    """The ASGI application for these settings.

    Reads and checks the policy file unless it is given one; `stamps` are those of `authz.policy.load`. Raises
    `authz.policy.PolicyError`, whose text is the report for the policy's author, when the file is refused: then there
    is nothing to serve.
    """
    checked = policy if policy is not None else load(settings.policy, check_cache)

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        async with backend.open_backend(settings, checked) as opened:
            application.state.backend = opened
            log_warnings(checked)

            def swap(policy: Policy) -> None:
                application.state.backend = application.state.backend.under(policy)

            source = PolicyFile(settings.policy, checked, swap, check_cache)
            application.state.policy_file = source
            async with running(*policy_tasks(settings, opened, source), idempotency.forget(opened.writing)):
                yield

    application = Starlette(
        routes=routes(settings),
        middleware=middleware(settings),
        exception_handlers={HTTPException: from_starlette},
        lifespan=lifespan,
    )
    # The router would make a full address of the Host header, which anybody can set.
    application.router.redirect_slashes = False
    return application


def policy_tasks(
    settings: Settings, opened: backend.Backend, source: PolicyFile
) -> Iterator[Coroutine[Any, Any, None]]:
    """What takes a new policy while the server runs, or compares one with that in force."""
    reloads, shadowing = (
        ReloadResponder(opened.engine, source),
        ShadowFollower(opened.writing, opened.operations.registry),
    )
    channels: dict[str, Callable[[str], None]] = {REQUEST_CHANNEL: reloads.on_request, SHADOW_CHANNEL: shadowing.wake}
    yield listen(opened.engine, channels, RETRY_SECONDS, begun=shadowing.wake, name=LISTENER)
    yield reloads.answer()
    yield shadowing.follow()
    if settings.policy_watch:
        yield source.watch()


def routes(settings: Settings) -> list[BaseRoute]:
    """What is at which address."""
    graphiql = settings.is_enabled(settings.graphiql)
    home = settings.address() if graphiql else ""
    activation, reset = PasswordPage(ACTIVATION, home), PasswordPage(PASSWORD_RESET, home)
    graphql = GraphQLEndpoint(settings.max_body_bytes, "graphiql" if graphiql else None)
    return [
        Route("/graphql", graphql, middleware=cross_origin(origins_in(settings.cors_origins))),
        *(graphiql_routes(settings) if graphiql else []),
        Route("/activate", activation.show, methods=["GET"]),
        Route("/activate", activation.submit, methods=["POST"]),
        Route("/activated", activation.done, methods=["GET"]),
        Route("/reset-password", reset.show, methods=["GET"]),
        Route("/reset-password", reset.submit, methods=["POST"]),
        Route("/password-reset", reset.done, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        *oauth_routes(settings),
        Mount("/assets", StaticFiles(directory=ASSETS)),
    ]


def graphiql_routes(settings: Settings) -> list[BaseRoute]:
    """The page for trying the API, and the way to it from the bare address."""
    page = GraphiQLPage(demo_sign_ins() if settings.demo else ())

    async def home(_request: Request) -> Response:
        return RedirectResponse("graphiql", 303)

    return [Route("/", home, methods=["GET"]), Route("/graphiql", page.show, methods=["GET"])]


def oauth_routes(settings: Settings) -> list[BaseRoute]:
    """Where API clients get their access tokens, and what others need to know about those."""
    issuer = settings.address()
    return [
        Route(TOKEN, Endpoint(token)),
        Route(REVOKE, Endpoint(revoke)),
        Route(INTROSPECT, Endpoint(introspect)),
        Route(JWKS, jwks, methods=["GET"]),
        *metadata_routes(issuer, urlsplit(issuer).path),
    ]


def middleware(settings: Settings) -> list[Middleware]:
    """What every request passes through, from the outside in. All of it is plain ASGI."""
    return [
        Middleware(RequestIds),
        Middleware(AccessLog),
        Middleware(SecurityHeaders, https=settings.is_https()),
        Middleware(ErrorBoundary),
        Middleware(BodyTimeout, seconds=settings.body_timeout.total_seconds()),
    ]
