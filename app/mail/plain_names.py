"""Makes a name plain text for a mail: on one line, and nothing that a mail program turns into a link."""

import re
import unicodedata
from typing import Final

ZERO_WIDTH_SPACE: Final = "\u200b"

# The characters without which no mail program takes text for a URL, a host or an address, unless a space follows.
_JOINTS: Final = re.compile(r"([.:/@\u2024\u3002\uff0e\uff0f\uff1a\uff20\uff61])(?=\S)")


def one_line(name: str) -> str:
    """`name` with a space in place of each line break and control character.

    Names are validated before they are stored; this is for those that were stored before the rules.
    """
    return "".join(" " if _breaks(character) else character for character in name).strip()


def unlinked(name: str) -> str:
    """`name` for the text of a mail: a zero width space after each dot, colon, slash and @ inside it.

    Reads the same; mail programs that make links of URLs, domains and addresses find none.
    """
    return _JOINTS.sub(rf"\1{ZERO_WIDTH_SPACE}", one_line(name))


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
