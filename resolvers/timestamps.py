"""Moments as the API writes them, where no statement does."""

from datetime import UTC, datetime


def encode(moment: datetime) -> str:
    """RFC 3339 in UTC, as the database prints it too: with as many places after the second as there are."""
    whole, _, fraction = moment.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    places = fraction.rstrip("0")
    return f"{whole}.{places}Z" if places else f"{whole}Z"
