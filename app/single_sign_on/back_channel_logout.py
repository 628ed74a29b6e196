"""Where a provider says that a session has ended (OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8).

POST /sso/backchannel-logout/TENANT     a form with `logout_token`
"""

import logging

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from app.auth.bearer import caller_of
from app.backend import backend_of
from app.oauth.errors import OAuthError
from app.oauth.form import read_form, require_parameter
from models import PLATFORM, Organization
from resolvers import public_id
from resolvers.mutations.single_sign_on.back_channel_logout import end_provider_sessions
from resolvers.mutations.single_sign_on.providers import provider_of_tenant
from resolvers.openid.claims import EndedSessions, ended_sessions_of
from resolvers.openid.errors import ProviderError
from resolvers.openid.provider import Provider
from resolvers.openid.relying_party import STAFF
from resolvers.rate_limits.limiter import RateLimited
from resolvers.transaction.unit_of_work import run_in_transaction

log = logging.getLogger("portico.single_sign_on")

NOT_STORED = {"cache-control": "no-store"}


async def back_channel_logout(request: Request) -> Response:
    """Ends the sessions that the token names. The response says no more than whether the token was good."""
    try:
        return await _logout(request)
    except ClientDisconnect:
        return Response(status_code=400, headers=NOT_STORED)
    except OAuthError as error:
        return _refused(str(error), error.status)
    except RateLimited as limited:
        return _refused("Too many requests.", 429, {"retry-after": str(limited.seconds)})
    except ProviderError as error:
        log.warning("A back-channel logout for %s was refused: %s.", request.path_params["tenant"], error.failure)
        return _refused("The logout token is invalid.", 400)


async def _logout(request: Request) -> Response:
    backend, caller = backend_of(request.scope), caller_of(request.scope, None)
    context = backend.mutation_context
    await context.limits.use_provider(caller.address)
    token = require_parameter(await read_form(request), "logout_token")
    name = request.path_params["tenant"]
    tenant_id = PLATFORM if name == STAFF else public_id.key(name, Organization)
    provider = None if tenant_id is None else await provider_of_tenant(context, caller, tenant_id)
    if provider is None:
        return _refused("There is no provider here.", 400)
    ended = await _read(request, provider, token)
    count = await run_in_transaction(
        context, caller, lambda work: end_provider_sessions(work, provider.tenant_id, provider.issuer, ended)
    )
    return Response(status_code=200, headers=NOT_STORED) if count is not None else _refused("It was sent before.", 400)


async def _read(request: Request, provider: Provider, token: str) -> EndedSessions:
    backend = backend_of(request.scope)
    relying_party = backend.mutation_context.relying_party
    assert relying_party is not None
    metadata = await relying_party.published.metadata(provider.issuer)
    header, claims = await relying_party.published.verify(token, metadata)
    return ended_sessions_of(header, claims, provider, backend.access_tokens.clock.now())


def _refused(description: str, status: int, headers: dict[str, str] | None = None) -> Response:
    body = {"error": "invalid_request", "error_description": description}
    return JSONResponse(body, status, NOT_STORED | (headers or {}))
