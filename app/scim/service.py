"""The SCIM protocol as Portico speaks it: what it announces, and which deviations of clients it tolerates.

Microsoft Entra and Okta send attributes that Portico doesn't have, operations named `Add` and `Replace`, values of a
`remove`, and path filters that match nothing yet: scim2-models reads these as they are meant. They also change
attributes that follow from others, such as `displayName`: here, such a part of a PATCH changes nothing.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    InvalidSyntaxException,
    InvalidValueException,
    Pagination,
    Patch,
    PatchOp,
    Reference,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    TooManyException,
)
from scim2_server.service import ScimService

from app.http.strict_json import InvalidJson, decode
from app.scim.resources import Group, User
from app.scim.storage import DEFAULT_COUNT, MAX_COUNT

MAX_OPERATIONS: Final = 100
"""The maximum number of operations in a PATCH."""

MAX_PATH: Final = 1_000
"""The maximum length of a path in a PATCH."""

POLICY: Final = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)

CONFIG: Final = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MAX_COUNT),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    pagination=Pagination(
        cursor=False,
        index=True,
        default_pagination_method=Pagination.DefaultPaginationMethod.index,
        default_page_size=DEFAULT_COUNT,
        max_page_size=MAX_COUNT,
    ),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="SCIM token",
            description="The SCIM token, as a bearer token (RFC 6750).",
            spec_uri=Reference("https://www.rfc-editor.org/rfc/rfc6750"),
            primary=True,
        )
    ],
)

_URN: Final = re.compile(r"urn:ietf:params:scim:schemas:core:2\.0:(user|group):", re.IGNORECASE)
_DERIVED: Final = {"User": frozenset({"displayname", "emails"}), "Group": frozenset[str]()}
"""The attributes, in lower case, that follow from others."""


class Service(ScimService):
    """The protocol, for users and groups."""

    def __init__(self) -> None:
        super().__init__(ScimProvider(models=[User, Group], config=CONFIG, policy=POLICY))

    def decode_body(self, body: bytes, content_type: str | None) -> Any:
        """As `ScimService.decode_body`, strictly: no member of an object twice."""
        self.ensure_json(content_type)
        try:
            return decode(body)
        except InvalidJson as error:
            raise InvalidSyntaxException(detail=f"The body is not JSON: {error}.") from None

    def read_patch(self, resource_type: ResourceType, body: bytes, content_type: str | None) -> "PatchOp[Any]":
        """As `ScimService.read_patch`, without the parts that change attributes which follow from others."""
        self.ensure_patch_supported()
        content = self.decode_body(body, content_type)
        name = _operations_name(content)
        if name is None:
            return super().read_patch(resource_type, body, content_type)
        if len(content[name]) > MAX_OPERATIONS:
            raise TooManyException(detail=f"A PATCH has at most {MAX_OPERATIONS} operations.")
        derived = _DERIVED[resource_type.id or ""]
        kept = [kept for operation in content[name] for kept in _kept(operation, derived)]
        if content[name] and not kept:
            # Nothing is left to do. The model would reject a PATCH without operations.
            empty: PatchOp[Any] = PatchOp[self.get_model(resource_type)].model_construct(operations=[])  # type: ignore[misc]
            return empty
        return super().read_patch(resource_type, orjson.dumps({**content, name: kept}), content_type)


def _operations_name(content: Any) -> str | None:
    """The name under which a body has operations, whatever its case; None if it has none."""
    if not isinstance(content, dict):
        return None
    return next(
        (name for name, value in content.items() if name.lower() == "operations" and isinstance(value, list)), None
    )


def _kept(operation: Any, derived: frozenset[str]) -> Iterator[Any]:
    """The operation, or what is left of it; nothing if it changes nothing that is stored."""
    if not isinstance(operation, dict):
        yield operation
        return
    members = {name.lower(): name for name in operation}
    path = operation.get(members.get("path", ""))
    value_name = members.get("value", "")
    value = operation.get(value_name)
    if isinstance(path, str) and len(path) > MAX_PATH:
        raise InvalidValueException(detail=f"A path has at most {MAX_PATH} characters.")
    if isinstance(path, str) and path:
        if _is_derived(path, derived):
            return
        yield operation
        return
    if not isinstance(value, dict):
        yield operation
        return
    left = {name: part for name, part in value.items() if not _is_derived(name, derived)}
    if left or not value:
        yield {**operation, value_name: left}


def _is_derived(path: str, derived: frozenset[str]) -> bool:
    bare = _URN.sub("", path).lower()
    return bare in derived or _attribute(path) in derived


def _attribute(path: str) -> str:
    """The attribute that a path begins with, in lower case."""
    return re.split(r"[.\[]", _URN.sub("", path), maxsplit=1)[0].lower()
