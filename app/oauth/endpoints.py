"""The three endpoints to which clients speak: a token is given out, taken back, asked about.

    POST /oauth2/token        RFC 6749, section 4.4
    POST /oauth2/revoke       RFC 7009
    POST /oauth2/introspect   RFC 7662

All take a form, want the client to show who it is, and answer JSON that nobody keeps.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as Asgi

from app.auth.bearer import caller_of
from app.auth.jwt_access_tokens import InvalidToken, scope_text
from app.backend import backend_of, pinned
from app.http.errors import HttpError
from app.oauth.client_authentication import shown
from app.oauth.errors import OAuthCode, OAuthError, answer, bad_request, unknown_client
from app.oauth.form import form_of, required
from models import Scope
from resolvers.callers.credentials import AccessToken
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.identity import access_tokens
from resolvers.identity.access_tokens import AuthenticatedClient
from resolvers.rate_limits.limiter import RateLimited
from resolvers.transaction.unit_of_work import run_in_transaction

GRANT: Final = "client_credentials"
Form = Mapping[str, str]


class Endpoint:
    """The ASGI application that answers forms by `respond`."""

    def __init__(self, respond: Callable[[Request, Form], Awaitable[Response]]) -> None:
        self.respond = respond

    async def __call__(self, scope: Asgi, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        scope = pinned(scope)
        request = Request(scope, receive)
        try:
            response = await self.respond(request, await form_of(request))
        except OAuthError as error:
            response = error.answer()
        except MutationRejected as refused:
            response = refusal(refused).answer()
        except HttpError as error:
            response = bad_request(error.message, error.status, **error.headers).answer()
        except ClientDisconnect:
            return
        await response(scope, receive, send)


async def token(request: Request, form: Form) -> Response:
    """A new access token for the client. Raises OAuthError, `MutationRejected`."""
    if required(form, "grant_type") != GRANT:
        raise OAuthError(OAuthCode.UNSUPPORTED_GRANT_TYPE, f"The only grant type is {GRANT}.")
    backend, client = backend_of(request.scope), await authenticated(request, form)
    wanted = scopes_of(form) or client.scopes
    tokens, now = backend.access_tokens, datetime.now(UTC).replace(microsecond=0)
    # Before the token is there, so that none is noted as given out that can't be.
    signer = await tokens.keys.signer()
    caller = caller_of(request.scope, None)
    issued = await access_tokens.issue(backend.writing, caller, client, wanted, now + tokens.lifetime)
    body = {
        "access_token": tokens.signed(issued, now, signer),
        "token_type": "Bearer",
        "expires_in": int(tokens.lifetime.total_seconds()),
        "scope": scope_text(issued.scopes),
    }
    return answer(body)


async def revoke(request: Request, form: Form) -> Response:
    """Takes a token of the client back. Whatever else it is, the answer is the same: it is good for nothing. Raises
    OAuthError, `MutationRejected`."""
    backend, client = backend_of(request.scope), await authenticated(request, form)
    shown_token = await verified(request, required(form, "token"))
    if shown_token is not None:
        found = shown_token[0]
        caller = caller_of(request.scope, None)
        await run_in_transaction(backend.writing, caller, lambda work: access_tokens.revoke(work, client, found))
    return answer({})


async def introspect(request: Request, form: Form) -> Response:
    """Whether a token of the client is good now, and what it says. Of other tokens no more than that they are not good.
    Raises OAuthError, `MutationRejected`."""
    backend, client = backend_of(request.scope), await authenticated(request, form)
    shown_token = await verified(request, required(form, "token"))
    if shown_token is None:
        return answer({"active": False})
    found, claims = shown_token
    if found.client_id != client.id or not await access_tokens.is_good(backend.writing, found):
        return answer({"active": False})
    return answer({"active": True, "token_type": "Bearer", **claims})


async def authenticated(request: Request, form: Form) -> AuthenticatedClient:
    """The client that has shown who it is. Raises OAuthError, `MutationRejected`."""
    writing = backend_of(request.scope).writing
    return await access_tokens.authenticate(writing, caller_of(request.scope, None), shown(request, form))


async def verified(request: Request, text: str) -> tuple[AccessToken, Mapping[str, object]] | None:
    """What a token says; None for what is none of ours, or has expired."""
    try:
        return await backend_of(request.scope).access_tokens.verified(text)
    except InvalidToken:
        return None


def scopes_of(form: Form) -> frozenset[Scope]:
    """The scopes that are asked for; none where nothing is said of them. Raises OAuthError (`invalid_scope`)."""
    text = form.get("scope")
    if text is None:
        return frozenset()
    try:
        return frozenset(map(Scope, text.split(" ")))
    except ValueError:
        raise OAuthError(OAuthCode.INVALID_SCOPE, "A scope is malformed, or there is no such scope.") from None


def refusal(refused: MutationRejected) -> OAuthError:
    """What a client reads where the resolvers refuse."""
    [problem] = refused.problems
    if isinstance(refused, RateLimited):
        return OAuthError(OAuthCode.INVALID_CLIENT, problem.message, 429, {"retry-after": str(refused.seconds)})
    if problem.code is ErrorCode.CREDENTIALS_INVALID:
        return unknown_client(problem.message)
    code = OAuthCode.INVALID_SCOPE if problem.code is ErrorCode.INVALID else OAuthCode.UNAUTHORIZED_CLIENT
    return OAuthError(code, problem.message)
