"""The details that an invited user enters about themselves when they activate."""

from typing import Protocol

from resolvers.validation.person import NewDetails
from schema.declare.enums import UserKind
from schema.declare.inputs import unset_to_none
from schema.declare.scalars import CountryCode, PhoneNumber


class EnteredDetails(Protocol):
    """The fields that the inputs of both activations have in common."""

    kind: UserKind | None
    first_name: str | None
    last_name: str | None
    phone: PhoneNumber | None
    country: CountryCode | None


def details_of(input: EnteredDetails) -> NewDetails:
    """The details in an input. Fields that it omits are None."""
    return NewDetails(
        kind=unset_to_none(input.kind),
        first_name=unset_to_none(input.first_name),
        last_name=unset_to_none(input.last_name),
        phone=unset_to_none(input.phone),
        country=unset_to_none(input.country),
    )
