"""What the people of a story do: the mutations of users and of whatever gives access, each as one step."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text

from authz.model.actions import UserAction
from resolvers.access.account_access import CONTENT, GrantKind
from resolvers.access.templates import TemplateId
from resolvers.mutations.access_templates.mutations import NewTemplate, create_template, remove_template
from resolvers.mutations.access_templates.update import TemplateChange, update_template_in_transaction
from resolvers.mutations.users.access_edit import AccessEdit
from resolvers.mutations.users.change_users import ChangeMode, UserChangeState, UsersChange, change_in_transaction
from resolvers.mutations.users.create import NewUser, create_user
from resolvers.mutations.users.extend_access import LaterEnds
from resolvers.mutations.users.invite import Invitations, invite_in_transaction
from resolvers.mutations.users.lifecycle import remove_user, resend_activation, restore_user
from resolvers.mutations.users.update import NewAccess, UserChange, update_user
from tests.support.escalation.accesses import LATER
from tests.support.escalation.announcements import announce
from tests.support.escalation.requests import approve, ask, decline, withdraw
from tests.support.escalation.reviews import take_away
from tests.support.escalation.sign_ins import join
from tests.support.escalation.simulations import simulate
from tests.support.escalation.step import Name, Step
from tests.support.escalation.upkeep import remove_as_dormant
from tests.support.escalation.views import view_as


async def perform(step: Step) -> list[UUID]:
    """Do it. Returns the users who were made or changed. Raises `MutationRejected`."""
    return await DEEDS[step.deed.name](step)


async def _create(step: Step) -> list[UUID]:
    new = NewUser(f"new{step.number}@users.example", "New", "User", step.whole)
    return [await create_user(step.work, new)]


async def _invite(step: Step) -> list[UUID]:
    emails = [f"invited{step.number}{each}@users.example" for each in "ab"]
    outcome = await invite_in_transaction(step.work, Invitations(emails, step.whole))
    return [row.user_id for row in outcome.rows if row.user_id]


async def _update(step: Step) -> list[UUID]:
    change = UserChange(await _version(step, "users", step.user_id), access=cast("NewAccess", step.access))
    return [await update_user(step.work, step.user_id, change)]


async def _change(step: Step) -> list[UUID]:
    """Gives each user what is in the access, in addition to what they have."""
    added = {kind: step.whole.keys(kind) for kind in GrantKind}
    return await _change_many(step, AccessEdit(added, {}, step.whole.permission_ends, step.whole.account_ends))


async def _extend(step: Step) -> list[UUID]:
    return await _change_many(step, LaterEnds(LATER[-1]))


async def _change_many(step: Step, change: AccessEdit | LaterEnds | UserAction) -> list[UUID]:
    """Changes the user and others whom they control: as many as possible, or now and then one of them, all or none."""
    all_or_nothing = step.number % 4 == 3 or change is UserAction.REMOVE
    others = step.story.controlled[-1:] if all_or_nothing else step.story.controlled
    mode = ChangeMode.ALL_OR_NOTHING if all_or_nothing else ChangeMode.AS_MANY_AS_POSSIBLE
    users = tuple(dict.fromkeys((step.user_id, *others)))
    wish = UsersChange(users, change, mode=mode)
    results = (await change_in_transaction(step.work, wish)).rows
    return [row.user_id for row in results if row.state is UserChangeState.CHANGED and row.user_id]


async def _make_template(step: Step) -> list[UUID]:
    """A template without permissions is given to a user, and changed to hold the whole access."""
    less = replace(step.whole, permissions=())
    template_id = await create_template(step.work, NewTemplate(f"{step.number} {step.user_id}", less))
    step.story.templates.append(template_id)
    version = await _version(step, "users", step.user_id)
    await update_user(step.work, step.user_id, UserChange(version, template=TemplateId(template_id)))
    return await _edit(step, template_id)


async def _give_template(step: Step) -> list[UUID]:
    """A template that somebody has made, and perhaps edited, is given to a user."""
    change = UserChange(await _version(step, "users", step.user_id), template=TemplateId(_template(step)))
    return [await update_user(step.work, step.user_id, change)]


async def _edit_template(step: Step) -> list[UUID]:
    """Such a template is changed to hold the access, for all who have it."""
    return await _edit(step, _template(step))


def _template(step: Step) -> UUID | None:
    templates = step.story.templates
    return templates[step.number % len(templates)] if templates else None


async def _edit(step: Step, template_id: UUID | None) -> list[UUID]:
    version = await _version(step, "access_templates", template_id)
    content: Any = {name: getattr(step.whole, name) for name in CONTENT}
    await update_template_in_transaction(step.work, template_id, TemplateChange(version, access=content))
    users = text("SELECT id FROM users WHERE template_id = :id")
    having = list((await step.work.connection.execute(users, {"id": template_id})).scalars())
    held = replace(step.whole, permissions=tuple(step.whole.stored_permissions))
    for user_id in having:
        has = await step.story.access_of(user_id)
        assert has.gives_what(held), f"the edit of their template left out {user_id}"
    return having


async def _drop_template(step: Step) -> list[UUID]:
    """Such a template is removed: nobody's access changes."""
    before, template_id = await step.story.now(), _template(step)
    await remove_template(step.work, template_id)
    assert await step.story.now() == before
    assert template_id is not None
    step.story.templates.remove(template_id)
    return []


async def _version(step: Step, table: str, key: UUID | None) -> int:
    read = text(f"SELECT version FROM {table} WHERE id = :id")
    return int((await step.work.connection.execute(read, {"id": key})).scalar_one_or_none() or 1)


async def _resend(step: Step) -> list[UUID]:
    return [await resend_activation(step.work, step.user_id)]


async def _resend_many(step: Step) -> list[UUID]:
    return await _change_many(step, UserAction.RESEND_ACTIVATION)


async def _remove_many(step: Step) -> list[UUID]:
    return await _change_many(step, UserAction.REMOVE)


async def _remove(step: Step) -> list[UUID]:
    return [await remove_user(step.work, step.user_id)]


async def _restore(step: Step) -> list[UUID]:
    return [await restore_user(step.work, step.user_id)]


DEEDS: dict[Name, Callable[[Step], Awaitable[list[UUID]]]] = {
    "create": _create,
    "invite": _invite,
    "update": _update,
    "change": _change,
    "extend": _extend,
    "make template": _make_template,
    "give template": _give_template,
    "edit template": _edit_template,
    "drop template": _drop_template,
    "join": join,
    "ask": ask,
    "withdraw": withdraw,
    "approve": approve,
    "decline": decline,
    "review": take_away,
    "view": view_as,
    "simulate": simulate,
    "announce": announce,
    "dormant": remove_as_dormant,
    "resend": _resend,
    "resend many": _resend_many,
    "remove": _remove,
    "remove many": _remove_many,
    "restore": _restore,
}
