"""Where scim2-server reads and writes: as the admin who made the token, through the planner and the mutations.

One instance serves one request. Each write is one transaction.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from scim2_models import (
    NotImplementedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    TooManyException,
)
from scim2_server.storage import AsyncScimStorage, SearchPage

from app.scim import group_storage, user_storage
from app.scim.errors import error_of
from app.scim.filters import GROUPS as FILTERABLE_GROUPS
from app.scim.filters import USERS as FILTERABLE_USERS
from app.scim.filters import conditions_of
from app.scim.reading import GROUPS, MOST_MEMBERS, USERS, ScimReads, Window
from app.scim.resources import Group, User
from app.scim.user_storage import order_of, user_resource, version_of, wanted_user
from models import AccessTemplate
from models import User as UserRow
from resolvers.errors import MutationRejected
from resolvers.mutations.provisioning.groups import (
    GroupChange,
    change_provisioned_group,
    deprovision_group,
    provision_group,
)
from resolvers.mutations.provisioning.users import change_provisioned_user, deprovision_user, provision_user
from resolvers.public_id import encode, key
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

T = TypeVar("T")

DEFAULT_COUNT = MAX_COUNT = 100
"""The number of resources in a page, if a client gives none, and at most."""

WRITE_COST, MEMBER_COST = 10, 2
"""What a change costs, in nodes, and each member that it adds to a group or removes: as in a mutation of the API."""


@dataclass
class Storage(AsyncScimStorage):
    """Reads and writes for one request. `groups` are those that it has read, with their members."""

    reads: ScimReads
    groups: dict[str, Group] = field(default_factory=dict)

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """As `AsyncScimStorage.get`."""
        if resource_type.id == "User":
            return user_resource(await self.reads.user(resource_id))
        row = await self.reads.group(resource_id)
        if response_parameters is not None and not _keeps_members(response_parameters):
            return group_storage.group_resource(row, None)
        members = await self.reads.members([row["id"]])
        if members is None:
            raise _too_many_members()
        group = group_storage.group_resource(row, members)
        self.groups[row["id"]] = group
        return group.model_copy(deep=True)

    async def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """As `AsyncScimStorage.search`. Several types at once are not supported."""
        if len(resource_types) != 1:
            raise NotImplementedException(detail="Search in /Users or /Groups: both at once are not supported.")
        start, count = search_request.start_index or 1, search_request.count
        count = DEFAULT_COUNT if count is None else min(count, MAX_COUNT)
        if resource_types[0].id == "User":
            conditions = conditions_of(search_request.filter, FILTERABLE_USERS)
            window = Window(count, order_of(search_request, user_storage.ORDERS))
            users = await self.reads.list(USERS, conditions, window, start)
            return SearchPage(users.total, [user_resource(row) for row in users.rows])
        conditions = conditions_of(search_request.filter, FILTERABLE_GROUPS)
        window = Window(count, order_of(search_request, group_storage.ORDERS))
        groups = await self.reads.list(GROUPS, conditions, window, start)
        if not _keeps_members(search_request):
            return SearchPage(groups.total, [group_storage.group_resource(row, None) for row in groups.rows])
        members = await self.reads.members([row["id"] for row in groups.rows])
        if members is None:
            raise _too_many_members()
        of_group = group_storage.by_group(members)
        resources = [group_storage.group_resource(row, of_group.get(row["id"], ())) for row in groups.rows]
        return SearchPage(groups.total, list(resources))

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """As `AsyncScimStorage.create`."""
        if isinstance(resource, User):
            email, wanted = resource.user_name or "", wanted_user(resource)
            user_id = await self._write("POST Users", lambda work: provision_user(work, email, wanted))
            return await self.get(resource_type, encode(UserRow, user_id))
        assert isinstance(resource, Group)
        change = group_storage.group_change(resource, None)
        group_id = await self._write("POST Groups", lambda work: provision_group(work, change), len(change.added))
        return await self.get(resource_type, encode(AccessTemplate, group_id))

    async def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """As `AsyncScimStorage.update`."""
        assert resource.id is not None
        if isinstance(resource, User):
            user_id, wanted, version = key(resource.id, UserRow), wanted_user(resource), version_of(expected_version)
            await self._write("PUT Users", lambda work: change_provisioned_user(work, user_id, wanted, version))
        else:
            assert isinstance(resource, Group)
            group_id = key(resource.id, AccessTemplate)
            change = group_storage.group_change(resource, self.groups[resource.id])
            size = len(change.added) + len(change.removed)
            await self._write("PUT Groups", lambda work: change_provisioned_group(work, group_id, change), size)
        return await self.get(resource_type, resource.id)

    async def change_group(self, group_id: str, change: GroupChange) -> None:
        """Changes a group whose members needn't be known."""
        size, key_ = len(change.added) + len(change.removed), key(group_id, AccessTemplate)
        await self._write("PATCH Groups", lambda work: change_provisioned_group(work, key_, change), size)

    async def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        """As `AsyncScimStorage.delete`."""
        if resource_type.id == "User":
            user_id, version = key(resource_id, UserRow), version_of(expected_version)
            await self._write("DELETE Users", lambda work: deprovision_user(work, user_id, version))
            return
        group_id = key(resource_id, AccessTemplate)
        size = len(self.groups[resource_id].members or ())
        await self._write("DELETE Groups", lambda work: deprovision_group(work, group_id), size)

    async def _write(self, operation: str, mutation: Callable[[UnitOfWork], Awaitable[T]], members: int = 0) -> T:
        """Runs a mutation in a transaction, once its cost is taken from the token's bucket."""
        await self.reads.charge(WRITE_COST + MEMBER_COST * members)
        caller = replace(self.reads.caller, operation=f"SCIM {operation}")
        try:
            return await run_in_transaction(self.reads.context, caller, mutation)
        except MutationRejected as rejection:
            raise error_of(rejection) from rejection


def _keeps_members(parameters: ResponseParameters[Any]) -> bool:
    """Whether the response has the members of groups."""
    if parameters.attributes:
        return any(_name(path) == "members" for path in parameters.attributes)
    return all(_name(path) != "members" for path in parameters.excluded_attributes or ())


def _name(path: object) -> str:
    """The attribute in a path, without its schema and sub-attribute, in lower case."""
    return str(path).rpartition(":")[2].partition(".")[0].lower()


def _too_many_members() -> TooManyException:
    return TooManyException(
        detail=f"The groups have more than {MOST_MEMBERS} members. Read them with excludedAttributes=members, and the "
        "groups of a user from the user."
    )
