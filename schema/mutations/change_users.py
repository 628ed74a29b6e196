"""The mutations `changeUsers` and `extendAccess`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import strawberry

import models
from authz.model.actions import UserAction
from resolvers.access.account_access import GrantKind
from resolvers.access_preview.differences import differences
from resolvers.errors import Problem, invalid
from resolvers.mutations.users.access_edit import AccessEdit, Edit, Ends
from resolvers.mutations.users.change_users import ChangeMode as Mode
from resolvers.mutations.users.change_users import (
    ChangeOutcome,
    Difference,
    UserResult,
    UsersChange,
)
from resolvers.mutations.users.change_users import UserChangeState as State
from resolvers.mutations.users.change_users import change_users as run_change
from resolvers.mutations.users.extend_access import LaterEnds
from resolvers.public_id import keys
from schema.declare.enums import ChangeMode, Permission, UserChangeState
from schema.declare.fields import changed_each, gql_type
from schema.declare.inputs import CHECKED_BESIDE, gql_input
from schema.declare.scalars import DateTime, Malformed
from schema.execution.read_payload import Info, PayloadData, malformed_values, read_payload_nodes_as_caller
from schema.mutations.payload import MutationError, errors_of
from schema.types.access_expiry import (
    AccountEndInput,
    PermissionEndInput,
    account_ends,
    account_ends_field,
    permission_ends,
    permission_ends_field,
    some_time,
)
from schema.types.references import OneUser

_USERS = "The ids of the users: 1 to 200."


def _ids(model: type[models.ContractAccount] | type[models.DeliveryAccount], description: str) -> Any:
    metadata = CHECKED_BESIDE | {"model": model}
    return strawberry.field(description=description, default_factory=list, metadata=metadata)


def _users_field() -> Any:
    return strawberry.field(description=_USERS, metadata=CHECKED_BESIDE | {"model": models.User})


def _mode_field() -> Any:
    return strawberry.field(
        description="What happens to the other users if one can't be changed.", default=ChangeMode.ALL_OR_NOTHING
    )


def _dry_run_field() -> Any:
    return strawberry.field(
        description="Whether to only report what would happen, without changing or sending anything.", default=False
    )


@gql_input
class ChangeUsersInput:
    """Input for `changeUsers`: some users, and one change that all of them get. Each user is changed as by
    `updateUser`, `removeUser` or `resendActivation`, and refused for the same reasons."""

    users: list[strawberry.ID] = _users_field()
    versions: list[int] | None = strawberry.field(
        description="The `version` of each user that you read, in the order of `users`. A user who has changed since "
        "is refused with `STALE`. Omit it to change the users as they are.",
        default=None,
    )
    add_permissions: list[Permission] = strawberry.field(
        description="Permissions to give. Users who have one already keep it as it is.", default_factory=list
    )
    remove_permissions: list[Permission] = strawberry.field(
        description="Permissions to take away, except `SITES_SERVICES_VIEW`.", default_factory=list
    )
    add_contract_accounts: list[strawberry.ID] = _ids(
        models.ContractAccount,
        "The ids of contract accounts to give. Users who have one already, or have all, keep what they have.",
    )
    remove_contract_accounts: list[strawberry.ID] = _ids(
        models.ContractAccount,
        "The ids of contract accounts to take away. A user who has all contract accounts is refused.",
    )
    add_delivery_accounts: list[strawberry.ID] = _ids(
        models.DeliveryAccount,
        "The ids of delivery accounts to give. Users who have one already, or have all, keep what they have.",
    )
    remove_delivery_accounts: list[strawberry.ID] = _ids(
        models.DeliveryAccount,
        "The ids of delivery accounts to take away. A user who has all delivery accounts is refused.",
    )
    permission_ends: list[PermissionEndInput] = permission_ends_field(
        "New expiry times of permissions that the users have or get; other permissions keep theirs."
    )
    account_ends: list[AccountEndInput] = account_ends_field(
        "New expiry times of accounts that the users have or get; other accounts keep theirs."
    )
    ends_at: DateTime | None = strawberry.field(
        description="When everything expires that the users have, or get, one by one: each permission except "
        "`SITES_SERVICES_VIEW`, and each listed account. Null removes all expiry times. `permissionEnds` and "
        "`accountEnds` prevail.",
        default=strawberry.UNSET,
        metadata=CHECKED_BESIDE,
    )
    resend_activation: bool = strawberry.field(
        description="Whether to send the users a new activation email, who must be pending or expired. Excludes all "
        "other changes.",
        default=False,
    )
    remove: bool = strawberry.field(
        description="Whether to remove the users. Excludes all other changes.", default=False
    )
    mode: ChangeMode = _mode_field()
    dry_run: bool = _dry_run_field()


@gql_input
class ExtendAccessInput:
    """Input for `extendAccess`."""

    users: list[strawberry.ID] = _users_field()
    until: DateTime = strawberry.field(
        description="The new expiry time of everything that the users have and that expires before. What has expired "
        "already stays expired. You can't extend anything for longer than you have it yourself: a user who has "
        "something like this is refused.",
        metadata=CHECKED_BESIDE,
    )
    mode: ChangeMode = _mode_field()
    dry_run: bool = _dry_run_field()


@gql_type
class AccessDifference:
    """What a user gains or loses by a change."""

    permissions: list[Permission] = strawberry.field(description="The permissions.")
    contract_accounts: int = strawberry.field(
        description="The number of contract accounts that the user sees, of those visible to you."
    )
    delivery_accounts: int = strawberry.field(
        description="The number of delivery accounts that the user sees, of those visible to you."
    )
    services: int = strawberry.field(description="The number of services that the user sees, of those visible to you.")


@gql_type
class UserChangeResult:
    """The outcome of the change of one user."""

    state: UserChangeState = strawberry.field(description="The outcome of the change.")
    user: OneUser | None = changed_each(
        "The user as they are now, if visible to you. For a dry run, and if they were not changed: as they are."
    )
    gains: AccessDifference | None = strawberry.field(
        description="For a dry run, what the user would gain once they are active. Null for all but the first 50 users "
        "who would be changed, whose access is computed."
    )
    loses: AccessDifference | None = strawberry.field(
        description="For a dry run, what the user would lose. Null for all but the first 50 users who would be changed."
    )
    errors: list[MutationError] = strawberry.field(
        description="The reasons why this user can't be changed. `path` is the path of the user in the input: "
        '`["input", "users", "3"]`.'
    )
    data: strawberry.Private[PayloadData]


def _results_field() -> Any:
    return strawberry.field(
        description="The outcome for each user, in the order of the input. Empty if the users were not checked because "
        "the input is invalid, or you changed too much or too often."
    )


def _changed_field() -> Any:
    return strawberry.field(
        description="The number of changed users. For a dry run, the number of users that would be changed."
    )


def _refused_field() -> Any:
    return strawberry.field(description="The number of users who can't be changed. `results` gives the reasons.")


def _errors_field() -> Any:
    return strawberry.field(
        description="All reasons why nobody was changed, including those of single users in the mode "
        "`ALL_OR_NOTHING`. Empty if the mutation succeeded, or would have without `dryRun`. In the mode "
        "`AS_MANY_AS_POSSIBLE`, errors of single users are in `results` only."
    )


@gql_type
class ChangeUsersPayload:
    """The outcome for each user. For a dry run, the outcome that the change would have."""

    results: list[UserChangeResult] = _results_field()
    changed: int = _changed_field()
    refused: int = _refused_field()
    errors: list[MutationError] = _errors_field()


@gql_type
class ExtendAccessPayload:
    """The outcome for each user. For a dry run, the outcome that the extension would have."""

    results: list[UserChangeResult] = _results_field()
    changed: int = _changed_field()
    refused: int = _refused_field()
    errors: list[MutationError] = _errors_field()


async def change_users(
    info: Info, input: Annotated[ChangeUsersInput, strawberry.argument(description="The users and the change.")]
) -> ChangeUsersPayload:
    """Resolves `changeUsers`. The users of all results are read together, as the caller."""
    edit = _edit(input)
    change = UserAction.REMOVE if input.remove else UserAction.RESEND_ACTIVATION if input.resend_activation else edit
    problems = [*malformed_values(info), *_contradictions(input, edit)]
    return ChangeUsersPayload(**await _run(info, input, change, problems, input.versions))


async def extend_access(
    info: Info, input: Annotated[ExtendAccessInput, strawberry.argument(description="The users and the new end.")]
) -> ExtendAccessPayload:
    """Resolves `extendAccess`. The users of all results are read together, as the caller."""
    return ExtendAccessPayload(**await _run(info, input, LaterEnds(some_time(input.until)), malformed_values(info)))


def _edit(input_: ChangeUsersInput) -> AccessEdit:
    def lists(verb: str) -> dict[GrantKind, tuple[Any, ...]]:
        return {
            GrantKind.PERMISSION: tuple(getattr(input_, f"{verb}_permissions")),
            **{
                GrantKind(kind): keys(getattr(input_, f"{verb}_{kind.field}"), kind.accounts)
                for kind in models.ACCOUNT_KINDS
            },
        }

    ends_at = (
        Ends.KEPT if input_.ends_at is strawberry.UNSET or isinstance(input_.ends_at, Malformed) else input_.ends_at
    )
    return AccessEdit(
        lists("add"),
        lists("remove"),
        permission_ends(input_.permission_ends),
        account_ends(input_.account_ends),
        ends_at,
    )


def _contradictions(input_: ChangeUsersInput, edit: AccessEdit) -> list[Problem]:
    chosen = [input_.remove, input_.resend_activation, not edit.is_empty]
    if sum(chosen) > 1:
        field = "remove" if input_.remove else "resendActivation"
        return [
            invalid("Either change the access, remove the users, or resend their activation email.", "input", field)
        ]
    if not any(chosen) and not isinstance(input_.ends_at, Malformed):
        return [invalid("Say what to change.", "input")]
    return []


async def _run(
    info: Info,
    input_: ChangeUsersInput | ExtendAccessInput,
    change: Edit | UserAction,
    problems: Sequence[Problem],
    versions: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Runs the change, and returns the fields of the payload."""
    context = info.context.context
    users = keys(input_.users, models.User)
    outcome = await run_change(
        context.writing,
        context.caller,
        UsersChange(users, change, versions, Mode(input_.mode), input_.dry_run, problems),
        differences,
    )
    data = (
        {}
        if _removed_self(context.caller.actor, outcome, change)
        else await read_payload_nodes_as_caller(info, [row.user_id for row in outcome.rows], "User")
    )
    return {
        "results": [result_of(row, data) for row in outcome.rows],
        "changed": outcome.count(State.CHANGED, State.WOULD_BE_CHANGED),
        "refused": outcome.count(State.REFUSED),
        "errors": errors_of(outcome.problems),
    }


def _removed_self(actor: Any, outcome: ChangeOutcome, change: Edit | UserAction) -> bool:
    """Whether the caller removed themselves, and so can't read anything any more."""
    return change is UserAction.REMOVE and any(
        actor is not None and row.user_id == actor.id and row.state is State.CHANGED for row in outcome.rows
    )


def result_of(row: UserResult, data: PayloadData) -> UserChangeResult:
    """Returns the outcome for one user as a GraphQL object."""
    return UserChangeResult(
        state=row.state,
        gains=_difference(row.gains),
        loses=_difference(row.loses),
        errors=errors_of(row.problems),
        data=data,
    )


def _difference(difference: Difference | None) -> AccessDifference | None:
    if difference is None:
        return None
    return AccessDifference(permissions=list(difference.permissions), **asdict(difference.sees))
