"""Users and groups as SCIM resources: the attributes of the core schemas that Portico has, and nothing else.

Other attributes that a client sends are ignored (RFC 7644, section 3.3): identity providers send many by default.
"""

from typing import Annotated, Any

from pydantic import Field, field_validator
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    Mutability,
    Reference,
    Required,
    Resource,
    Uniqueness,
)


class Name(ComplexAttribute):
    """The name of a person."""

    family_name: str | None = None
    """The last name, 1 to 100 characters."""

    given_name: str | None = None
    """The first name, 1 to 100 characters."""


class Email(ComplexAttribute):
    """The email address of a user, which is their userName."""

    value: Annotated[str | None, Mutability.read_only] = None
    """The email address."""

    type: Annotated[str | None, Mutability.read_only] = Field(None, examples=["work"])
    """Always work."""

    primary: Annotated[bool | None, Mutability.read_only] = None
    """Always true."""


class PhoneNumber(ComplexAttribute):
    """The phone number of a user."""

    value: str | None = None
    """The number with its country code, such as +31201234567. Numbers without one are left out."""

    type: str | None = Field(None, examples=["work"])
    """Always work in responses. Of several numbers, the one of this type is stored, else the first."""


class GroupMembership(ComplexAttribute):
    """The group of a user."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the group."""

    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the group."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name of the group."""


class User(Resource[Any]):
    """A user of the organization."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Mutability.immutable, Required.true, Uniqueness.server] = None
    """The email address with which the user signs in, in lower case. It can't be changed."""

    name: Name | None = None
    """The name of the person."""

    display_name: Annotated[str | None, Mutability.read_only] = None
    """First and last name, or the email address if the user has neither."""

    active: bool | None = None
    """Whether the user has access. False ends it at once, with all sessions."""

    emails: Annotated[list[Email] | None, Mutability.read_only] = None
    """The email address, which is the userName."""

    phone_numbers: list[PhoneNumber] | None = None
    """The phone number: at most one is stored."""

    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None
    """The group of which the user is a member: one at most."""

    @field_validator("user_name")
    @classmethod
    def _in_lower_case(cls, value: str | None) -> str | None:
        return None if value is None else value.strip().lower()


class GroupMember(ComplexAttribute):
    """A member of a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of the user."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the user."""


class Group(Resource[Any]):
    """An access template of the organization. Its members have exactly the permissions and accounts that it holds."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    """The name of the access template, 1 to 200 characters, unique in the organization."""

    members: list[GroupMember] | None = None
    """The users who have the access template."""
