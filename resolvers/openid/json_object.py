"""Reads a JSON object that a provider sent."""

import json
from typing import Any

from resolvers.openid.errors import ProviderError, ProviderFailure


def json_object(content: bytes) -> dict[str, Any]:
    """Returns the object. Raises ProviderError (MALFORMED)."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise ProviderError(ProviderFailure.MALFORMED) from None
    if not isinstance(value, dict):
        raise ProviderError(ProviderFailure.MALFORMED)
    return value
