"""The security headers of all responses."""

from collections.abc import Iterable
from typing import Final

CONTENT_SECURITY_POLICY: Final = b"content-security-policy"
NOTHING_MAY_LOAD: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

Headers = Iterable[tuple[bytes, bytes]]


def security_headers(*, https: bool) -> list[tuple[bytes, bytes]]:
    """Returns the headers. The content security policy is for responses that load nothing; a page has its own. `https`
    adds strict transport security (RFC 6797): for a year, without subdomains."""
    headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"publickey-credentials-create=(self), publickey-credentials-get=(self)"),
        (CONTENT_SECURITY_POLICY, NOTHING_MAY_LOAD),
    ]
    return [*headers, (b"strict-transport-security", b"max-age=31536000")] if https else headers
