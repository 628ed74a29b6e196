"""Chooses the media type of a response by the header `Accept` (RFC 9110, section 12.5.1; GraphQL over HTTP, "Accept").

A client that sends no such header, or accepts anything, gets `application/json`, as the audits of `graphql-http`
require. `application/graphql-response+json` is for clients that name it, unless they prefer the other one.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)

MAX_HEADER_BYTES = 2_000
"""How many bytes of the header are read."""

CACHE_ENTRIES = 256
"""How many values of the header are cached: clients send few, and send them with each request."""

_RANGES = {
    JSON: (JSON, "application/*", "*/*"),
    GRAPHQL_RESPONSE: (GRAPHQL_RESPONSE, "application/*", "*/*"),
}
"""The media ranges that match each type, the most specific one first."""


def negotiate_media_type(accept: bytes | None) -> str | None:
    """Returns JSON or GRAPHQL_RESPONSE for the value of the header `Accept`, or None if it accepts neither."""
    return _best(accept[:MAX_HEADER_BYTES]) if accept else JSON


@lru_cache(CACHE_ENTRIES)
def _best(accept: bytes) -> str | None:
    accepted = dict(_parse_ranges(accept.decode("latin-1").lower().split(",")))
    weights = {type_: _weight(accepted, type_) for type_ in _RANGES}
    if not any(weights.values()):
        return None
    named = GRAPHQL_RESPONSE in accepted and weights[GRAPHQL_RESPONSE] >= weights[JSON]
    return GRAPHQL_RESPONSE if named or weights[GRAPHQL_RESPONSE] > weights[JSON] else JSON


def _parse_ranges(ranges: Iterable[str]) -> Iterable[tuple[str, float]]:
    """Yields each media range with its weight. Other parameters don't matter: both types are always UTF-8."""
    for range_ in ranges:
        name, *parameters = (part.strip() for part in range_.split(";"))
        weights = [value for key, _, value in (part.partition("=") for part in parameters) if key.strip() == "q"]
        yield name, _parse_weight(weights[-1]) if weights else 1.0


def _parse_weight(weight: str) -> float:
    # An invalid weight counts as 1: the client has named the type.
    return float(weight) if _WEIGHT.fullmatch(weight) else 1.0


def _weight(accepted: dict[str, float], type_: str) -> float:
    return next((accepted[range_] for range_ in _RANGES[type_] if range_ in accepted), 0.0)
