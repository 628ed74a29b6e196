WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $5::UUID AND session.token_hash = $6::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $7::INTERVAL AND actor.tenant_id = $5::UUID AND actor.id = $2::UUID AND actor.version = $8::BIGINT AND coalesce(now() < $9::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT (SELECT ('{"viewer":{"organization":' || coalesce((SELECT ('{"name":' || CAST(to_json(a1.name) AS TEXT) || '}') AS anon_2 
FROM organizations AS a1 
WHERE a1.id = $1::UUID AND (a1.id = $1::UUID)), 'null') || '},"contractAccounts":' || (SELECT ('{"totalCount":' || CAST((SELECT count(*) AS count_1 
FROM contract_accounts AS a3 
WHERE (a3.organization_id = $1::UUID AND a3.id = ANY (own.s0))) AS TEXT) || ',"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_3 
FROM (SELECT ('{"name":' || CAST(to_json(a2.name) AS TEXT) || ',"services":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_4 
FROM (SELECT ('{"code":"' || a4.code || '","name":' || CAST(to_json(a4.name) AS TEXT) || ',"deliveryAccount":' || (SELECT ('{"name":' || CAST(to_json(a5.name) AS TEXT) || '}') AS anon_5 
FROM delivery_accounts AS a5 
WHERE (a5.id = a4.delivery_account_id) AND (a5.organization_id = $1::UUID AND a5.id = ANY (own.s1))) || '}') AS nodes_0 
FROM services AS a4 
WHERE (a4.organization_id = $1::UUID AND a4.contract_account_id = ANY (own.s0) AND a4.delivery_account_id = ANY (own.s1)) AND (a4.contract_account_id = a2.id) ORDER BY a4.code ASC, a4.id ASC 
 LIMIT $3::BIGINT) AS p) || '}') AS nodes_0 
FROM contract_accounts AS a2 
WHERE (a2.organization_id = $1::UUID AND a2.id = ANY (own.s0)) ORDER BY a2.name_key ASC, a2.id ASC 
 LIMIT $4::BIGINT) AS p) || '}') FROM (SELECT array((SELECT own_contract_grants_1.contract_account_id 
FROM contract_grants AS own_contract_grants_1 
WHERE own_contract_grants_1.user_id = $2::UUID AND own_contract_grants_1.organization_id = $1::UUID AND (own_contract_grants_1.ends_at IS NULL OR own_contract_grants_1.ends_at > now()))) AS s0, array((SELECT own_delivery_grants_1.delivery_account_id 
FROM delivery_grants AS own_delivery_grants_1 
WHERE own_delivery_grants_1.user_id = $2::UUID AND own_delivery_grants_1.organization_id = $1::UUID AND (own_delivery_grants_1.ends_at IS NULL OR own_delivery_grants_1.ends_at > now()))) AS s1 OFFSET 0) AS own) AS anon_1 
FROM guard
