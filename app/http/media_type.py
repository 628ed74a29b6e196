"""Compares the media type of a body (RFC 9110, section 8.3.1)."""


def has_media_type(content_type: bytes | None, expected: bytes) -> bool:
    """Whether a header `Content-Type` names `expected` (lower case). Parameters are ignored: neither JSON (RFC 8259,
    section 11) nor forms (RFC 1866, section 8.2.1) define any, and both are read as UTF-8 whatever `charset` says."""
    return content_type is not None and content_type.partition(b";")[0].strip(b" \t").lower() == expected
