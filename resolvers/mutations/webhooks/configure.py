"""Creates, changes and removes webhooks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update

from authz.model.actions import OrganizationAction
from models import AuditKind, Webhook, WebhookState, new_id
from resolvers import timestamps
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.onboarding.lock import ORGANIZATION_PATH, authorize_organization
from resolvers.mutations.users.lock import row_locks
from resolvers.mutations.webhooks.lock import lock_webhook, name_of
from resolvers.mutations.webhooks.signing_secrets import NewWebhookSecret, encrypted, hint_of, new_secret
from resolvers.transaction.audit_log import AuditEntry, changed, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.thin_event import first_number_since, newest_number
from resolvers.validation.outgoing_url import parse_outgoing_url

MAX_WEBHOOKS: Final = 10
"""The maximum number of webhooks of an organization."""

REPLAYED: Final = timedelta(days=30)
"""How far back events can be sent once more."""

URL, KINDS = ("input", "url"), ("input", "kinds")


class WebhookChange(TypedDict, total=False):
    """What to change of a webhook. None where the client sent null, which no field may be."""

    url: str | None
    kinds: Sequence[AuditKind] | None
    active: bool | None
    replay_since: datetime | None


async def create_webhook(
    work: UnitOfWork, organization_id: UUID | None, url: str, kinds: Sequence[AuditKind]
) -> NewWebhookSecret:
    """Create a webhook that sends what the caller may view, from this moment on.

    Raises `MutationRejected` as `authorize_organization` does; INVALID for a URL that isn't allowed, or without kinds;
    LIMIT_REACHED if the organization already has `MAX_WEBHOOKS`; REAUTHENTICATION_REQUIRED.
    """
    locks = row_locks(work.caller.actor) if work.caller.actor else None
    organization = await authorize_organization(work, organization_id, OrganizationAction.CHANGE_SETTINGS, locks=locks)
    if organization.actor.organization_id != organization.id:
        # A policy may let staff change settings; but a webhook belongs to a user of the organization.
        raise MutationRejected(
            Problem(ErrorCode.FORBIDDEN, "Only users of the organization have webhooks.", ORGANIZATION_PATH)
        )
    problems = [*_problems(work, {"url": url, "kinds": kinds}), *await _limit_problems(work, organization.id)]
    if problems:
        raise MutationRejected(problems)
    require_recent_proof(work, organization.actor)
    newest = (await work.execute(newest_number(organization.id))).scalar_one_or_none()
    webhook_id, secret = new_id(), new_secret()
    values = {"url": url, "kinds": [kind.value for kind in AuditKind if kind in kinds]}
    stored = {
        "organization_id": organization.id,
        "owner_id": organization.actor.id,
        "secret": encrypted(work.context.secret_key, webhook_id, secret),
        "secret_hint": hint_of(secret),
        "position": newest or 0,
    }
    await work.execute(insert(Webhook).values(id=webhook_id, **values, **stored))
    changes = created(_audited(values))
    await work.audit(AuditEntry(AuditKind.WEBHOOK_CREATED, webhook_id, organization.id, changes=changes))
    return NewWebhookSecret(webhook_id, organization.id, secret)


async def update_webhook(work: UnitOfWork, webhook_id: UUID | None, change: WebhookChange) -> UUID:
    """Change a webhook; `active` pauses and resumes it. Returns the organization's id.

    `replay_since` sends the events from that time on once more. From then on the webhook belongs to the caller, and
    sends what they may view: whoever changes where events go must not get those of somebody else. Only a pause changes
    no owner. Raises `MutationRejected` as `lock_webhook` does, and
    INVALID.
    """
    webhook = await lock_webhook(work, webhook_id)
    problems = list(_problems(work, change))
    if problems:
        raise MutationRejected(problems)
    row = webhook.row
    before = {"url": row.url, "kinds": row.kinds, "active": row.state == WebhookState.ACTIVE, "replay_since": None}
    after: dict[str, Any] = before | change
    after["kinds"] = [kind.value for kind in AuditKind if kind in after["kinds"]]
    values = {"url": after["url"], "kinds": after["kinds"], **_state(before, after)}
    if after["replay_since"] is not None:
        values["position"] = await _position_before(work, row, after["replay_since"])
    if after == before | {"active": False}:
        values["owner_id"] = row.owner_id
    else:
        require_recent_proof(work, webhook.actor)
        values["owner_id"] = webhook.actor.id
    changes = changed(_audited(before), _audited(after))
    if changes or values["owner_id"] != row.owner_id:
        await work.execute(update(Webhook).where(*webhook.is_own()).values(values))
        named = {"webhook": (webhook.name, webhook.name), **changes}
        await work.audit(AuditEntry(AuditKind.WEBHOOK_UPDATED, row.id, row.organization_id, changes=named))
    organization_id: UUID = row.organization_id
    return organization_id


async def _position_before(work: UnitOfWork, webhook: Row[*tuple[Any, ...]], since: datetime) -> int:
    """The number before the first event from `since` on, which is not after the position of the webhook."""
    first = first_number_since(webhook.organization_id, since)
    number = (await work.execute(first)).scalar_one()
    position: int = webhook.position
    return position if number is None else min(position, number - 1)


def _state(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The state after a change. A webhook that is resumed, or gets another address, is tried at once."""
    at_once = {"failures": 0, "failing_since": None, "due_at": func.statement_timestamp()}
    if after["active"] and not before["active"]:
        return {"state": WebhookState.ACTIVE.value, "stop_reason": None, **at_once}
    if before["active"] and not after["active"]:
        return {"state": WebhookState.PAUSED.value, "stop_reason": None}
    return at_once if after["url"] != before["url"] else {}


async def remove_webhook(work: UnitOfWork, webhook_id: UUID | None) -> UUID:
    """Remove a webhook with its log. Returns the organization's id.

    Raises `MutationRejected` as `lock_webhook` does.
    """
    webhook = await lock_webhook(work, webhook_id)
    await work.execute(delete(Webhook).where(*webhook.is_own()))
    changes = {"webhook": (webhook.name, None)}
    kind, organization_id = AuditKind.WEBHOOK_REMOVED, webhook.row.organization_id
    await work.audit(AuditEntry(kind, webhook.row.id, organization_id, changes=changes))
    removed_from: UUID = organization_id
    return removed_from


def _audited(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the audit trail records them."""
    since = values.get("replay_since")
    named = {"replaySince": timestamps.encode(since) if since else None} if "replay_since" in values else {}
    shown = {field: value for field, value in values.items() if field != "replay_since"}
    return {**shown, "url": name_of(values["url"]), **named}


def _problems(work: UnitOfWork, change: WebhookChange) -> Iterator[Problem]:
    for field, value in change.items():
        if value is None:
            name = "replaySince" if field == "replay_since" else field
            yield invalid("This field can't be null. Omit it to keep the current value.", "input", name)
    url = change.get("url")
    if url is not None:
        try:
            parse_outgoing_url(url, allows_loopback=work.context.allows_loopback)
        except ValueError as error:
            yield invalid(str(error), *URL)
    kinds = change.get("kinds")
    since = change.get("replay_since")
    if since is not None and since < datetime.now(UTC) - REPLAYED:
        yield invalid(f"Events of the last {REPLAYED.days} days can be sent once more.", "input", "replaySince")
    if kinds is not None and not kinds:
        yield invalid("Choose at least one kind of event.", *KINDS)


async def _limit_problems(work: UnitOfWork, organization_id: UUID) -> list[Problem]:
    count = select(func.count()).select_from(Webhook).where(Webhook.organization_id == organization_id)
    if (await work.execute(count)).scalar_one() < MAX_WEBHOOKS:
        return []
    message = f"The organization already has {MAX_WEBHOOKS} webhooks. Remove one that is no longer needed."
    return [Problem(ErrorCode.LIMIT_REACHED, message)]
