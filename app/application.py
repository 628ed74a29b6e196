"""The ASGI application: all routes, the shell around them, and the lifespan."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Lifespan

from app.backend import Backend, handover_file, open_backend
from app.background import run_in_background
from app.background_metrics import BackgroundMetrics
from app.background_work import background_work
from app.console.built_files import read_build
from app.database.notifications import listen
from app.database.replication.handover import Takeover
from app.database.replication.outage_watch import OutageWatch
from app.graphql.endpoint import GraphQLEndpoint
from app.graphql.idempotency import delete_expired_keys
from app.health import healthz, readyz
from app.http.cors import cross_origin, parse_origins
from app.http.shell import Shell
from app.mail.retention import run_mail_retention
from app.monitoring.listener import server_metrics
from app.monitoring.sources import Listening, Sources
from app.oauth.endpoints import Endpoint, introspect, revoke, token
from app.oauth.metadata import INTROSPECT, JWKS, REVOKE, TOKEN, jwks, metadata_routes
from app.pages import ASSETS
from app.pages.console import ConsolePages
from app.pages.demo_sign_in import demo_sign_ins
from app.pages.graphiql import GraphiQLPage
from app.pages.password_page import ACTIVATION, PASSWORD_RESET, PasswordPage
from app.policy.decision_log import check_file, logged_decisions
from app.policy.history import PolicyHistory, mark_of
from app.policy.policy_file import PolicyFile, log_warnings
from app.policy.reload import LISTENER, REQUEST_CHANNEL, RETRY_SECONDS, ReloadResponder
from app.policy.shadow import SHADOW_CHANNEL, ShadowFollower
from app.scim.endpoint import PREFIX as SCIM
from app.scim.endpoint import ScimEndpoint
from app.server_tasks import server_tasks
from app.settings import Settings
from app.single_sign_on.back_channel_logout import back_channel_logout
from app.single_sign_on.sign_in import SignIn
from app.tracing import check_tracing, tracing
from authz.policy import Policy, load
from resolvers.garbage import Freezer
from resolvers.openid.relying_party import CALLBACK, LOGOUT

GRAPHQL: Final = "/graphql"


class Application(Starlette):
    """The ASGI application. `graphql` is the endpoint at `/graphql`, which the shell calls without the router.
    `responses` counts what it has sent, by status, and `listening` is the server that runs it."""

    def __init__(self, settings: Settings, routes: Sequence[BaseRoute], lifespan: Lifespan[Any] | None) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        # The router would build an absolute URL from the Host header, which anybody can set.
        self.router.redirect_slashes = False
        page = "graphiql" if settings.is_enabled(settings.graphiql) else None
        self.graphql = GraphQLEndpoint(settings.max_body_bytes, page)
        self.responses: Counter[int] = Counter()
        self.listening = Listening()
        self._origins = parse_origins(settings.cors_origins)
        self._https = settings.is_https()

    def build_middleware_stack(self) -> ASGIApp:
        """Returns what handles all requests."""
        graphql = cross_origin(self.graphql, self._origins)
        return Shell(self.router, {GRAPHQL: graphql}, https=self._https, responses=self.responses)


def create_application(
    settings: Settings,
    policy: Policy | None = None,
    check_cache: Path | None = None,
    freezer: Freezer | None = None,
    takeover: Takeover | None = None,
) -> Application:
    """Returns the ASGI application for these settings.

    Reads and checks the policy file unless `policy` is given; `check_cache` is as in `authz.policy.load`. Only a
    process that runs nothing else gives a `freezer`, because a freeze concerns all objects of the process. With a
    `takeover`, the application begins while the primary is away, and reads from replicas. Raises
    `authz.policy.PolicyError`, whose text is the report for the policy's author, if the file is invalid: then there is
    nothing to serve; and SettingsError if the decision log can't be written, or operations can't be traced.
    """
    loaded = policy if policy is not None else load(settings.policy, check_cache)
    check_file(settings)
    check_tracing(enabled=settings.traces)

    @asynccontextmanager
    async def lifespan(application: Application) -> AsyncIterator[None]:
        background = BackgroundMetrics()
        async with (
            open_backend(settings, loaded, takeover) as backend,
            server_tasks(settings, backend, background),
            logged_decisions(settings, backend.mutation_context.decision_listener),
            tracing(enabled=settings.traces) as application.graphql.tracing,
        ):
            application.state.backend = backend
            log_warnings(loaded)

            def current_backend() -> Backend:
                current: Backend = application.state.backend
                return current

            def on_change(policy: Policy) -> None:
                application.state.backend = current_backend().with_policy(policy)
                if freezer is not None:
                    freezer.freeze_soon()

            history = PolicyHistory(backend.reserved_engine)
            policy_file = PolicyFile(settings.policy, loaded, on_change, check_cache, history)
            application.state.policy_file = policy_file
            await policy_file.start(takeover, must_know=settings.reads_without_primary())
            tasks = [history.run(), *process_tasks(settings, backend, policy_file)]
            if settings.mail_worker:
                tasks += background_work(settings, lambda: current_backend().mutation_context, background)
            listening = application.listening
            sources = Sources(current_backend, policy_file, listening, application.responses, background)
            metrics = server_metrics(settings, sources)
            async with run_in_background(*tasks), metrics:
                with frozen(freezer):
                    yield

    return Application(settings, routes(settings), lifespan)


@contextmanager
def frozen(freezer: Freezer | None) -> Iterator[None]:
    """A block before which the freezer, if there is one, freezes what was built; it ends with the block."""
    if freezer is None:
        yield
        return
    freezer.freeze()
    try:
        yield
    finally:
        freezer.close()


def process_tasks(settings: Settings, backend: Backend, policy_file: PolicyFile) -> Iterator[Coroutine[Any, Any, None]]:
    """The tasks that each process runs."""
    yield from policy_tasks(settings, backend, policy_file)
    yield from outage_tasks(settings, backend, policy_file)
    yield delete_expired_keys(backend.mutation_context)
    if settings.mail_retention is not None:
        yield run_mail_retention(backend.mutation_context, settings.mail_retention)


def policy_tasks(settings: Settings, backend: Backend, policy_file: PolicyFile) -> Iterator[Coroutine[Any, Any, None]]:
    """The tasks that load a new policy while the server runs, or compare one with the active policy."""
    responder = ReloadResponder(backend.direct_engine, policy_file)
    follower = ShadowFollower(backend.mutation_context)
    handlers: dict[str, Callable[[str], None]] = {REQUEST_CHANNEL: responder.on_request, SHADOW_CHANNEL: follower.wake}

    def on_listening() -> None:
        follower.wake()
        policy_file.wake()

    yield listen(backend.direct_engine, handlers, RETRY_SECONDS, on_listening=on_listening, name=LISTENER)
    yield responder.run()
    yield policy_file.follow_rollbacks()
    yield follower.run()
    if settings.policy_watch:
        yield policy_file.watch()


def outage_tasks(settings: Settings, backend: Backend, policy_file: PolicyFile) -> Iterator[Coroutine[Any, Any, None]]:
    """The task that writes down what a process needs to know that is started while the primary is away, if reads may go
    on then."""
    if backend.replicas is not None and settings.reads_without_primary():
        rollback = partial(_newest_rollback, policy_file)
        yield OutageWatch(backend.replicas, handover_file(settings), rollback).run()


def _newest_rollback(policy_file: PolicyFile) -> str:
    return mark_of(policy_file.newest_rollback)


def routes(settings: Settings) -> list[BaseRoute]:
    """The routes of the server, except `/graphql`."""
    home = settings.sign_in_address()
    activation, reset = PasswordPage(ACTIVATION, home), PasswordPage(PASSWORD_RESET, home)
    return [
        *built_routes(settings),
        Route("/activate", activation.show, methods=["GET"]),
        Route("/activate", activation.submit, methods=["POST"]),
        Route("/activated", activation.done, methods=["GET"]),
        Route("/reset-password", reset.show, methods=["GET"]),
        Route("/reset-password", reset.submit, methods=["POST"]),
        Route("/password-reset", reset.done, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        *oauth_routes(settings),
        Mount(SCIM, ScimEndpoint(settings.address())),
        *single_sign_on_routes(home),
        Mount("/assets", StaticFiles(directory=ASSETS)),
    ]


def built_routes(settings: Settings) -> list[BaseRoute]:
    """The console, and the page for trying the API, as they were built."""
    console = read_build()
    prefix = urlsplit(settings.address()).path
    demo_users = demo_sign_ins() if settings.demo else ()
    routes = ConsolePages(console, prefix, demo_users).routes()
    if settings.is_enabled(settings.graphiql):
        routes.append(Route("/graphiql", GraphiQLPage(console, prefix, demo_users).show, methods=["GET"]))
    return routes


def single_sign_on_routes(home: str) -> list[BaseRoute]:
    """Where sign-ins at providers begin and come back to, and where providers say that sessions have ended."""
    sign_in = SignIn(home)
    return [
        Route("/sso/start", sign_in.start, methods=["GET"]),
        Route(f"{CALLBACK}/{{tenant}}", sign_in.callback, methods=["GET"]),
        Route(f"{LOGOUT}/{{tenant}}", back_channel_logout, methods=["POST"]),
    ]


def oauth_routes(settings: Settings) -> list[BaseRoute]:
    """The endpoints where API clients get access tokens, and the metadata and keys for verifying them."""
    issuer = settings.address()
    return [
        Route(TOKEN, Endpoint(token)),
        Route(REVOKE, Endpoint(revoke)),
        Route(INTROSPECT, Endpoint(introspect)),
        Route(JWKS, jwks, methods=["GET"]),
        *metadata_routes(issuer, urlsplit(issuer).path),
    ]
