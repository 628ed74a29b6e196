"""The three OAuth endpoints for clients: token, revocation and introspection.

    POST /oauth2/token        RFC 6749, section 4.4
    POST /oauth2/revoke       RFC 7009
    POST /oauth2/introspect   RFC 7662

All read a form, require client authentication, and respond with JSON that must not be cached.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as Asgi

from app.auth.bearer import caller_of
from app.auth.jwt_access_tokens import InvalidToken, scope_text
from app.backend import backend_of, pin_backend
from app.http.errors import HttpError
from app.oauth.client_authentication import presented_credentials
from app.oauth.errors import OAuthCode, OAuthError, bad_request, invalid_client, json_response
from app.oauth.form import read_form, require_parameter
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
    """The ASGI application that responds to forms with `respond`."""

    def __init__(self, respond: Callable[[Request, Form], Awaitable[Response]]) -> None:
        self.respond = respond

    async def __call__(self, scope: Asgi, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        pin_backend(scope)
        request = Request(scope, receive)
        try:
            response = await self.respond(request, await read_form(request))
        except OAuthError as error:
            response = error.response()
        except MutationRejected as rejection:
            response = oauth_error_of(rejection).response()
        except HttpError as error:
            response = bad_request(error.message, error.status, **error.headers).response()
        except ClientDisconnect:
            return
        await response(scope, receive, send)


async def token(request: Request, form: Form) -> Response:
    """Issues an access token to the client. Raises OAuthError, `MutationRejected`."""
    if require_parameter(form, "grant_type") != GRANT:
        raise OAuthError(OAuthCode.UNSUPPORTED_GRANT_TYPE, f"The only grant type is {GRANT}.")
    backend, client = backend_of(request.scope), await authenticate(request, form)
    scopes = requested_scopes(form) or client.scopes
    tokens, now = backend.access_tokens, backend.access_tokens.clock.now().replace(microsecond=0)
    # The key comes first, so that no token is recorded as issued that then can't be signed.
    signer = await tokens.keys.signer()
    caller = caller_of(request.scope, None)
    issued = await access_tokens.issue_access_token(
        backend.mutation_context, caller, client, scopes, now + tokens.lifetime
    )
    body = {
        "access_token": tokens.sign(issued, now, signer),
        "token_type": "Bearer",
        "expires_in": int(tokens.lifetime.total_seconds()),
        "scope": scope_text(issued.scopes),
    }
    return json_response(body)


async def revoke(request: Request, form: Form) -> Response:
    """Revokes a token of the client. The response is the same for any other text, which is not a valid token either.
    Raises OAuthError, `MutationRejected`."""
    backend, client = backend_of(request.scope), await authenticate(request, form)
    verified = await verify(request, require_parameter(form, "token"))
    if verified is not None:
        access_token, _ = verified
        caller = caller_of(request.scope, None)
        await run_in_transaction(
            backend.mutation_context,
            caller,
            lambda work: access_tokens.revoke_access_token(work, client, access_token),
        )
    return json_response({})


async def introspect(request: Request, form: Form) -> Response:
    """Returns whether a token of the client is valid now, and its claims. A token of another client counts as invalid.
    Raises OAuthError, `MutationRejected`."""
    backend, client = backend_of(request.scope), await authenticate(request, form)
    verified = await verify(request, require_parameter(form, "token"))
    if verified is None:
        return json_response({"active": False})
    access_token, claims = verified
    if access_token.client_id != client.id or not await access_tokens.is_access_token_valid(
        backend.mutation_context, access_token
    ):
        return json_response({"active": False})
    return json_response({"active": True, "token_type": "Bearer", **claims})


async def authenticate(request: Request, form: Form) -> AuthenticatedClient:
    """Returns the authenticated client. Raises OAuthError, `MutationRejected`."""
    context = backend_of(request.scope).mutation_context
    return await access_tokens.authenticate_client(
        context, caller_of(request.scope, None), presented_credentials(request, form)
    )


async def verify(request: Request, text: str) -> tuple[AccessToken, Mapping[str, object]] | None:
    """Returns a token and its claims, or None if it is not one of Portico's or has expired."""
    try:
        return await backend_of(request.scope).access_tokens.verify(text)
    except InvalidToken:
        return None


def requested_scopes(form: Form) -> frozenset[Scope]:
    """Returns the requested scopes; none if the parameter is missing. Raises OAuthError (`invalid_scope`)."""
    text = form.get("scope")
    if text is None:
        return frozenset()
    try:
        return frozenset(map(Scope, text.split(" ")))
    except ValueError:
        raise OAuthError(OAuthCode.INVALID_SCOPE, "A scope is malformed or unknown.") from None


def oauth_error_of(rejection: MutationRejected) -> OAuthError:
    """Returns the OAuth error for a rejection by the resolvers."""
    [problem] = rejection.problems
    if isinstance(rejection, RateLimited):
        wait = {"retry-after": str(rejection.seconds)}
        return OAuthError(OAuthCode.TEMPORARILY_UNAVAILABLE, problem.message, 429, wait)
    if problem.code is ErrorCode.CREDENTIALS_INVALID:
        return invalid_client(problem.message)
    code = OAuthCode.INVALID_SCOPE if problem.code is ErrorCode.INVALID else OAuthCode.UNAUTHORIZED_CLIENT
    return OAuthError(code, problem.message)
