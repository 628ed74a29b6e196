"""The part of the activation form in which whoever was invited tells who they are: what was typed, as details."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pycountry

from models import UserKind
from resolvers.errors import ErrorCode, Problem
from resolvers.validation.person import DETAILS, NewDetails
from schema.declare.scalars import BadValue, parse_country, parse_phone

COUNTRIES: Final = sorted(
    ((country.alpha_2, country.name) for country in pycountry.countries), key=lambda pair: pair[1]
)
"""The countries to choose from: code and name."""


def parse_details(fields: Mapping[str, str]) -> tuple[NewDetails, list[Problem]]:
    """The details among the fields of a form, which have the names of the API, and what of them can't be read. A field
    that was left empty is one that was left out."""
    details: Any = {}
    slips: list[Problem] = []
    for name, column in DETAILS.items():
        text = fields.get(name, "").strip()
        if text:
            try:
                details[column] = _READERS.get(name, str)(text)
            except BadValue as error:
                slips.append(Problem(ErrorCode.INVALID, str(error), ("input", name)))
    told: NewDetails = details
    return told, slips


def _kind(text: str) -> UserKind:
    try:
        return UserKind(text)
    except ValueError:
        raise BadValue("Choose one of the two.") from None


_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "kind": _kind,
    "phone": parse_phone,
    "country": parse_country,
}
