"""Configures the provider of an organization.

The provider is asked for its metadata and keys before anything is stored, and no connection is held meanwhile. So a
configuration that can't work is refused, and one that has worked stays until another one works.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import VIEW, OrganizationAction
from models import AccessTemplate, AuditKind, IdentityProvider, Organization, User, UserIdentity, is_active
from resolvers import public_id
from resolvers.access.templates import TemplateId, access_problems_with, not_found, use_template
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.onboarding.lock import AuthorizedOrganization, authorize_organization
from resolvers.mutations.single_sign_on.password_sessions import end_password_sessions
from resolvers.mutations.single_sign_on.providers import seal_secret
from resolvers.mutations.users.insert import require_creator
from resolvers.mutations.users.lock import row_locks
from resolvers.openid.errors import ProviderError
from resolvers.openid.relying_party import RelyingParty
from resolvers.transaction.audit_log import AuditEntry, changed
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

ISSUER, SECRET, REQUIRED = ("input", "issuer"), ("input", "clientSecret"), ("input", "required")
BREAK_GLASS, TEMPLATE = ("input", "breakGlassUser"), ("input", "newUserTemplate")
ISSUER_MAX, CLIENT_ID_MAX, SECRET_MAX = 500, 255, 1_000


class NewProvider(TypedDict, total=False):
    """What to change. A user or template that is None is taken away; one with the id None can't exist."""

    issuer: str
    client_id: str
    client_secret: str
    is_required: bool
    break_glass_user: TemplateId | None
    template: TemplateId | None


_FIELDS: Final = {
    "issuer": "issuer",
    "client_id": "clientId",
    "is_required": "required",
    "break_glass_user_id": "breakGlassUser",
    "template_id": "newUserTemplate",
}
_ASKS: Final = frozenset({"issuer", "client_id", "client_secret"})


async def configure_single_sign_on(
    context: MutationContext, caller: Caller, organization_id: UUID | None, new: NewProvider
) -> UUID:
    """Set or change the provider of an organization. Returns the id of the organization.

    Raises `MutationRejected` as `authorize_organization` does; RATE_LIMITED; with all problems: INVALID, NOT_FOUND for
    a user or template that the caller doesn't see, NOT_ASSIGNABLE; REAUTHENTICATION_REQUIRED; PROVIDER_FAILED.
    """
    relying_party = context.relying_party
    if relying_party is None:
        raise RuntimeError("this process doesn't sign anybody in")

    async def check(work: UnitOfWork) -> str:
        organization = await _authorize(work, organization_id)
        stored = await _stored(work, organization.id)
        problems = [*_problems(new, stored, relying_party), *await _choice_problems(work, organization, new)]
        if problems:
            raise MutationRejected(problems)
        require_recent_proof(work, organization.actor)
        await work.context.limits.ask_provider(organization.actor.id, "input")
        return str(new.get("issuer") or (stored.issuer if stored else ""))

    issuer = await run_in_transaction(context, caller, check)
    if new.keys() & _ASKS or new.get("is_required"):
        try:
            await relying_party.published.keys(await relying_party.published.metadata(issuer, anew=True), anew=True)
        except ProviderError as error:
            raise MutationRejected(Problem(ErrorCode.PROVIDER_FAILED, error.failure.message, ISSUER)) from None
    return await run_in_transaction(context, caller, lambda work: _store(work, organization_id, new, relying_party))


async def remove_single_sign_on(work: UnitOfWork, organization_id: UUID | None) -> UUID:
    """Remove the provider of an organization. Returns the id of the organization. Its domains and the identities of its
    users stay, so that the same provider can be set again.

    Raises `MutationRejected` as `authorize_organization` does; REAUTHENTICATION_REQUIRED.
    """
    organization = await _authorize(work, organization_id)
    stored = await _stored(work, organization.id)
    require_recent_proof(work, organization.actor)
    if stored is not None:
        own = IdentityProvider.organization_id == organization.id
        await work.execute(delete(IdentityProvider).where(own))
        values = {field: (value, None) for field, value in _audited(stored._asdict()).items() if value is not None}
        kind = AuditKind.SINGLE_SIGN_ON_REMOVED
        await work.audit(AuditEntry(kind, organization.id, organization.id, changes=values))
    return organization.id


async def _authorize(work: UnitOfWork, organization_id: UUID | None) -> AuthorizedOrganization:
    locks = row_locks(work.caller.actor) if work.caller.actor else None
    return await authorize_organization(work, organization_id, OrganizationAction.CHANGE_SETTINGS, locks=locks)


async def _stored(work: UnitOfWork, organization_id: UUID) -> Row[*tuple[Any, ...]] | None:
    row = IdentityProvider.__table__
    statement = select(row).where(row.c.organization_id == organization_id).with_for_update()
    return (await work.execute(statement)).one_or_none()


def _problems(new: NewProvider, stored: Row[*tuple[Any, ...]] | None, relying_party: RelyingParty) -> Iterator[Problem]:
    for key, field in (("issuer", "issuer"), ("client_id", "clientId"), ("client_secret", "clientSecret")):
        if key not in new and stored is None:
            yield invalid("Give the issuer, the client id and the client secret of the provider.", "input", field)
    if "issuer" in new:
        yield from _issuer_problems(new["issuer"], relying_party)
        is_other = stored is not None and stored.issuer != new["issuer"]
        if is_other and "client_secret" not in new:
            yield invalid("Give the client secret of the new provider.", *SECRET)
        if is_other and new.get("is_required", stored is not None and stored.is_required):
            yield invalid("Nobody has signed in at the new provider yet. Require it afterwards.", *REQUIRED)
    for key, field, longest in (
        ("client_id", "clientId", CLIENT_ID_MAX),
        ("client_secret", "clientSecret", SECRET_MAX),
    ):
        text = str(new.get(key, "x"))
        if not 0 < len(text) <= longest or not text.isascii() or not text.isprintable():
            yield invalid(f"Enter 1 to {longest:,} ASCII characters.", "input", field)


def _issuer_problems(issuer: str, relying_party: RelyingParty) -> Iterator[Problem]:
    if len(issuer) > ISSUER_MAX:
        yield invalid(f"An issuer has at most {ISSUER_MAX} characters.", *ISSUER)
    elif "?" in issuer or "#" in issuer:
        yield invalid("An issuer has no query and no fragment (OpenID Connect Core 1.0).", *ISSUER)
    else:
        try:
            relying_party.http.check_url(issuer)
        except ValueError as error:
            yield invalid(str(error), *ISSUER)


async def _store(work: UnitOfWork, organization_id: UUID | None, new: NewProvider, relying_party: RelyingParty) -> UUID:
    organization = await _authorize(work, organization_id)
    stored = await _stored(work, organization.id)
    problems = [*_problems(new, stored, relying_party)]
    if problems:
        raise MutationRejected(problems)
    before = _columns(stored)
    after = before | {key: new[key] for key in ("issuer", "client_id", "is_required") if key in new}
    if "break_glass_user" in new:
        after["break_glass_user_id"] = await _break_glass(work, organization, new["break_glass_user"])
    if "template" in new:
        after |= await _template(work, organization, new["template"])
    await _check_requirement(work, organization.id, before, after)
    changes = changed(_audited(before), _audited(after))
    if "client_secret" in new:
        after["client_secret"] = seal_secret(work.context, organization.id, new["client_secret"])
        # Only that it was set: neither it nor a part of it is ever shown again.
        changes = {**changes, "clientSecret": (None, "set")}
    if changes:
        await _write(work, organization.id, after)
        if after["is_required"] and {"required", "breakGlassUser"} & changes.keys():
            await end_password_sessions(work, organization.id, after["break_glass_user_id"])
        kind = AuditKind.SINGLE_SIGN_ON_CHANGED
        await work.audit(AuditEntry(kind, organization.id, organization.id, changes=changes))
    return organization.id


async def _write(work: UnitOfWork, organization_id: UUID, values: Mapping[str, Any]) -> None:
    own = IdentityProvider.organization_id == organization_id
    if "client_secret" in values and values["client_secret"] is not None:
        add = insert(IdentityProvider).values(organization_id=organization_id, **values)
        await work.execute(add.on_conflict_do_nothing(index_elements=["organization_id"]))
    await work.execute(update(IdentityProvider).where(own).values(**values, updated_at=func.now()))


def _columns(stored: Row[*tuple[Any, ...]] | None) -> dict[str, Any]:
    names = ("issuer", "client_id", "is_required", "break_glass_user_id", "template_id", "creator_id")
    return {name: getattr(stored, name) for name in names} if stored else dict.fromkeys(names) | {"is_required": False}


def _audited(values: Mapping[str, Any]) -> dict[str, Any]:
    models = {"break_glass_user_id": User, "template_id": AccessTemplate}
    return {
        field: public_id.encode(models[name], values[name]) if name in models and values[name] else values[name]
        for name, field in _FIELDS.items()
    }


async def _choice_problems(work: UnitOfWork, organization: AuthorizedOrganization, new: NewProvider) -> list[Problem]:
    """The problems of the user and the template that are chosen, beside those of the provider."""
    problems: list[Problem] = []
    try:
        await _break_glass(work, organization, new.get("break_glass_user"))
    except MutationRejected as rejected:
        problems += rejected.problems
    try:
        await _template(work, organization, new.get("template"))
    except MutationRejected as rejected:
        problems += rejected.problems
    return problems


async def _break_glass(work: UnitOfWork, organization: AuthorizedOrganization, named: TemplateId | None) -> UUID | None:
    """The id of the user who may go on signing in by password: one whom the caller sees, who is active, has a password,
    and may change the settings themselves."""
    if named is None:
        return None
    user = User.__table__.alias()
    seen = organization.access.may(VIEW, User, user)
    of_organization = user.c.id == named.id, user.c.organization_id == organization.id
    usable = is_active(user) & user.c.password_hash.is_not(None)
    statement = select(user.c.id, usable.label("usable")).where(*of_organization, seen)
    row = (await work.execute_as(organization.actor, statement)).one_or_none()
    if row is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No user with this ID is visible to you.", BREAK_GLASS))
    actor = await load_user_as_actor(work.connection, row.id, organization.id) if row.usable else None
    if actor is None or not await _may_change_settings(work, actor, organization.id):
        message = "Choose an active admin with a password who may change the settings of the organization."
        raise MutationRejected(invalid(message, *BREAK_GLASS))
    found: UUID = row.id
    return found


async def _may_change_settings(work: UnitOfWork, actor: Actor, organization_id: UUID) -> bool:
    row, access = Organization.__table__.alias(), Access(work.context.policy, actor.traits)
    may = access.may(OrganizationAction.CHANGE_SETTINGS, Organization, row)
    return (await work.execute_as(actor, select(row.c.id).where(row.c.id == organization_id, may))).scalar() is not None


async def _template(
    work: UnitOfWork, organization: AuthorizedOrganization, named: TemplateId | None
) -> dict[str, UUID | None]:
    """The template of those who become users by signing in, and the caller, in whose name they are created. It holds
    only what the caller may give, and a user is created only as long as the caller may give it."""
    if named is None:
        return {"template_id": None, "creator_id": None}
    if organization.actor.organization_id != organization.id:
        raise MutationRejected(invalid("Only an admin of the organization can choose this.", *TEMPLATE))
    template = await use_template(work, named.id)
    creator = await require_creator(work, [], template.access)
    problems = access_problems_with(template, creator.access, creator.facts, template.access)
    if problems:
        raise MutationRejected(not_found(TEMPLATE))
    return {"template_id": template.id, "creator_id": organization.actor.id}


async def _check_requirement(
    work: UnitOfWork, organization_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Single sign-on can be required only once it has worked, and with somebody who gets in without it."""
    if not after["is_required"]:
        return
    if after["break_glass_user_id"] is None:
        message = "Name an admin who can sign in by password when the provider is down."
        raise MutationRejected(invalid(message, *BREAK_GLASS))
    identity = UserIdentity.__table__
    has_worked = exists().where(
        identity.c.tenant_id == organization_id,
        identity.c.issuer == after["issuer"],
        identity.c.last_used_at.is_not(None),
    )
    if not before["is_required"] and not (await work.execute(select(has_worked))).scalar():
        message = "Sign in at the provider once yourself before you require it of everybody."
        raise MutationRejected(invalid(message, *REQUIRED))
