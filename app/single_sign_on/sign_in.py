"""The two addresses of a sign-in at a provider that a browser calls.

    GET /sso/start               begins a flow, and leads to the provider of an email's domain, or of an organization
    GET /sso/callback/TENANT     takes the provider's response, and leads to the page of the flow with a code

The code is the provider's assertion, sealed. A page makes a session of it by `signInWithProvider`, with the verifier of
the challenge that it began with. Whatever fails leads back to the page, with the parameter `error`; if the browser has
no flow, there is no page to go back to.
"""

import logging
from collections.abc import Mapping
from hmac import compare_digest
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.auth.bearer import caller_of
from app.backend import Backend, backend_of
from app.http.errors import HttpCode, HttpError
from app.openid.relying_party import CONSOLE_PAGE
from app.pages.password_page import message_page, page_response
from app.single_sign_on.flow_cookie import delete_flow_cookie, read_flow_cookie, set_flow_cookie
from models import PLATFORM, Organization
from resolvers import public_id
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode
from resolvers.mutations.single_sign_on.assertions import new_assertion_id
from resolvers.mutations.single_sign_on.providers import provider_of_email, provider_of_tenant
from resolvers.openid.challenge import is_challenge
from resolvers.openid.code_flow import MAX_CODE, new_secrets
from resolvers.openid.errors import ProviderError
from resolvers.openid.provider import Provider
from resolvers.openid.relying_party import STAFF, RelyingParty, tenant_name
from resolvers.openid.sealed import FLOW_SECONDS, Assertion, SignInFlow, open_flow, seal_assertion, seal_flow
from resolvers.rate_limits.limiter import RateLimited
from resolvers.validation.text import is_email

log = logging.getLogger("portico.single_sign_on")

NO_PROVIDER, PROVIDER_FAILED, REFUSED = "no_provider", "provider_failed", "refused"
"""The values of `error`: the domain has no provider; the provider can't be used; the person wasn't let in there."""

START_AGAIN: Final = (
    "This sign-in can't go on",
    "It began in another browser, took too long, or was finished already.",
    "Go back to where you sign in, and start again.",
)


class SignIn:
    """The handlers of both addresses. `home` is the address where users sign in."""

    def __init__(self, home: str) -> None:
        self._home = home

    async def start(self, request: Request) -> Response:
        """GET `/sso/start`."""
        return await page_response(self._start(request))

    async def callback(self, request: Request) -> Response:
        """GET `/sso/callback/TENANT`. Ends the flow of the browser, whatever comes of it."""
        backend = backend_of(request.scope)
        response = await page_response(self._callback(request, backend))
        response.headers.append("set-cookie", delete_flow_cookie(_relying_party(backend).address))
        return response

    async def _start(self, request: Request) -> Response:
        backend, caller = backend_of(request.scope), caller_of(request.scope, None)
        relying_party, parameters = _relying_party(backend), _parameters(request)
        await _count(backend, caller)
        page = parameters.get("return_to", relying_party.address + CONSOLE_PAGE)
        if page not in relying_party.pages:
            raise _bad_request("return_to is none of the pages at which a sign-in may end (PORTICO_SIGN_IN_PAGES).")
        challenge = parameters.get("code_challenge", "")
        if not is_challenge(challenge):
            raise _bad_request("code_challenge is missing, or isn't one of RFC 7636 with the method S256.")
        email = parameters.get("email", "").strip().lower()
        provider = await _provider(backend, caller, email, parameters.get("organization"))
        if provider is None:
            return _back(page, error=NO_PROVIDER)
        try:
            flow = await relying_party.flow_at(provider)
        except ProviderError as error:
            return _failed(page, provider, error)
        secrets, now = new_secrets(), int(backend.access_tokens.clock.now().timestamp())
        began = SignInFlow(provider.tenant_id, provider.issuer, secrets, page, challenge, now)
        response = _redirect(flow.authorization_url(secrets, email if is_email(email) else None))
        sealed = seal_flow(backend.mutation_context.secret_key, began)
        response.headers.append("set-cookie", set_flow_cookie(relying_party.address, sealed))
        return response

    async def _callback(self, request: Request, backend: Backend) -> Response:
        caller, relying_party = caller_of(request.scope, None), _relying_party(backend)
        await _count(backend, caller)
        parameters = _parameters(request)
        flow = self._flow_of(request, backend, relying_party.address, parameters)
        if flow is None:
            return message_page(START_AGAIN, link=self._home, status=400)
        provider = await provider_of_tenant(backend.mutation_context, caller, flow.tenant_id)
        if provider is None or provider.issuer != flow.issuer:
            return _back(flow.page, error=NO_PROVIDER)
        try:
            code_flow = await relying_party.flow_at(provider)
            # Before anything else of the response is believed, also that it is an error.
            code_flow.check_issuer(parameters.get("iss"))
            code = parameters.get("code", "")
            if "error" in parameters or not 0 < len(code) <= MAX_CODE:
                return _back(flow.page, error=REFUSED)
            now = backend.access_tokens.clock.now()
            identity = await code_flow.exchange(flow.secrets, code, now)
        except ProviderError as error:
            return _failed(flow.page, provider, error)
        made_at = int(now.timestamp())
        assertion = Assertion(new_assertion_id(), flow.tenant_id, identity, flow.challenge, made_at)
        return _back(flow.page, code=seal_assertion(backend.mutation_context.secret_key, assertion))

    def _flow_of(
        self, request: Request, backend: Backend, address: str, parameters: Mapping[str, str]
    ) -> SignInFlow | None:
        """The flow that the browser began, if this is the response to it: at the address of the same tenant, with the
        same state, in time."""
        sealed = read_flow_cookie(request.scope, address)
        flow = None if sealed is None else open_flow(backend.mutation_context.secret_key, sealed)
        if flow is None or request.path_params["tenant"] != tenant_name(flow.tenant_id):
            return None
        age = backend.access_tokens.clock.now().timestamp() - flow.began_at
        is_same = compare_digest(parameters.get("state", "").encode(), flow.secrets.state.encode())
        return flow if is_same and age <= FLOW_SECONDS else None


async def _provider(backend: Backend, caller: Caller, email: str, organization: str | None) -> Provider | None:
    context = backend.mutation_context
    if organization is None:
        return await provider_of_email(context, caller, email) if is_email(email) else None
    if organization == STAFF:
        return await provider_of_tenant(context, caller, PLATFORM)
    key = public_id.key(organization, Organization)
    return None if key is None else await provider_of_tenant(context, caller, key)


def _relying_party(backend: Backend) -> RelyingParty:
    relying_party = backend.mutation_context.relying_party
    assert relying_party is not None
    return relying_party


async def _count(backend: Backend, caller: Caller) -> None:
    try:
        await backend.mutation_context.limits.use_provider(caller.address)
    except RateLimited as limited:
        headers = {"retry-after": str(limited.seconds)}
        raise HttpError(429, ErrorCode.RATE_LIMITED, limited.problems[0].message, headers=headers) from limited


def _parameters(request: Request) -> dict[str, str]:
    """The parameters of the query, each of which must be there once (RFC 6749, section 3.1). Raises HttpError (400)."""
    pairs = request.query_params.multi_items()
    if len(dict(pairs)) < len(pairs):
        raise _bad_request("A parameter appears more than once.")
    return dict(pairs)


def _bad_request(message: str) -> HttpError:
    return HttpError(400, HttpCode.BAD_REQUEST, message)


def _failed(page: str, provider: Provider, error: ProviderError) -> Response:
    log.warning("A sign-in at the provider of %s failed: %s.", tenant_name(provider.tenant_id), error.failure)
    return _back(page, error=PROVIDER_FAILED)


def _back(page: str, **parameters: str) -> Response:
    return _redirect(f"{page}{'&' if urlsplit(page).query else '?'}{urlencode(parameters)}")


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, {"cache-control": "no-store"})
