WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $6::UUID AND session.token_hash = $7::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $8::INTERVAL AND actor.tenant_id = $6::UUID AND actor.id = $2::UUID AND actor.version = $9::BIGINT AND coalesce(now() < $10::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT (SELECT (SELECT ('{"free":' || (a4.j0[1]) || ',"mine":' || (a4.j0[2]) || ',"foreign":' || (a4.j0[3]) || '}') FROM (SELECT array((SELECT (SELECT ('{"state":"' || CASE WHEN (EXISTS (SELECT '1' 
FROM users AS users_1 
WHERE users_1.email = a2.email AND (users_1.organization_id = $1::UUID AND users_1.tenant_id = $1::UUID AND (users_1.all_contract_accounts OR users_1.all_delivery_accounts OR users_1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = users_1.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $1::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = users_1.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $1::UUID))) AND t1_delivery_grants_1.organization_id = $1::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now()))))))) THEN 'TAKEN' WHEN (EXISTS (SELECT '1' 
FROM emails AS emails_1 
WHERE emails_1.email = a2.email)) THEN 'UNAVAILABLE' ELSE 'AVAILABLE' END || '","user":' || coalesce((SELECT ('{"email":' || CAST(to_json(a3.email) AS TEXT) || '}') AS anon_3 
FROM users AS a3 
WHERE a3.email = a2.email AND (a3.organization_id = $1::UUID AND a3.tenant_id = $1::UUID AND (a3.all_contract_accounts OR a3.all_delivery_accounts OR a3.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = a3.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $1::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = a3.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $1::UUID))) AND t1_delivery_grants_1.organization_id = $1::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now())))))), 'null') || '}') AS anon_2 
FROM (SELECT a1.p0 AS email) AS a2) FROM (VALUES (0, $3::VARCHAR), (1, $4::VARCHAR), (2, $5::VARCHAR)) AS a1(number, p0) ORDER BY a1.number)) AS j0 OFFSET 0) AS a4) FROM (SELECT array((SELECT own_contract_grants_1.contract_account_id 
FROM contract_grants AS own_contract_grants_1 
WHERE own_contract_grants_1.user_id = $2::UUID AND own_contract_grants_1.organization_id = $1::UUID AND (own_contract_grants_1.ends_at IS NULL OR own_contract_grants_1.ends_at > now()))) AS s0, array((SELECT own_delivery_grants_1.delivery_account_id 
FROM delivery_grants AS own_delivery_grants_1 
WHERE own_delivery_grants_1.user_id = $2::UUID AND own_delivery_grants_1.organization_id = $1::UUID AND (own_delivery_grants_1.ends_at IS NULL OR own_delivery_grants_1.ends_at > now()))) AS s1 OFFSET 0) AS own) AS anon_1 
FROM guard
