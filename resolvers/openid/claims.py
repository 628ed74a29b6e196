"""What a provider says about a person or a session, after all checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from resolvers.openid.errors import ProviderError, ProviderFailure
from resolvers.openid.provider import Provider

LEEWAY: Final = 60
"""Seconds by which the clocks of a provider and of Portico may differ."""

MAX_AGE: Final = 600
"""Seconds: an ID token that was issued longer ago is refused. It comes straight from the token endpoint."""

MAX_SUBJECT, MAX_SESSION, MAX_TEXT = 255, 255, 254
"""The lengths of `sub` (OpenID Connect Core 1.0, section 2), of `sid`, and of other texts, in characters."""

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """A person as a provider knows them. The subject is unique within the issuer, and never given to anybody else
    (OpenID Connect Core 1.0, section 2). `email_verified` is False unless the provider says otherwise. `session` is the
    provider's id of its own session, for back-channel logout."""

    issuer: str
    subject: str
    session: str | None = None
    email: str | None = None
    email_verified: bool = False
    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True, slots=True)
class EndedSessions:
    """Whose sessions a provider has ended: those of a subject, or those that began with its own session `session`, or
    both. `token_id` identifies the message."""

    token_id: str
    subject: str | None
    session: str | None


def identity_of(
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    provider: Provider,
    *,
    nonce: str,
    now: datetime,
    access_token: str | None,
) -> ProviderIdentity:
    """Returns the identity in the claims of an ID token whose signature is valid (OpenID Connect Core 1.0, section
    3.1.3.7): it is from this provider, for this client alone, of this flow, and from now. Raises ProviderError."""
    _check_audience(claims, provider)
    _validate(
        CodeIDToken(
            dict(claims),
            dict(header),
            {"iss": {"essential": True, "value": provider.issuer}, "nonce": {"essential": True, "value": nonce}},
            {"client_id": provider.client_id, "nonce": nonce, "access_token": access_token},
        ),
        now,
    )
    _check_age(claims, now)
    return ProviderIdentity(
        provider.issuer,
        _required(claims, "sub", MAX_SUBJECT),
        _text(claims, "sid", MAX_SESSION),
        (_text(claims, "email", MAX_TEXT) or "").strip().lower() or None,
        claims.get("email_verified") in (True, "true"),
        *_names(claims),
    )


def ended_sessions_of(
    header: Mapping[str, Any], claims: Mapping[str, Any], provider: Provider, now: datetime
) -> EndedSessions:
    """Returns what the claims of a logout token say whose signature is valid (OpenID Connect Back-Channel Logout 1.0,
    section 2.6). An ID token is none: it has a nonce and no event. Raises ProviderError."""
    _check_audience(claims, provider)
    events = claims.get("events")
    is_logout = isinstance(events, dict) and isinstance(events.get(EVENT), dict)
    if not is_logout or "nonce" in claims or str(header.get("typ", "logout+jwt")).lower() not in ("logout+jwt", "jwt"):
        raise ProviderError(ProviderFailure.TOKEN)
    subject, session = _text(claims, "sub", MAX_SUBJECT), _text(claims, "sid", MAX_SESSION)
    if subject is None and session is None:
        raise ProviderError(ProviderFailure.TOKEN)
    complete = dict(claims) | {"sub": subject or session}
    _validate(CodeIDToken(complete, dict(header), {"iss": {"essential": True, "value": provider.issuer}}, {}), now)
    _check_age(claims, now)
    return EndedSessions(_required(claims, "jti", MAX_TEXT), subject, session)


def _validate(token: CodeIDToken, now: datetime) -> None:
    try:
        token.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise ProviderError(ProviderFailure.TOKEN) from None


def _check_audience(claims: Mapping[str, Any], provider: Provider) -> None:
    # Only this client: another audience could be a client that passes the token on to Portico.
    if claims.get("aud") not in (provider.client_id, [provider.client_id]):
        raise ProviderError(ProviderFailure.TOKEN)
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise ProviderError(ProviderFailure.TOKEN)


def _check_age(claims: Mapping[str, Any], now: datetime) -> None:
    issued, ends = claims.get("iat"), claims.get("exp")
    numbers = [isinstance(each, int | float) and not isinstance(each, bool) for each in (issued, ends)]
    if not all(numbers) or not -LEEWAY <= now.timestamp() - float(issued or 0) <= MAX_AGE + LEEWAY:
        raise ProviderError(ProviderFailure.TOKEN)


def _names(claims: Mapping[str, Any]) -> tuple[str | None, str | None]:
    first, last = _text(claims, "given_name", MAX_TEXT), _text(claims, "family_name", MAX_TEXT)
    if first is None and last is None:
        first, _, last = (_text(claims, "name", MAX_TEXT) or "").strip().rpartition(" ")
    return first or None, last or None


def _text(claims: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = claims.get(name)
    usable = isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()
    if name in ("sub", "sid", "jti") and value is not None and not usable:
        raise ProviderError(ProviderFailure.TOKEN)
    return str(value) if usable else None


def _required(claims: Mapping[str, Any], name: str, longest: int) -> str:
    value = _text(claims, name, longest)
    if value is None:
        raise ProviderError(ProviderFailure.TOKEN)
    return value
