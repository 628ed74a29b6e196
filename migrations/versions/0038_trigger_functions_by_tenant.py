"""Trigger functions that name the tenant of the rows that they change and look up.

They do the same as before. A PostgreSQL that is distributed by tenant runs each of their statements in one place.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The update changes nothing by itself: it is there to set off users_next_version. Organizations are sorted, so that
# two statements on users of several don't wait for each other.
ACCESS_CHANGED = """
CREATE OR REPLACE FUNCTION users_access_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changed record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        FOR changed IN
            SELECT organization_id, array_agg(DISTINCT user_id) AS users FROM added GROUP BY 1 ORDER BY 1
        LOOP
            UPDATE users SET updated_at = now() WHERE tenant_id = changed.organization_id AND id = ANY (changed.users);
        END LOOP;
    ELSIF TG_OP = 'DELETE' THEN
        FOR changed IN
            SELECT organization_id, array_agg(DISTINCT user_id) AS users FROM removed GROUP BY 1 ORDER BY 1
        LOOP
            UPDATE users SET updated_at = now() WHERE tenant_id = changed.organization_id AND id = ANY (changed.users);
        END LOOP;
    ELSE
        FOR changed IN
            SELECT organization_id, array_agg(DISTINCT user_id) AS users
            FROM (SELECT organization_id, user_id FROM removed UNION SELECT organization_id, user_id FROM added) AS both_
            GROUP BY 1 ORDER BY 1
        LOOP
            UPDATE users SET updated_at = now() WHERE tenant_id = changed.organization_id AND id = ANY (changed.users);
        END LOOP;
    END IF;
    RETURN NULL;
END
$body$
"""
ACCESS_CHANGED_BEFORE = """
CREATE OR REPLACE FUNCTION users_access_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE users SET updated_at = now() WHERE id IN (SELECT user_id FROM added);
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE users SET updated_at = now() WHERE id IN (SELECT user_id FROM removed);
    ELSE
        UPDATE users SET updated_at = now()
        WHERE id IN (SELECT user_id FROM removed UNION SELECT user_id FROM added);
    END IF;
    RETURN NULL;
END
$body$
"""

# Rows of the same statement are numbered after each other: a trigger sees those that were inserted before its own.
# The two cases differ in the condition that the index of chains serves; {tenant} is the condition on the place.
LINK = """
CREATE OR REPLACE FUNCTION audit_events_link() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    chain_of_row uuid := coalesce(NEW.organization_id, '00000000-0000-0000-0000-000000000000');
    head audit_heads%ROWTYPE;
    newest record;
BEGIN
    SELECT * INTO head FROM audit_heads WHERE chain = chain_of_row FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_heads (chain, number, hash) VALUES (chain_of_row, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT head FROM audit_heads WHERE chain = chain_of_row FOR UPDATE;
    END IF;
    IF NEW.organization_id IS NULL THEN
        SELECT number, hash INTO newest FROM audit_events
        WHERE {tenant}organization_id IS NULL AND number > head.number ORDER BY number DESC LIMIT 1;
    ELSE
        SELECT number, hash INTO newest FROM audit_events
        WHERE {tenant}organization_id = NEW.organization_id AND number > head.number ORDER BY number DESC LIMIT 1;
    END IF;
    NEW.number := coalesce(newest.number, head.number) + 1;
    NEW.previous_hash := coalesce(newest.hash, head.hash);
    NEW.hash := audit_event_hash(NEW);
    RETURN NEW;
END
$body$
"""
TENANT = "tenant_id = chain_of_row AND "

MOVE_HEADS = """
CREATE OR REPLACE FUNCTION audit_events_move_heads() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    newest record;
BEGIN
    FOR newest IN
        SELECT DISTINCT ON (tenant_id) tenant_id, number, hash FROM added ORDER BY tenant_id, number DESC
    LOOP
        UPDATE audit_heads SET number = newest.number, hash = newest.hash WHERE chain = newest.tenant_id;
    END LOOP;
    RETURN NULL;
END
$body$
"""
MOVE_HEADS_BEFORE = """
CREATE OR REPLACE FUNCTION audit_events_move_heads() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE audit_heads SET number = newest.number, hash = newest.hash
    FROM (
        SELECT DISTINCT ON (organization_id) organization_id, number, hash FROM added
        ORDER BY organization_id, number DESC
    ) AS newest
    WHERE chain = coalesce(newest.organization_id, '00000000-0000-0000-0000-000000000000');
    RETURN NULL;
END
$body$
"""

# What was decided in a review that is signed off never changes. A row never moves to another organization.
STAYS = """
CREATE OR REPLACE FUNCTION access_review_decisions_stay() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM access_reviews r WHERE {tenant}r.id IN (OLD.review_id, NEW.review_id)
               AND r.signed_off_at IS NOT NULL)
    THEN
        RAISE EXCEPTION '% of access_review_decisions is refused: the review is signed off', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$body$
"""
OF_REVIEW = "r.organization_id IN (OLD.organization_id, NEW.organization_id) AND "


def upgrade() -> None:
    """Replaces the functions."""
    for function in (
        ACCESS_CHANGED,
        LINK.format(tenant=TENANT),
        MOVE_HEADS,
        STAYS.format(tenant=OF_REVIEW),
    ):
        op.execute(function)


def downgrade() -> None:
    """Replaces them by those of before."""
    for function in (
        ACCESS_CHANGED_BEFORE,
        LINK.format(tenant=""),
        MOVE_HEADS_BEFORE,
        STAYS.format(tenant=""),
    ):
        op.execute(function)
