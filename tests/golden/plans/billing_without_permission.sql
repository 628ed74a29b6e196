WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $4::UUID AND session.token_hash = $5::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $6::INTERVAL AND actor.tenant_id = $4::UUID AND actor.id = $2::UUID AND actor.version = $7::BIGINT AND coalesce(now() < $8::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT ('{"contractAccounts":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_2 
FROM (SELECT ('{"name":' || CAST(to_json(a1.name) AS TEXT) || ',"billing":null,"viewerCan":' || '["VIEW"]' || '}') AS nodes_0 
FROM contract_accounts AS a1 
WHERE (a1.organization_id = $1::UUID AND a1.id = ANY (array((SELECT own_contract_grants_1.contract_account_id 
FROM contract_grants AS own_contract_grants_1 
WHERE own_contract_grants_1.user_id = $2::UUID AND own_contract_grants_1.organization_id = $1::UUID AND (own_contract_grants_1.ends_at IS NULL OR own_contract_grants_1.ends_at > now()))))) ORDER BY a1.name_key ASC, a1.id ASC 
 LIMIT $3::BIGINT) AS p) || '}') AS anon_1 
FROM guard
