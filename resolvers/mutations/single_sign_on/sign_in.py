"""Signs in a person whom a provider has named.

Who they are among the users, only the issuer and the subject say, and only after the two were linked: the email in an
ID token is what the provider's administrators put there, and may be anybody's. If an identity isn't linked yet,

- a user is created, if the organization wants that (`create_by_sign_in.py`);
- otherwise a user with the email gets a mail with a link that links the two, in the browser in which the sign-in began.

The answer is the same whether or not there is such a user.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select, update

from models import (
    PLATFORM,
    AuditKind,
    MailKind,
    TokenPurpose,
    User,
    UserIdentity,
    VerifiedDomain,
    is_active,
    organization_of,
)
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.one_time_tokens import revoke_tokens, token_write
from resolvers.identity.session_start import AtProvider, SignedIn, start_session
from resolvers.identity.sessions import end_replaced
from resolvers.mutations.single_sign_on.assertions import CODE, Use, read_assertion, require_issuer, use_assertion
from resolvers.mutations.single_sign_on.create_by_sign_in import create_by_sign_in
from resolvers.openid.sealed import Assertion
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.domains import domain_of
from resolvers.validation.text import is_email


async def sign_in_by_provider(
    context: MutationContext, caller: Caller, code: str, verifier: str, *, replaced: SessionToken | None = None
) -> SignedIn:
    """Start a session of the active user whose identity a provider has asserted. `code` is the assertion, and
    `verifier` that of the page that began the flow. The session `replaced`, if there is one, ends with it.

    Raises `MutationRejected`: RATE_LIMITED; TOKEN_INVALID for a code that isn't good or not any more;
    IDENTITY_NOT_LINKED.
    """
    await context.limits.use_provider(caller.address)
    assertion = read_assertion(context, code, verifier)

    async def start(work: UnitOfWork) -> SignedIn | None:
        await use_assertion(work, assertion, Use.SIGN_IN)
        await require_issuer(work, assertion)
        return await _start(work, assertion, replaced)

    async def attempt() -> SignedIn | None:
        try:
            return await run_in_transaction(context, caller, start)
        except _NotLinked:
            return None

    signed_in = await attempt()
    if signed_in is None and await create_by_sign_in(context, caller, assertion):
        signed_in = await attempt()
    if signed_in is None:
        await run_in_transaction(context, caller, lambda work: _offer_link(work, assertion))
        raise MutationRejected(_NOT_LINKED)
    return signed_in


class _NotLinked(Exception):
    """The identity isn't that of an active user: nothing is written, and the assertion isn't used up."""


async def _start(work: UnitOfWork, assertion: Assertion, replaced: SessionToken | None) -> SignedIn:
    user = await find_linked(work, assertion)
    if user is None:
        raise _NotLinked
    is_user = User.tenant_id == assertion.tenant_id, User.id == user.id, is_active(User.__table__)
    active = select(User.id).where(*is_user).with_for_update(key_share=True)
    if (await work.execute(active)).scalar_one_or_none() is None:
        raise _NotLinked
    await end_replaced(work, replaced)
    provider = AtProvider(user.identity_id, assertion.identity.issuer, assertion.identity.session)
    signed_in = await start_session(work, user.id, user.organization_id, provider=provider)
    own = UserIdentity.tenant_id == assertion.tenant_id, UserIdentity.id == user.identity_id
    await work.execute(update(UserIdentity).where(*own).values(last_used_at=func.now()))
    return signed_in


async def find_linked(work: UnitOfWork, assertion: Assertion) -> Row[*tuple[Any, ...]] | None:
    """The user to whom the identity is linked, whatever their state, with `identity_id`."""
    identity = UserIdentity.__table__
    is_user = and_(User.tenant_id == identity.c.tenant_id, User.id == identity.c.user_id)
    statement = select(User.id, User.organization_id, identity.c.id.label("identity_id")).join(identity, is_user)
    named = (
        identity.c.tenant_id == assertion.tenant_id,
        identity.c.issuer == assertion.identity.issuer,
        identity.c.subject == assertion.identity.subject,
    )
    return (await work.execute(statement.where(*named))).one_or_none()


async def _offer_link(work: UnitOfWork, assertion: Assertion) -> None:
    """Record the refusal, and mail a link to the user with the email, if there is one without an identity at the
    provider, whose domain is the organization's."""
    await require_issuer(work, assertion)
    identity, tenant_id = assertion.identity, assertion.tenant_id
    user = None if await find_linked(work, assertion) is not None else await _unlinked_user(work, assertion)
    changes = created({"issuer": identity.issuer, "email": identity.email})
    subject = user.id if user is not None else None
    await work.audit(AuditEntry(AuditKind.SESSION_REFUSED, subject, organization_of(tenant_id), changes=changes))
    if user is None:
        return
    token, (token_id,) = token_write(work, tenant_id, [user.id], TokenPurpose.IDENTITY_LINK, Use.LINK_BY_MAIL.value)
    mail = OutgoingMail(MailKind.USER_IDENTITY_LINK, user.email, user.id, user.organization_id, CODE, token_id)
    try:
        mail_write = await work.mail_write(mail)
    except MutationRejected:
        # The mailbox has got enough mails. Saying so would say that there is such a user.
        return
    await revoke_tokens(work, tenant_id, [user.id], TokenPurpose.IDENTITY_LINK)
    await work.write(token, mail_write)


async def _unlinked_user(work: UnitOfWork, assertion: Assertion) -> Row[*tuple[Any, ...]] | None:
    email, tenant_id = assertion.identity.email or "", assertion.tenant_id
    if not is_email(email) or not await is_domain_of(work, tenant_id, domain_of(email)):
        return None
    identity = UserIdentity.__table__
    linked = select(identity.c.id).where(
        identity.c.tenant_id == User.tenant_id,
        identity.c.user_id == User.id,
        identity.c.issuer == assertion.identity.issuer,
    )
    is_user = User.tenant_id == tenant_id, User.email == email, is_active(User.__table__), ~linked.exists()
    columns = select(User.id, User.organization_id, User.email).where(*is_user)
    return (await work.execute(columns.with_for_update(key_share=True, of=User))).one_or_none()


async def is_domain_of(work: UnitOfWork, tenant_id: UUID, domain: str | None) -> bool:
    """Whether a domain is one of the tenant's, which has proved that it owns it."""
    if tenant_id == PLATFORM:
        staff = work.context.relying_party.staff if work.context.relying_party is not None else None
        return staff is not None and domain in staff.domains
    entry = VerifiedDomain.domain == domain, VerifiedDomain.organization_id == tenant_id
    return (await work.execute(select(VerifiedDomain.domain_id).where(*entry))).scalar() is not None


_NOT_LINKED = Problem(
    ErrorCode.IDENTITY_NOT_LINKED,
    "Your identity isn't linked to a user yet. If there is one with your email, a link to do so is on its way there.",
    CODE,
)
