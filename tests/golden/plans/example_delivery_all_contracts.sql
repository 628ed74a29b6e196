WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $6::UUID AND session.token_hash = $7::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $8::INTERVAL AND actor.tenant_id = $6::UUID AND actor.id = $2::UUID AND actor.version = $9::BIGINT AND coalesce(now() < $10::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT (SELECT ('{"contractAccounts":' || (SELECT ('{"totalCount":' || CAST((SELECT count(*) AS count_1 
FROM contract_accounts AS a2 
WHERE (a2.organization_id = $1::UUID AND (a2.id = ANY (own.s0) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.contract_account_id = a2.id AND t1_services_1.delivery_account_id = ANY (own.s1) AND t1_services_1.organization_id = $1::UUID))))) AS TEXT) || ',"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_2 
FROM (SELECT ('{"name":' || CAST(to_json(a1.name) AS TEXT) || '}') AS nodes_0 
FROM contract_accounts AS a1 
WHERE (a1.organization_id = $1::UUID AND (a1.id = ANY (own.s0) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.contract_account_id = a1.id AND t1_services_1.delivery_account_id = ANY (own.s1) AND t1_services_1.organization_id = $1::UUID)))) ORDER BY a1.name_key ASC, a1.id ASC 
 LIMIT $3::BIGINT) AS p) || ',"deliveryAccounts":' || (SELECT ('{"totalCount":' || CAST((SELECT count(*) AS count_2 
FROM delivery_accounts AS a4 
WHERE (a4.organization_id = $1::UUID AND a4.id = ANY (own.s1))) AS TEXT) || ',"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_3 
FROM (SELECT ('{"name":' || CAST(to_json(a3.name) AS TEXT) || '}') AS nodes_0 
FROM delivery_accounts AS a3 
WHERE (a3.organization_id = $1::UUID AND a3.id = ANY (own.s1)) ORDER BY a3.name_key ASC, a3.id ASC 
 LIMIT $4::BIGINT) AS p) || ',"services":' || (SELECT ('{"totalCount":' || CAST((SELECT count(*) AS count_3 
FROM services AS a6 
WHERE (a6.organization_id = $1::UUID AND a6.delivery_account_id = ANY (own.s1))) AS TEXT) || ',"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_4 
FROM (SELECT ('{"code":"' || a5.code || '"}') AS nodes_0 
FROM services AS a5 
WHERE (a5.organization_id = $1::UUID AND a5.delivery_account_id = ANY (own.s1)) ORDER BY a5.code ASC, a5.id ASC 
 LIMIT $5::BIGINT) AS p) || '}') FROM (SELECT array((SELECT own_contract_grants_1.contract_account_id 
FROM contract_grants AS own_contract_grants_1 
WHERE own_contract_grants_1.user_id = $2::UUID AND own_contract_grants_1.organization_id = $1::UUID AND (own_contract_grants_1.ends_at IS NULL OR own_contract_grants_1.ends_at > now()))) AS s0, array((SELECT own_delivery_grants_1.delivery_account_id 
FROM delivery_grants AS own_delivery_grants_1 
WHERE own_delivery_grants_1.user_id = $2::UUID AND own_delivery_grants_1.organization_id = $1::UUID AND (own_delivery_grants_1.ends_at IS NULL OR own_delivery_grants_1.ends_at > now()))) AS s1 OFFSET 0) AS own) AS anon_1 
FROM guard
