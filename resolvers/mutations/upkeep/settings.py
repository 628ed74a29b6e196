"""Changes the settings of an organization: when ends of access are told, when dormant users are removed, and whether
users need a second factor."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import delete, select, update

from authz.model.actions import OrganizationAction
from models import (
    DORMANCY_WARNING_DAYS,
    DORMANT_AFTER_DAYS,
    END_NOTICE_DAYS,
    END_NOTICES,
    AccessNotice,
    AuditKind,
    NoticeKind,
    Organization,
)
from resolvers.errors import MutationRejected, Problem, invalid
from resolvers.mutations.onboarding.lock import authorize_organization
from resolvers.mutations.upkeep.second_factor_requirement import (
    allow_requirement,
    end_sessions_without_second_factor,
)
from resolvers.mutations.users.lock import row_locks
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.unit_of_work import UnitOfWork


class NewSettings(TypedDict, total=False):
    """The settings to change, by column. A `dormant_after_days` of None turns the removal off. No other may be None."""

    end_notice_days: Sequence[int] | None
    dormant_after_days: int | None
    dormancy_warning_days: int | None
    requires_second_factor: bool | None


FIELDS: Final = {
    "end_notice_days": "endNoticeDays",
    "dormant_after_days": "dormantAfterDays",
    "dormancy_warning_days": "dormancyWarningDays",
    "requires_second_factor": "requiresSecondFactor",
}
"""The fields of the API, by column."""

_OF_DORMANCY: Final = {FIELDS["dormant_after_days"], FIELDS["dormancy_warning_days"]}


async def update_organization_settings(work: UnitOfWork, organization_id: UUID | None, new: NewSettings) -> UUID:
    """Change the settings of an organization. Returns its id. Nothing is written if nothing changes.

    Whoever changes the settings about dormant users starts their warnings anew: nobody is removed without a warning
    under the new ones. Raises `MutationRejected` as `authorize_organization` does; with all problems: INVALID; or, if
    second factors are to be required or no longer required, REAUTHENTICATION_REQUIRED and SECOND_FACTOR_REQUIRED.
    """
    locks = row_locks(work.caller.actor) if work.caller.actor else None
    organization = await authorize_organization(work, organization_id, OrganizationAction.CHANGE_SETTINGS, locks=locks)
    problems = list(_problems(new))
    if problems:
        raise MutationRejected(problems)
    row = Organization.__table__
    stored = select(*(row.c[column] for column in FIELDS)).where(row.c.id == organization.id)
    before = (await work.execute(stored)).one()._asdict()
    after = before | _normalized(new)
    changes = changed(_by_field(before), _by_field(after))
    if changes:
        if before["requires_second_factor"] != after["requires_second_factor"]:
            await allow_requirement(work, organization.actor, required=after["requires_second_factor"])
        await work.execute(update(Organization).where(Organization.id == organization.id).values(after))
        if after["requires_second_factor"] and not before["requires_second_factor"]:
            await end_sessions_without_second_factor(work, organization.id)
        if not _OF_DORMANCY.isdisjoint(changes):
            await work.execute(_delete_warnings(organization.id))
        kind = AuditKind.ORGANIZATION_SETTINGS_CHANGED
        await work.audit(AuditEntry(kind, organization.id, organization.id, changes=changes))
    return organization.id


def _delete_warnings(organization_id: UUID) -> Any:
    notice = AccessNotice.__table__
    is_warning = notice.c.kind == NoticeKind.DORMANCY.value
    return delete(AccessNotice).where(notice.c.organization_id == organization_id, is_warning)


def _normalized(settings: NewSettings) -> dict[str, Any]:
    values: dict[str, Any] = dict(settings)
    if "end_notice_days" in values:
        values["end_notice_days"] = sorted(values["end_notice_days"], reverse=True)
    return values


def _by_field(values: Mapping[str, Any]) -> dict[str, Any]:
    return {FIELDS[column]: value for column, value in values.items()}


def _problems(settings: NewSettings) -> Iterator[Problem]:
    for column in ("end_notice_days", "dormancy_warning_days", "requires_second_factor"):
        if column in settings and settings[column] is None:
            message = "This field can't be null. Omit it to keep the current value."
            yield invalid(message, "input", FIELDS[column])
    yield from _notice_problems(settings.get("end_notice_days") or ())
    for column, bounds in (
        ("dormant_after_days", DORMANT_AFTER_DAYS),
        ("dormancy_warning_days", DORMANCY_WARNING_DAYS),
    ):
        yield from _out_of_bounds(settings.get(column), bounds, FIELDS[column])


def _notice_problems(days: Sequence[int]) -> Iterator[Problem]:
    field = FIELDS["end_notice_days"]
    if len(days) > END_NOTICES:
        yield invalid(f"An end is announced at most {END_NOTICES} times.", "input", field)
        return
    for index, day in enumerate(days):
        if day in days[:index]:
            yield invalid("This number of days appears twice.", "input", field, str(index))
        yield from _out_of_bounds(day, END_NOTICE_DAYS, field, str(index))


def _out_of_bounds(days: object, bounds: tuple[int, int], *path: str) -> Iterator[Problem]:
    if isinstance(days, int) and not bounds[0] <= days <= bounds[1]:
        yield invalid(f"Enter a number of days from {bounds[0]} to {bounds[1]:,}.", "input", *path)
