"""Somebody reviews the access of a user, and takes some of it away with the sign-off."""

from uuid import UUID

from sqlalchemy import text

from models import AccessReviewDecision, new_id
from resolvers.access.account_access import AccountAccess, GrantKind
from resolvers.mutations.access_reviews.decisions import EntryDecision, decide_access_review_entries
from resolvers.mutations.access_reviews.mutations import sign_off_access_review
from tests.support.escalation.step import Step

ADD_REVIEW = """INSERT INTO access_reviews (id, organization_id, policy_version, state, recorded_at)
VALUES (:review, :organization, 'some', 'COMPLETE', now())"""
ADD_ENTRIES = """INSERT INTO access_review_entries
  (id, organization_id, review_id, user_id, user_email, user_name, user_status, kind, thing_id, name, why)
SELECT gen_random_uuid(), :organization, :review, u.id, u.email, 'Somebody', 'ACTIVE', given.kind, key, given.name, ''
FROM users u, LATERAL (
  SELECT 'PERMISSION', NULL::uuid, permission FROM user_permissions
  WHERE user_id = u.id AND permission <> 'SITES_SERVICES_VIEW'
  UNION ALL SELECT 'CONTRACT_ACCOUNT', contract_account_id, 'A' FROM contract_grants WHERE user_id = u.id
  UNION ALL SELECT 'DELIVERY_ACCOUNT', delivery_account_id, 'A' FROM delivery_grants WHERE user_id = u.id
  UNION ALL SELECT 'ALL_CONTRACT_ACCOUNTS', NULL, NULL WHERE u.all_contract_accounts
  UNION ALL SELECT 'ALL_DELIVERY_ACCOUNTS', NULL, NULL WHERE u.all_delivery_accounts
) AS given (kind, key, name)
WHERE u.id = :user"""
ENTRIES = "SELECT id, kind, thing_id, name FROM access_review_entries WHERE review_id = :review ORDER BY kind, name, 3"


async def take_away(step: Step) -> list[UUID]:
    """Some of what the user has is marked, and taken away by the sign-off: exactly that, and nothing from others."""
    connection, review = step.work.connection, new_id()
    values = {"review": review, "organization": step.story.root.organization_id}
    await connection.execute(text(ADD_REVIEW), values)
    await connection.execute(text(ADD_ENTRIES), values | {"user": step.user_id})
    entries = (await connection.execute(text(ENTRIES), {"review": review})).all()
    marked = entries[step.number % 2 :: 2] or entries
    decisions = [EntryDecision(each.id, AccessReviewDecision.TAKE_AWAY) for each in marked]
    before = await step.story.access_of(step.user_id)
    others = await step.story.now()
    await decide_access_review_entries(step.work, review, decisions)
    await sign_off_access_review(step.work, review, None, carry_out=True)
    lost = {each.thing_id or each.name or each.kind for each in marked}
    assert without(await step.story.access_of(step.user_id), set()) == without(before, lost)
    now = await step.story.now()
    assert [each for each in now.users if each.id != step.user_id] == [
        each for each in others.users if each.id != step.user_id
    ]
    return [step.user_id]


def without(access: AccountAccess, lost: set[object]) -> list[object]:
    """What the access gives, without some of it."""
    flags = [
        access.all_contract_accounts and "ALL_CONTRACT_ACCOUNTS" not in lost,
        access.all_delivery_accounts and "ALL_DELIVERY_ACCOUNTS" not in lost,
    ]
    return [access.audience, *flags, *({*access.keys(kind)} - lost for kind in GrantKind)]
