WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $6::UUID AND session.token_hash = $7::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $8::INTERVAL AND actor.tenant_id = $6::UUID AND actor.id = $2::UUID AND actor.version = $9::BIGINT AND coalesce(now() < $10::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT (SELECT ('{"users":' || (SELECT ('{"totalCount":' || CAST((SELECT count(*) AS count_1 
FROM users AS a2 
WHERE (a2.organization_id = $1::UUID AND a2.tenant_id = $1::UUID AND (a2.all_contract_accounts OR a2.all_delivery_accounts OR a2.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = a2.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $1::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = a2.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $1::UUID))) AND t1_delivery_grants_1.organization_id = $1::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now())))))) AS TEXT) || ',"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_2 
FROM (SELECT (('{"email":' || CAST(to_json(a1.email) AS TEXT) || ',"audience":"' || a1.audience || '","allContractAccounts":' || CAST(a1.all_contract_accounts AS TEXT)) || (',"viewerCan":' || ('[' || CASE WHEN (a1.audience IN ('DELIVERY', 'ORGANIZATION') AND a1.all_contract_accounts = false AND a1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_1 
WHERE t2_user_permissions_1.user_id = a1.id AND t2_user_permissions_1.organization_id = $1::UUID AND (t2_user_permissions_1.ends_at IS NULL OR t2_user_permissions_1.ends_at > now()) AND (t2_user_permissions_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_1 JOIN contract_accounts AS t2_contract_accounts_1 ON t2_contract_accounts_1.id = t2_contract_grants_1.contract_account_id 
WHERE t2_contract_grants_1.user_id = a1.id AND t2_contract_grants_1.organization_id = $1::UUID AND t2_contract_accounts_1.organization_id = $1::UUID AND (t2_contract_grants_1.ends_at IS NULL OR t2_contract_grants_1.ends_at > now()) AND (t2_contract_accounts_1.organization_id = $1::UUID AND t2_contract_accounts_1.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_1 JOIN delivery_accounts AS t2_delivery_accounts_1 ON t2_delivery_accounts_1.id = t2_delivery_grants_1.delivery_account_id 
WHERE t2_delivery_grants_1.user_id = a1.id AND t2_delivery_grants_1.organization_id = $1::UUID AND t2_delivery_accounts_1.organization_id = $1::UUID AND (t2_delivery_grants_1.ends_at IS NULL OR t2_delivery_grants_1.ends_at > now()) AND (t2_delivery_accounts_1.organization_id = $1::UUID AND (t2_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $1::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0))) THEN concat_ws(',', '"VIEW"', CASE WHEN (a1.removed_at IS NULL) THEN '"UPDATE"' END, CASE WHEN (a1.activated_at IS NULL AND a1.removed_at IS NULL) THEN '"RESEND_ACTIVATION"' END, CASE WHEN (a1.removed_at IS NULL) THEN '"REMOVE"' END, CASE WHEN (a1.removed_at IS NOT NULL) THEN '"RESTORE"' END) ELSE concat_ws(',', '"VIEW"') END || ']') || ',"contractAccounts":' || (SELECT ('{"totalCount":' || CAST((SELECT count(*) AS count_2 
FROM contract_accounts AS a4 
WHERE (a4.organization_id = $1::UUID AND a4.id = ANY (own.s0)) AND (a4.organization_id = CASE WHEN a1.all_contract_accounts THEN a1.organization_id END OR a4.id = ANY (array((SELECT t1_contract_grants_1.contract_account_id 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = a1.id AND t1_contract_grants_1.organization_id = $1::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now())))))) AS TEXT) || ',"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_3 
FROM (SELECT ('{"name":' || CAST(to_json(a3.name) AS TEXT) || '}') AS nodes_0 
FROM contract_accounts AS a3 
WHERE (a3.organization_id = $1::UUID AND a3.id = ANY (own.s0)) AND (a3.organization_id = CASE WHEN a1.all_contract_accounts THEN a1.organization_id END OR a3.id = ANY (array((SELECT t1_contract_grants_1.contract_account_id 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = a1.id AND t1_contract_grants_1.organization_id = $1::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))))) ORDER BY a3.name_key ASC, a3.id ASC 
 LIMIT $3::BIGINT) AS p) || ',"deliveryAccounts":' || (SELECT ('{"totalCount":' || CAST((SELECT count(*) AS count_3 
FROM delivery_accounts AS a6 
WHERE (a6.organization_id = $1::UUID AND (a6.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = a6.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $1::UUID)))) AND (a6.organization_id = CASE WHEN a1.all_delivery_accounts THEN a1.organization_id END OR a6.id = ANY (array((SELECT t1_delivery_grants_1.delivery_account_id 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = a1.id AND t1_delivery_grants_1.organization_id = $1::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now())))))) AS TEXT) || ',"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_4 
FROM (SELECT ('{"name":' || CAST(to_json(a5.name) AS TEXT) || '}') AS nodes_0 
FROM delivery_accounts AS a5 
WHERE (a5.organization_id = $1::UUID AND (a5.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = a5.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $1::UUID)))) AND (a5.organization_id = CASE WHEN a1.all_delivery_accounts THEN a1.organization_id END OR a5.id = ANY (array((SELECT t1_delivery_grants_1.delivery_account_id 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = a1.id AND t1_delivery_grants_1.organization_id = $1::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now()))))) ORDER BY a5.name_key ASC, a5.id ASC 
 LIMIT $4::BIGINT) AS p) || '}')) AS nodes_0 
FROM users AS a1 
WHERE (a1.organization_id = $1::UUID AND a1.tenant_id = $1::UUID AND (a1.all_contract_accounts OR a1.all_delivery_accounts OR a1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = a1.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $1::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = a1.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $1::UUID))) AND t1_delivery_grants_1.organization_id = $1::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now()))))) ORDER BY a1.email ASC, a1.id ASC 
 LIMIT $5::BIGINT) AS p) || '}') FROM (SELECT array((SELECT own_contract_grants_1.contract_account_id 
FROM contract_grants AS own_contract_grants_1 
WHERE own_contract_grants_1.user_id = $2::UUID AND own_contract_grants_1.organization_id = $1::UUID AND (own_contract_grants_1.ends_at IS NULL OR own_contract_grants_1.ends_at > now()))) AS s0, array((SELECT own_delivery_grants_1.delivery_account_id 
FROM delivery_grants AS own_delivery_grants_1 
WHERE own_delivery_grants_1.user_id = $2::UUID AND own_delivery_grants_1.organization_id = $1::UUID AND (own_delivery_grants_1.ends_at IS NULL OR own_delivery_grants_1.ends_at > now()))) AS s1 OFFSET 0) AS own) AS anon_1 
FROM guard
