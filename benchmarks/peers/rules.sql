-- The rules of `policies.polar` for the data of the four pages, as row-level security, written by hand.
--
-- The server sets, for each request, what it knows of the caller as settings `peer.*`, as it would from the claims of a
-- token. They are read in subqueries, so that PostgreSQL evaluates each once per statement. Nothing here applies to
-- Portico, which connects as the owner of the tables. The file can be run again.

DO $$ BEGIN
    CREATE ROLE portico_peer NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
DO $$ BEGIN
    CREATE ROLE portico_peer_staff NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;
GRANT USAGE ON SCHEMA peer, public TO portico_peer, portico_peer_staff;
GRANT SELECT ON organizations, contract_accounts, delivery_accounts, services, users, user_permissions,
    contract_grants, delivery_grants, one_time_tokens TO portico_peer, portico_peer_staff;

CREATE FUNCTION peer.me() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('peer.user', true), '')::uuid $$;
CREATE FUNCTION peer.organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('peer.organization', true), '')::uuid $$;
CREATE FUNCTION peer.is_of_delivery_audience() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('peer.audience', true) = 'DELIVERY' $$;
CREATE FUNCTION peer.has_all_contract_accounts() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('peer.all_contract_accounts', true) = 'true' $$;
CREATE FUNCTION peer.has_all_delivery_accounts() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('peer.all_delivery_accounts', true) = 'true' $$;
CREATE FUNCTION peer.holds(permission text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT permission = ANY (string_to_array(current_setting('peer.permissions', true), ',')) $$;
CREATE FUNCTION peer.granted_contract_accounts() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT array(SELECT contract_account_id FROM contract_grants
                 WHERE user_id = peer.me() AND (ends_at IS NULL OR ends_at > now()))
$$;
CREATE FUNCTION peer.granted_delivery_accounts() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT array(SELECT delivery_account_id FROM delivery_grants
                 WHERE user_id = peer.me() AND (ends_at IS NULL OR ends_at > now()))
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA peer TO portico_peer, portico_peer_staff;

DROP POLICY IF EXISTS peer ON organizations;
CREATE POLICY peer ON organizations FOR SELECT TO portico_peer USING (
    id = (SELECT peer.organization())
);

DROP POLICY IF EXISTS peer ON services;
CREATE POLICY peer ON services FOR SELECT TO portico_peer USING (
    (SELECT peer.holds('SITES_SERVICES_VIEW'))
    AND organization_id = (SELECT peer.organization())
    AND ((SELECT peer.has_all_contract_accounts())
         OR contract_account_id = ANY ((SELECT peer.granted_contract_accounts())::uuid[]))
    AND (NOT (SELECT peer.is_of_delivery_audience())
         OR delivery_account_id = ANY ((SELECT peer.granted_delivery_accounts())::uuid[]))
);

DROP POLICY IF EXISTS peer ON contract_accounts;
CREATE POLICY peer ON contract_accounts FOR SELECT TO portico_peer USING (
    (SELECT peer.holds('SITES_SERVICES_VIEW'))
    AND organization_id = (SELECT peer.organization())
    AND (
        ((SELECT peer.has_all_contract_accounts()) AND NOT (SELECT peer.is_of_delivery_audience()))
        OR id = ANY ((SELECT peer.granted_contract_accounts())::uuid[])
        OR ((SELECT peer.has_all_contract_accounts())
            AND id IN (SELECT contract_account_id FROM services
                       WHERE delivery_account_id = ANY ((SELECT peer.granted_delivery_accounts())::uuid[])))
    )
);

DROP POLICY IF EXISTS peer ON delivery_accounts;
CREATE POLICY peer ON delivery_accounts FOR SELECT TO portico_peer USING (
    (SELECT peer.holds('SITES_SERVICES_VIEW'))
    AND organization_id = (SELECT peer.organization())
    AND (
        (SELECT peer.has_all_delivery_accounts())
        OR ((SELECT peer.has_all_contract_accounts()) AND NOT (SELECT peer.is_of_delivery_audience()))
        OR id = ANY ((SELECT peer.granted_delivery_accounts())::uuid[])
        OR (NOT (SELECT peer.is_of_delivery_audience())
            AND id IN (SELECT delivery_account_id FROM services
                       WHERE contract_account_id = ANY ((SELECT peer.granted_contract_accounts())::uuid[])))
    )
);

DROP POLICY IF EXISTS peer ON users;
CREATE POLICY peer ON users FOR SELECT TO portico_peer USING (
    organization_id = (SELECT peer.organization())
    AND (
        id = (SELECT peer.me())
        OR ((SELECT peer.holds('USER_MANAGEMENT')) AND (
            ((SELECT peer.has_all_contract_accounts()) AND NOT (SELECT peer.is_of_delivery_audience()))
            OR all_contract_accounts
            OR all_delivery_accounts
            OR EXISTS (SELECT FROM contract_grants g WHERE g.user_id = users.id
                       AND (g.ends_at IS NULL OR g.ends_at > now())
                       AND g.contract_account_id IN (SELECT id FROM contract_accounts))
            OR EXISTS (SELECT FROM delivery_grants g WHERE g.user_id = users.id
                       AND (g.ends_at IS NULL OR g.ends_at > now())
                       AND g.delivery_account_id IN (SELECT id FROM delivery_accounts))
        ))
    )
);

-- Staff see everything. They have a role of their own, so that the rules of members stay simple enough for indexes.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['organizations', 'services', 'contract_accounts', 'delivery_accounts', 'users'] LOOP
        EXECUTE format('DROP POLICY IF EXISTS peer_staff ON %I', name);
        EXECUTE format('CREATE POLICY peer_staff ON %I FOR SELECT TO portico_peer_staff USING (true)', name);
    END LOOP;
END $$;

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE contract_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE services ENABLE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;

-- What the pages show and no column holds, as functions that become fields.

CREATE SCHEMA IF NOT EXISTS peer_api;
GRANT USAGE ON SCHEMA peer_api TO portico_peer, portico_peer_staff;

CREATE OR REPLACE FUNCTION peer_api.current_user_row() RETURNS users LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT * FROM users WHERE id = peer.me() $$;

CREATE OR REPLACE FUNCTION peer_api.users_display_name(u users) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(nullif(concat_ws(' ', u.first_name, u.last_name), ''), u.email) $$;

CREATE OR REPLACE FUNCTION peer_api.users_status(u users) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN u.removed_at IS NOT NULL THEN 'REMOVED'
        WHEN u.activated_at IS NOT NULL THEN 'ACTIVE'
        WHEN EXISTS (SELECT FROM one_time_tokens t WHERE t.user_id = u.id AND t.purpose = 'ACTIVATION'
                     AND t.used_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > now()) THEN 'PENDING'
        ELSE 'EXPIRED'
    END
$$;

CREATE OR REPLACE FUNCTION peer_api.users_permissions(u users) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT array(
        SELECT permission FROM user_permissions
        WHERE user_id = u.id AND (ends_at IS NULL OR ends_at > now())
        ORDER BY array_position(ARRAY['SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'SUPPORT_EDIT', 'ORDERS_VIEW',
                                      'ORDERS_APPROVE', 'BILLING_VIEW', 'DEVELOPER_PORTAL', 'USER_MANAGEMENT'], permission)
    )
$$;

CREATE OR REPLACE FUNCTION peer_api.users_contract_accounts(u users) RETURNS SETOF contract_accounts
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT account.* FROM contract_accounts account
    WHERE account.organization_id = u.organization_id AND (u.all_contract_accounts OR account.id IN (
        SELECT contract_account_id FROM contract_grants
        WHERE user_id = u.id AND (ends_at IS NULL OR ends_at > now())))
    ORDER BY account.name_key, account.id
$$;

CREATE OR REPLACE FUNCTION peer_api.users_delivery_accounts(u users) RETURNS SETOF delivery_accounts
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT account.* FROM delivery_accounts account
    WHERE account.organization_id = u.organization_id AND (u.all_delivery_accounts OR account.id IN (
        SELECT delivery_account_id FROM delivery_grants
        WHERE user_id = u.id AND (ends_at IS NULL OR ends_at > now())))
    ORDER BY account.name_key, account.id
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA peer_api TO portico_peer, portico_peer_staff;

-- Only the tables that the pages read are in the API.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('COMMENT ON TABLE public.%I IS %L', name, CASE
            WHEN name IN ('organizations', 'contract_accounts', 'delivery_accounts', 'services', 'users')
            THEN '@behavior -insert -update -delete' ELSE '@behavior -*' END);
    END LOOP;
END $$;
COMMENT ON COLUMN users.password_hash IS '@behavior -*';
