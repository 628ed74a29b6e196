"""Normalizes codes that consist of ASCII only: countries, VAT numbers, statuses, names of columns."""


def normalize_code(text: str) -> str:
    """`text` in upper case, without surrounding spaces, if all of it is ASCII. Other text is not a code and is returned
    unchanged, because Unicode's case mapping could turn it into one: `ß` into `SS`, `ﬁ` into `FI`, `ı` into `I`."""
    return text.strip().upper() if text.isascii() else text
