"""Parses the personal details that an invited user enters in the activation form."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from models import UserKind
from resolvers.errors import ErrorCode, Problem
from resolvers.validation.person import DETAIL_COLUMNS, NewDetails
from schema.declare.scalars import BadValue, parse_country, parse_phone


def parse_details(fields: Mapping[str, str]) -> tuple[NewDetails, list[Problem]]:
    """Returns the details in the fields of a form, which have the names of the API, and the problems of those that
    can't be parsed. Empty fields are left out."""
    details: Any = {}
    problems: list[Problem] = []
    for name, column in DETAIL_COLUMNS.items():
        text = fields.get(name, "").strip()
        if text:
            try:
                details[column] = _PARSERS.get(name, str)(text)
            except BadValue as error:
                problems.append(Problem(ErrorCode.INVALID, str(error), ("input", name)))
    result: NewDetails = details
    return result, problems


def _kind(text: str) -> UserKind:
    try:
        return UserKind(text)
    except ValueError:
        raise BadValue("Choose one of the two options.") from None


_PARSERS: Final[Mapping[str, Callable[[str], str]]] = {
    "kind": _kind,
    "phone": parse_phone,
    "country": parse_country,
}
