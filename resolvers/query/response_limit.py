"""The limit on the size of a response.

A statement whose response can be large passes each list that it has built to the function `limit_response` of the
database (`migrations/versions/0020_response_limit.py`), which ends the statement when there is too much of it. So
neither PostgreSQL nor this process holds a response beyond the limit.
"""

SQLSTATE = "PR001"
"""The code of the error that `limit_response` raises."""

MAX_RESPONSE_BYTES = 8_388_608
"""The default limit on the data of a response."""


class ResponseTooLarge(Exception):
    """A response that was not large by the numbers of its values is too large by its bytes."""


def encoded(text: str, max_bytes: int) -> bytes:
    """Returns the data of a response as UTF-8. Raises ResponseTooLarge."""
    data = text.encode()
    if len(data) > max_bytes:
        raise ResponseTooLarge
    return data


def is_response_too_large(error: BaseException) -> bool:
    """Whether `error`, without its causes, means that a response was too large."""
    return isinstance(error, ResponseTooLarge) or getattr(error, "sqlstate", None) == SQLSTATE
