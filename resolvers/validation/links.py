"""Finds text in a name that a mail program would turn into a link.

A company may be named after its website (*Booking.com*); a person or a mailbox is not: the names of businesses may
contain a bare domain, the names of users may not. Mails also break up what is left (`app/mail/plain_names.py`), because
names that were stored before these rules may contain anything.
"""

import re
import unicodedata
from typing import Final

# A letter or digit, a dot and a possible top-level domain: at least two letters, or an encoded one. Initials ("J.R.")
# and numbers ("No.1") are none.
_DOMAIN: Final = r"\w\.(?:xn--[\w-]+|[^\W\d_]{2,}(?!\w))"
_BARE_DOMAIN: Final = re.compile(_DOMAIN)
_LINK: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://"
    r"|\bwww\d{0,3}\.[^\s.]"
    r"|\b(?:mailto|tel|sms|sips?|xmpp|callto|javascript|vbscript):\S"
    rf"|[^\s@]@[^\s@]*{_DOMAIN}"
    rf"|{_DOMAIN}(?:[/?#]|:\d)"
)


def contains_link(text: str) -> bool:
    """Whether `text` contains a URL, a web address with a path, a `www.` host or an email address."""
    return bool(_LINK.search(_folded(text)))


def contains_domain(text: str) -> bool:
    """Whether `text` contains a domain, such as `evil.example`."""
    return bool(_BARE_DOMAIN.search(_folded(text)))


def _folded(text: str) -> str:
    # Browsers treat full-width forms and the ideographic full stop as the ASCII ones (UTS #46).
    return unicodedata.normalize("NFKC", text).replace("\u3002", ".").lower()
