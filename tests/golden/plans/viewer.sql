WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.token_hash = $5::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $6::INTERVAL AND actor.id = $2::UUID AND actor.version = $7::BIGINT AND coalesce(now() < $8::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL)
 SELECT ('{"viewer":{"user":' || coalesce((SELECT ('{"id":"usr_' || CAST(a1.id AS TEXT) || '","email":' || CAST(to_json(a1.email) AS TEXT) || ',"displayName":' || CAST(to_json(coalesce(nullif(concat_ws(' ', a1.first_name, a1.last_name), ''), a1.email)) AS TEXT) || ',"status":"' || CASE WHEN (a1.removed_at IS NOT NULL) THEN 'REMOVED' WHEN (a1.activated_at IS NOT NULL) THEN 'ACTIVE' WHEN (EXISTS (SELECT '1' 
FROM one_time_tokens AS one_time_tokens_1 
WHERE one_time_tokens_1.user_id = a1.id AND one_time_tokens_1.purpose = 'ACTIVATION' AND one_time_tokens_1.used_at IS NULL AND one_time_tokens_1.revoked_at IS NULL AND one_time_tokens_1.expires_at > now()
 LIMIT ALL OFFSET 0)) THEN 'PENDING' ELSE 'EXPIRED' END || '","viewerCan":' || ('[' || concat_ws(',', CASE WHEN (a1.organization_id = $1::UUID AND (a1.all_contract_accounts OR a1.all_delivery_accounts OR a1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_1 
WHERE contract_grants_1.user_id = a1.id AND contract_grants_1.contract_account_id = ANY (array((SELECT contract_grants_2.contract_account_id 
FROM contract_grants AS contract_grants_2 
WHERE contract_grants_2.user_id = $2::UUID AND (contract_grants_2.ends_at IS NULL OR contract_grants_2.ends_at > now())))) AND (contract_grants_1.ends_at IS NULL OR contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_1 
WHERE delivery_grants_1.user_id = a1.id AND (delivery_grants_1.delivery_account_id = ANY (array((SELECT delivery_grants_2.delivery_account_id 
FROM delivery_grants AS delivery_grants_2 
WHERE delivery_grants_2.user_id = $2::UUID AND (delivery_grants_2.ends_at IS NULL OR delivery_grants_2.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_1 
WHERE services_1.delivery_account_id = delivery_grants_1.delivery_account_id AND services_1.contract_account_id = ANY (array((SELECT contract_grants_3.contract_account_id 
FROM contract_grants AS contract_grants_3 
WHERE contract_grants_3.user_id = $2::UUID AND (contract_grants_3.ends_at IS NULL OR contract_grants_3.ends_at > now()))))))) AND (delivery_grants_1.ends_at IS NULL OR delivery_grants_1.ends_at > now()))))) THEN '"VIEW"' END, CASE WHEN (a1.organization_id = $1::UUID AND a1.removed_at IS NULL AND (a1.all_contract_accounts OR a1.all_delivery_accounts OR a1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_4 
WHERE contract_grants_4.user_id = a1.id AND contract_grants_4.contract_account_id = ANY (array((SELECT contract_grants_5.contract_account_id 
FROM contract_grants AS contract_grants_5 
WHERE contract_grants_5.user_id = $2::UUID AND (contract_grants_5.ends_at IS NULL OR contract_grants_5.ends_at > now())))) AND (contract_grants_4.ends_at IS NULL OR contract_grants_4.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_3 
WHERE delivery_grants_3.user_id = a1.id AND (delivery_grants_3.delivery_account_id = ANY (array((SELECT delivery_grants_4.delivery_account_id 
FROM delivery_grants AS delivery_grants_4 
WHERE delivery_grants_4.user_id = $2::UUID AND (delivery_grants_4.ends_at IS NULL OR delivery_grants_4.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_2 
WHERE services_2.delivery_account_id = delivery_grants_3.delivery_account_id AND services_2.contract_account_id = ANY (array((SELECT contract_grants_6.contract_account_id 
FROM contract_grants AS contract_grants_6 
WHERE contract_grants_6.user_id = $2::UUID AND (contract_grants_6.ends_at IS NULL OR contract_grants_6.ends_at > now()))))))) AND (delivery_grants_3.ends_at IS NULL OR delivery_grants_3.ends_at > now())))) AND a1.audience IN ('DELIVERY', 'ORGANIZATION') AND a1.all_contract_accounts = false AND a1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_1 
WHERE user_permissions_1.user_id = a1.id AND (user_permissions_1.ends_at IS NULL OR user_permissions_1.ends_at > now()) AND (user_permissions_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_7 JOIN contract_accounts AS contract_accounts_1 ON contract_accounts_1.id = contract_grants_7.contract_account_id 
WHERE contract_grants_7.user_id = a1.id AND (contract_grants_7.ends_at IS NULL OR contract_grants_7.ends_at > now()) AND (contract_accounts_1.organization_id = $1::UUID AND contract_accounts_1.id = ANY (array((SELECT contract_grants_8.contract_account_id 
FROM contract_grants AS contract_grants_8 
WHERE contract_grants_8.user_id = $2::UUID AND (contract_grants_8.ends_at IS NULL OR contract_grants_8.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_5 JOIN delivery_accounts AS delivery_accounts_1 ON delivery_accounts_1.id = delivery_grants_5.delivery_account_id 
WHERE delivery_grants_5.user_id = a1.id AND (delivery_grants_5.ends_at IS NULL OR delivery_grants_5.ends_at > now()) AND (delivery_accounts_1.organization_id = $1::UUID AND (delivery_accounts_1.id = ANY (array((SELECT delivery_grants_6.delivery_account_id 
FROM delivery_grants AS delivery_grants_6 
WHERE delivery_grants_6.user_id = $2::UUID AND (delivery_grants_6.ends_at IS NULL OR delivery_grants_6.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_3 
WHERE services_3.delivery_account_id = delivery_accounts_1.id AND services_3.contract_account_id = ANY (array((SELECT contract_grants_9.contract_account_id 
FROM contract_grants AS contract_grants_9 
WHERE contract_grants_9.user_id = $2::UUID AND (contract_grants_9.ends_at IS NULL OR contract_grants_9.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0))) THEN '"UPDATE"' END, CASE WHEN (a1.activated_at IS NULL AND a1.organization_id = $1::UUID AND a1.removed_at IS NULL AND (a1.all_contract_accounts OR a1.all_delivery_accounts OR a1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_10 
WHERE contract_grants_10.user_id = a1.id AND contract_grants_10.contract_account_id = ANY (array((SELECT contract_grants_11.contract_account_id 
FROM contract_grants AS contract_grants_11 
WHERE contract_grants_11.user_id = $2::UUID AND (contract_grants_11.ends_at IS NULL OR contract_grants_11.ends_at > now())))) AND (contract_grants_10.ends_at IS NULL OR contract_grants_10.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_7 
WHERE delivery_grants_7.user_id = a1.id AND (delivery_grants_7.delivery_account_id = ANY (array((SELECT delivery_grants_8.delivery_account_id 
FROM delivery_grants AS delivery_grants_8 
WHERE delivery_grants_8.user_id = $2::UUID AND (delivery_grants_8.ends_at IS NULL OR delivery_grants_8.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_4 
WHERE services_4.delivery_account_id = delivery_grants_7.delivery_account_id AND services_4.contract_account_id = ANY (array((SELECT contract_grants_12.contract_account_id 
FROM contract_grants AS contract_grants_12 
WHERE contract_grants_12.user_id = $2::UUID AND (contract_grants_12.ends_at IS NULL OR contract_grants_12.ends_at > now()))))))) AND (delivery_grants_7.ends_at IS NULL OR delivery_grants_7.ends_at > now())))) AND a1.audience IN ('DELIVERY', 'ORGANIZATION') AND a1.all_contract_accounts = false AND a1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_2 
WHERE user_permissions_2.user_id = a1.id AND (user_permissions_2.ends_at IS NULL OR user_permissions_2.ends_at > now()) AND (user_permissions_2.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_13 JOIN contract_accounts AS contract_accounts_2 ON contract_accounts_2.id = contract_grants_13.contract_account_id 
WHERE contract_grants_13.user_id = a1.id AND (contract_grants_13.ends_at IS NULL OR contract_grants_13.ends_at > now()) AND (contract_accounts_2.organization_id = $1::UUID AND contract_accounts_2.id = ANY (array((SELECT contract_grants_14.contract_account_id 
FROM contract_grants AS contract_grants_14 
WHERE contract_grants_14.user_id = $2::UUID AND (contract_grants_14.ends_at IS NULL OR contract_grants_14.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_9 JOIN delivery_accounts AS delivery_accounts_2 ON delivery_accounts_2.id = delivery_grants_9.delivery_account_id 
WHERE delivery_grants_9.user_id = a1.id AND (delivery_grants_9.ends_at IS NULL OR delivery_grants_9.ends_at > now()) AND (delivery_accounts_2.organization_id = $1::UUID AND (delivery_accounts_2.id = ANY (array((SELECT delivery_grants_10.delivery_account_id 
FROM delivery_grants AS delivery_grants_10 
WHERE delivery_grants_10.user_id = $2::UUID AND (delivery_grants_10.ends_at IS NULL OR delivery_grants_10.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_5 
WHERE services_5.delivery_account_id = delivery_accounts_2.id AND services_5.contract_account_id = ANY (array((SELECT contract_grants_15.contract_account_id 
FROM contract_grants AS contract_grants_15 
WHERE contract_grants_15.user_id = $2::UUID AND (contract_grants_15.ends_at IS NULL OR contract_grants_15.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0))) THEN '"RESEND_ACTIVATION"' END, CASE WHEN (a1.organization_id = $1::UUID AND a1.removed_at IS NULL AND (a1.all_contract_accounts OR a1.all_delivery_accounts OR a1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_16 
WHERE contract_grants_16.user_id = a1.id AND contract_grants_16.contract_account_id = ANY (array((SELECT contract_grants_17.contract_account_id 
FROM contract_grants AS contract_grants_17 
WHERE contract_grants_17.user_id = $2::UUID AND (contract_grants_17.ends_at IS NULL OR contract_grants_17.ends_at > now())))) AND (contract_grants_16.ends_at IS NULL OR contract_grants_16.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_11 
WHERE delivery_grants_11.user_id = a1.id AND (delivery_grants_11.delivery_account_id = ANY (array((SELECT delivery_grants_12.delivery_account_id 
FROM delivery_grants AS delivery_grants_12 
WHERE delivery_grants_12.user_id = $2::UUID AND (delivery_grants_12.ends_at IS NULL OR delivery_grants_12.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_6 
WHERE services_6.delivery_account_id = delivery_grants_11.delivery_account_id AND services_6.contract_account_id = ANY (array((SELECT contract_grants_18.contract_account_id 
FROM contract_grants AS contract_grants_18 
WHERE contract_grants_18.user_id = $2::UUID AND (contract_grants_18.ends_at IS NULL OR contract_grants_18.ends_at > now()))))))) AND (delivery_grants_11.ends_at IS NULL OR delivery_grants_11.ends_at > now())))) AND a1.audience IN ('DELIVERY', 'ORGANIZATION') AND a1.all_contract_accounts = false AND a1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_3 
WHERE user_permissions_3.user_id = a1.id AND (user_permissions_3.ends_at IS NULL OR user_permissions_3.ends_at > now()) AND (user_permissions_3.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_19 JOIN contract_accounts AS contract_accounts_3 ON contract_accounts_3.id = contract_grants_19.contract_account_id 
WHERE contract_grants_19.user_id = a1.id AND (contract_grants_19.ends_at IS NULL OR contract_grants_19.ends_at > now()) AND (contract_accounts_3.organization_id = $1::UUID AND contract_accounts_3.id = ANY (array((SELECT contract_grants_20.contract_account_id 
FROM contract_grants AS contract_grants_20 
WHERE contract_grants_20.user_id = $2::UUID AND (contract_grants_20.ends_at IS NULL OR contract_grants_20.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_13 JOIN delivery_accounts AS delivery_accounts_3 ON delivery_accounts_3.id = delivery_grants_13.delivery_account_id 
WHERE delivery_grants_13.user_id = a1.id AND (delivery_grants_13.ends_at IS NULL OR delivery_grants_13.ends_at > now()) AND (delivery_accounts_3.organization_id = $1::UUID AND (delivery_accounts_3.id = ANY (array((SELECT delivery_grants_14.delivery_account_id 
FROM delivery_grants AS delivery_grants_14 
WHERE delivery_grants_14.user_id = $2::UUID AND (delivery_grants_14.ends_at IS NULL OR delivery_grants_14.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_7 
WHERE services_7.delivery_account_id = delivery_accounts_3.id AND services_7.contract_account_id = ANY (array((SELECT contract_grants_21.contract_account_id 
FROM contract_grants AS contract_grants_21 
WHERE contract_grants_21.user_id = $2::UUID AND (contract_grants_21.ends_at IS NULL OR contract_grants_21.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0))) THEN '"REMOVE"' END, CASE WHEN (a1.organization_id = $1::UUID AND a1.removed_at IS NOT NULL AND (a1.all_contract_accounts OR a1.all_delivery_accounts OR a1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_22 
WHERE contract_grants_22.user_id = a1.id AND contract_grants_22.contract_account_id = ANY (array((SELECT contract_grants_23.contract_account_id 
FROM contract_grants AS contract_grants_23 
WHERE contract_grants_23.user_id = $2::UUID AND (contract_grants_23.ends_at IS NULL OR contract_grants_23.ends_at > now())))) AND (contract_grants_22.ends_at IS NULL OR contract_grants_22.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_15 
WHERE delivery_grants_15.user_id = a1.id AND (delivery_grants_15.delivery_account_id = ANY (array((SELECT delivery_grants_16.delivery_account_id 
FROM delivery_grants AS delivery_grants_16 
WHERE delivery_grants_16.user_id = $2::UUID AND (delivery_grants_16.ends_at IS NULL OR delivery_grants_16.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_8 
WHERE services_8.delivery_account_id = delivery_grants_15.delivery_account_id AND services_8.contract_account_id = ANY (array((SELECT contract_grants_24.contract_account_id 
FROM contract_grants AS contract_grants_24 
WHERE contract_grants_24.user_id = $2::UUID AND (contract_grants_24.ends_at IS NULL OR contract_grants_24.ends_at > now()))))))) AND (delivery_grants_15.ends_at IS NULL OR delivery_grants_15.ends_at > now())))) AND a1.audience IN ('DELIVERY', 'ORGANIZATION') AND a1.all_contract_accounts = false AND a1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_4 
WHERE user_permissions_4.user_id = a1.id AND (user_permissions_4.ends_at IS NULL OR user_permissions_4.ends_at > now()) AND (user_permissions_4.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_25 JOIN contract_accounts AS contract_accounts_4 ON contract_accounts_4.id = contract_grants_25.contract_account_id 
WHERE contract_grants_25.user_id = a1.id AND (contract_grants_25.ends_at IS NULL OR contract_grants_25.ends_at > now()) AND (contract_accounts_4.organization_id = $1::UUID AND contract_accounts_4.id = ANY (array((SELECT contract_grants_26.contract_account_id 
FROM contract_grants AS contract_grants_26 
WHERE contract_grants_26.user_id = $2::UUID AND (contract_grants_26.ends_at IS NULL OR contract_grants_26.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_17 JOIN delivery_accounts AS delivery_accounts_4 ON delivery_accounts_4.id = delivery_grants_17.delivery_account_id 
WHERE delivery_grants_17.user_id = a1.id AND (delivery_grants_17.ends_at IS NULL OR delivery_grants_17.ends_at > now()) AND (delivery_accounts_4.organization_id = $1::UUID AND (delivery_accounts_4.id = ANY (array((SELECT delivery_grants_18.delivery_account_id 
FROM delivery_grants AS delivery_grants_18 
WHERE delivery_grants_18.user_id = $2::UUID AND (delivery_grants_18.ends_at IS NULL OR delivery_grants_18.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_9 
WHERE services_9.delivery_account_id = delivery_accounts_4.id AND services_9.contract_account_id = ANY (array((SELECT contract_grants_27.contract_account_id 
FROM contract_grants AS contract_grants_27 
WHERE contract_grants_27.user_id = $2::UUID AND (contract_grants_27.ends_at IS NULL OR contract_grants_27.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0))) THEN '"RESTORE"' END) || ']') || '}') AS anon_2 
FROM users AS a1 
WHERE a1.id = $2::UUID AND a1.organization_id = $1::UUID AND (a1.all_contract_accounts OR a1.all_delivery_accounts OR a1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_28 
WHERE contract_grants_28.user_id = a1.id AND contract_grants_28.contract_account_id = ANY (array((SELECT contract_grants_29.contract_account_id 
FROM contract_grants AS contract_grants_29 
WHERE contract_grants_29.user_id = $2::UUID AND (contract_grants_29.ends_at IS NULL OR contract_grants_29.ends_at > now())))) AND (contract_grants_28.ends_at IS NULL OR contract_grants_28.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_19 
WHERE delivery_grants_19.user_id = a1.id AND (delivery_grants_19.delivery_account_id = ANY (array((SELECT delivery_grants_20.delivery_account_id 
FROM delivery_grants AS delivery_grants_20 
WHERE delivery_grants_20.user_id = $2::UUID AND (delivery_grants_20.ends_at IS NULL OR delivery_grants_20.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_10 
WHERE services_10.delivery_account_id = delivery_grants_19.delivery_account_id AND services_10.contract_account_id = ANY (array((SELECT contract_grants_30.contract_account_id 
FROM contract_grants AS contract_grants_30 
WHERE contract_grants_30.user_id = $2::UUID AND (contract_grants_30.ends_at IS NULL OR contract_grants_30.ends_at > now()))))))) AND (delivery_grants_19.ends_at IS NULL OR delivery_grants_19.ends_at > now()))))), 'null') || ',"organization":' || coalesce((SELECT ('{"id":"org_' || CAST(a2.id AS TEXT) || '","name":' || CAST(to_json(a2.name) AS TEXT) || ',"viewerCan":' || ('[' || concat_ws(',', CASE WHEN (a2.id = $1::UUID) THEN '"VIEW"' END, CASE WHEN (a2.id = $1::UUID) THEN '"CREATE_USER"' END) || ']') || '}') AS anon_3 
FROM organizations AS a2 
WHERE a2.id = $1::UUID AND a2.id = $1::UUID), 'null') || ',"permissions":[' || coalesce(('"' || nullif(array_to_string(CAST('{SITES_SERVICES_VIEW,SUPPORT_VIEW,USER_MANAGEMENT}' AS TEXT[]), '","'), '') || '"'), '') || '],"assignable":{"audiences":[' || coalesce(('"' || nullif(array_to_string(CAST('{ORGANIZATION,DELIVERY}' AS TEXT[]), '","'), '') || '"'), '') || '],"permissions":[' || coalesce(('"' || nullif(array_to_string(CAST('{SITES_SERVICES_VIEW,SUPPORT_VIEW,USER_MANAGEMENT}' AS TEXT[]), '","'), '') || '"'), '') || '],"allContractAccounts":' || CAST(false AS TEXT) || ',"allDeliveryAccounts":' || CAST(false AS TEXT) || ',"contractAccounts":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_4 
FROM (SELECT ('{"name":' || CAST(to_json(a3.name) AS TEXT) || '}') AS nodes_0 
FROM contract_accounts AS a3 
WHERE a3.organization_id = $1::UUID AND a3.id = ANY (array((SELECT contract_grants_31.contract_account_id 
FROM contract_grants AS contract_grants_31 
WHERE contract_grants_31.user_id = $2::UUID AND (contract_grants_31.ends_at IS NULL OR contract_grants_31.ends_at > now())))) AND a3.organization_id = $1::UUID AND a3.id = ANY (array((SELECT contract_grants_32.contract_account_id 
FROM contract_grants AS contract_grants_32 
WHERE contract_grants_32.user_id = $2::UUID AND (contract_grants_32.ends_at IS NULL OR contract_grants_32.ends_at > now())))) ORDER BY a3.name_key ASC, a3.id ASC 
 LIMIT $3::BIGINT) AS p) || ',"deliveryAccounts":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_5 
FROM (SELECT ('{"name":' || CAST(to_json(a4.name) AS TEXT) || '}') AS nodes_0 
FROM delivery_accounts AS a4 
WHERE a4.organization_id = $1::UUID AND (a4.id = ANY (array((SELECT delivery_grants_21.delivery_account_id 
FROM delivery_grants AS delivery_grants_21 
WHERE delivery_grants_21.user_id = $2::UUID AND (delivery_grants_21.ends_at IS NULL OR delivery_grants_21.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_11 
WHERE services_11.delivery_account_id = a4.id AND services_11.contract_account_id = ANY (array((SELECT contract_grants_33.contract_account_id 
FROM contract_grants AS contract_grants_33 
WHERE contract_grants_33.user_id = $2::UUID AND (contract_grants_33.ends_at IS NULL OR contract_grants_33.ends_at > now()))))))) AND a4.organization_id = $1::UUID AND (a4.id = ANY (array((SELECT delivery_grants_22.delivery_account_id 
FROM delivery_grants AS delivery_grants_22 
WHERE delivery_grants_22.user_id = $2::UUID AND (delivery_grants_22.ends_at IS NULL OR delivery_grants_22.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_12 
WHERE services_12.delivery_account_id = a4.id AND services_12.contract_account_id = ANY (array((SELECT contract_grants_34.contract_account_id 
FROM contract_grants AS contract_grants_34 
WHERE contract_grants_34.user_id = $2::UUID AND (contract_grants_34.ends_at IS NULL OR contract_grants_34.ends_at > now()))))))) ORDER BY a4.name_key ASC, a4.id ASC 
 LIMIT $4::BIGINT) AS p) || '}}}') AS anon_1 
FROM guard
