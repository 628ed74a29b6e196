"""Codes of authenticator apps: time-based one-time passwords (RFC 6238) of six digits, a new one every 30 seconds.

Apps support nothing else reliably, so HMAC-SHA-1 and these numbers are fixed.
"""

import hmac
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import pyotp
import segno

DIGITS: Final = 6
STEP_SECONDS: Final = 30

SKEW_STEPS: Final = 1
"""How many steps the clock of a phone may be off, in either direction (RFC 6238, section 5.2)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code (ISO/IEC 18004): a square of `size` modules with its margin, and the dark ones as the path of an SVG
    image, to be stroked with a width of 1."""

    size: int
    path: str


def new_secret() -> str:
    """A new secret of 160 bits (RFC 4226, section 4), in base32, as it is typed into an app."""
    return pyotp.random_base32(32)


def provisioning_uri(secret: str, account: str, issuer: str) -> str:
    """The address `otpauth://totp/…`, which an app reads from a QR code."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=issuer)


def qr_code(text: str) -> QrCode:
    """The QR code of a text of at most some 200 characters, with the margin that scanners need."""
    code = segno.make(text, micro=False, error="m")
    image = BytesIO()
    code.save(image, kind="svg", xmldecl=False, svgns=False, omitsize=True, lineclass=None, svgclass=None)
    path = image.getvalue().decode().split(' d="')[1].split('"')[0]
    return QrCode(int(code.symbol_size()[0]), path)


def matching_step(secret: str, code: str, now: float, last_step: int) -> int | None:
    """The time step of which this is the code, among those within the skew of `now`, in seconds since 1970, that come
    after `last_step`: each code counts once. None if there is none. Each step is compared, in constant time."""
    if not is_code(code):
        return None
    generator = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    current = int(now) // STEP_SECONDS
    matching = None
    for step in range(current - SKEW_STEPS, current + SKEW_STEPS + 1):
        if hmac.compare_digest(generator.generate_otp(step), code) and step > last_step:
            matching = step
    return matching


def is_code(text: str) -> bool:
    """Whether a text has the form of a code."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()
