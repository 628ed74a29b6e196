"""Formats timestamps as the API returns them, for values that are not formatted in SQL."""

from datetime import UTC, datetime


def encode(moment: datetime) -> str:
    """RFC 3339 in UTC, in the same format as the database: fractional seconds without trailing zeros."""
    seconds, _, fraction = moment.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    digits = fraction.rstrip("0")
    return f"{seconds}.{digits}Z" if digits else f"{seconds}Z"
