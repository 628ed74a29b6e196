"""People who become users by signing in at the provider of their organization."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from resolvers.mutations.single_sign_on.create_by_sign_in import choose_admin, create_user_of
from resolvers.openid.claims import ProviderIdentity
from resolvers.openid.sealed import Assertion
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.escalation.step import Step

ISSUER = "https://id.example"

CONFIGURE = (
    """INSERT INTO sign_in_domains (id, organization_id, domain, challenge)
    VALUES (:own, :own, :domain, 'challenge') ON CONFLICT DO NOTHING""",
    """INSERT INTO verified_domains (domain, organization_id, domain_id)
    VALUES (:domain, :own, :own) ON CONFLICT DO NOTHING""",
    """INSERT INTO identity_providers (organization_id, issuer, client_id, client_secret, template_id, creator_id)
    VALUES (:own, 'https://id.example', 'portico', 'encrypted', :template, :creator)
    ON CONFLICT (organization_id) DO UPDATE SET template_id = :template, creator_id = :creator""",
)
"""What `configureSingleSignOn` stores, here for any template and whoever acts: more than it lets anybody choose."""


async def join(step: Step) -> list[UUID]:
    """Let new people become users with a template that somebody has made, and perhaps edited; and one of them signs in.
    Without a template, nobody does."""
    templates, own = step.story.templates, step.story.root.organization_id
    if not templates or own is None:
        return []
    domain = f"{own.hex}.example"
    chosen = {"template": templates[step.number % len(templates)], "creator": step.actor_id}
    for statement in CONFIGURE:
        values = {"own": own, "domain": domain} | chosen
        await step.work.connection.execute(text(statement), values)
    email = f"joined{step.number}@{domain}"
    identity = ProviderIdentity(ISSUER, email, email=email, email_verified=True, first_name="New", last_name="User")
    assertion = Assertion("", own, identity, "", 0)
    admin = await choose_admin(step.work, assertion)
    if admin is None:
        return []
    work = UnitOfWork(step.work.connection, step.work.context, replace(step.work.caller, actor=admin.actor))
    await create_user_of(work, assertion, admin.template_id)
    users = text("SELECT id FROM users WHERE email = :email")
    return list((await step.work.connection.execute(users, {"email": email})).scalars())
