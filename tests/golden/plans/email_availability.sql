WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.token_hash = $6::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $7::INTERVAL AND actor.id = $2::UUID AND actor.version = $8::BIGINT AND coalesce(now() < $9::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL)
 SELECT ('{"free":' || (SELECT ('{"state":"' || CASE WHEN (EXISTS (SELECT '1' 
FROM users AS users_1 
WHERE users_1.email = a1.email AND users_1.organization_id = $1::UUID AND (users_1.all_contract_accounts OR users_1.all_delivery_accounts OR users_1.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_1 
WHERE contract_grants_1.user_id = users_1.id AND contract_grants_1.contract_account_id = ANY (array((SELECT contract_grants_2.contract_account_id 
FROM contract_grants AS contract_grants_2 
WHERE contract_grants_2.user_id = $2::UUID AND (contract_grants_2.ends_at IS NULL OR contract_grants_2.ends_at > now())))) AND (contract_grants_1.ends_at IS NULL OR contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_1 
WHERE delivery_grants_1.user_id = users_1.id AND (delivery_grants_1.delivery_account_id = ANY (array((SELECT delivery_grants_2.delivery_account_id 
FROM delivery_grants AS delivery_grants_2 
WHERE delivery_grants_2.user_id = $2::UUID AND (delivery_grants_2.ends_at IS NULL OR delivery_grants_2.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_1 
WHERE services_1.delivery_account_id = delivery_grants_1.delivery_account_id AND services_1.contract_account_id = ANY (array((SELECT contract_grants_3.contract_account_id 
FROM contract_grants AS contract_grants_3 
WHERE contract_grants_3.user_id = $2::UUID AND (contract_grants_3.ends_at IS NULL OR contract_grants_3.ends_at > now()))))))) AND (delivery_grants_1.ends_at IS NULL OR delivery_grants_1.ends_at > now())))))) THEN 'TAKEN' WHEN (EXISTS (SELECT '1' 
FROM users AS users_2 
WHERE users_2.email = a1.email)) THEN 'UNAVAILABLE' ELSE 'AVAILABLE' END || '","user":' || coalesce((SELECT ('{"email":' || CAST(to_json(a2.email) AS TEXT) || '}') AS anon_3 
FROM users AS a2 
WHERE a2.email = a1.email AND a2.organization_id = $1::UUID AND (a2.all_contract_accounts OR a2.all_delivery_accounts OR a2.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_4 
WHERE contract_grants_4.user_id = a2.id AND contract_grants_4.contract_account_id = ANY (array((SELECT contract_grants_5.contract_account_id 
FROM contract_grants AS contract_grants_5 
WHERE contract_grants_5.user_id = $2::UUID AND (contract_grants_5.ends_at IS NULL OR contract_grants_5.ends_at > now())))) AND (contract_grants_4.ends_at IS NULL OR contract_grants_4.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_3 
WHERE delivery_grants_3.user_id = a2.id AND (delivery_grants_3.delivery_account_id = ANY (array((SELECT delivery_grants_4.delivery_account_id 
FROM delivery_grants AS delivery_grants_4 
WHERE delivery_grants_4.user_id = $2::UUID AND (delivery_grants_4.ends_at IS NULL OR delivery_grants_4.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_2 
WHERE services_2.delivery_account_id = delivery_grants_3.delivery_account_id AND services_2.contract_account_id = ANY (array((SELECT contract_grants_6.contract_account_id 
FROM contract_grants AS contract_grants_6 
WHERE contract_grants_6.user_id = $2::UUID AND (contract_grants_6.ends_at IS NULL OR contract_grants_6.ends_at > now()))))))) AND (delivery_grants_3.ends_at IS NULL OR delivery_grants_3.ends_at > now()))))), 'null') || '}') AS anon_2 
FROM (SELECT $3::VARCHAR AS email) AS a1) || ',"mine":' || (SELECT ('{"state":"' || CASE WHEN (EXISTS (SELECT '1' 
FROM users AS users_3 
WHERE users_3.email = a3.email AND users_3.organization_id = $1::UUID AND (users_3.all_contract_accounts OR users_3.all_delivery_accounts OR users_3.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_7 
WHERE contract_grants_7.user_id = users_3.id AND contract_grants_7.contract_account_id = ANY (array((SELECT contract_grants_8.contract_account_id 
FROM contract_grants AS contract_grants_8 
WHERE contract_grants_8.user_id = $2::UUID AND (contract_grants_8.ends_at IS NULL OR contract_grants_8.ends_at > now())))) AND (contract_grants_7.ends_at IS NULL OR contract_grants_7.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_5 
WHERE delivery_grants_5.user_id = users_3.id AND (delivery_grants_5.delivery_account_id = ANY (array((SELECT delivery_grants_6.delivery_account_id 
FROM delivery_grants AS delivery_grants_6 
WHERE delivery_grants_6.user_id = $2::UUID AND (delivery_grants_6.ends_at IS NULL OR delivery_grants_6.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_3 
WHERE services_3.delivery_account_id = delivery_grants_5.delivery_account_id AND services_3.contract_account_id = ANY (array((SELECT contract_grants_9.contract_account_id 
FROM contract_grants AS contract_grants_9 
WHERE contract_grants_9.user_id = $2::UUID AND (contract_grants_9.ends_at IS NULL OR contract_grants_9.ends_at > now()))))))) AND (delivery_grants_5.ends_at IS NULL OR delivery_grants_5.ends_at > now())))))) THEN 'TAKEN' WHEN (EXISTS (SELECT '1' 
FROM users AS users_4 
WHERE users_4.email = a3.email)) THEN 'UNAVAILABLE' ELSE 'AVAILABLE' END || '","user":' || coalesce((SELECT ('{"email":' || CAST(to_json(a4.email) AS TEXT) || '}') AS anon_5 
FROM users AS a4 
WHERE a4.email = a3.email AND a4.organization_id = $1::UUID AND (a4.all_contract_accounts OR a4.all_delivery_accounts OR a4.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_10 
WHERE contract_grants_10.user_id = a4.id AND contract_grants_10.contract_account_id = ANY (array((SELECT contract_grants_11.contract_account_id 
FROM contract_grants AS contract_grants_11 
WHERE contract_grants_11.user_id = $2::UUID AND (contract_grants_11.ends_at IS NULL OR contract_grants_11.ends_at > now())))) AND (contract_grants_10.ends_at IS NULL OR contract_grants_10.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_7 
WHERE delivery_grants_7.user_id = a4.id AND (delivery_grants_7.delivery_account_id = ANY (array((SELECT delivery_grants_8.delivery_account_id 
FROM delivery_grants AS delivery_grants_8 
WHERE delivery_grants_8.user_id = $2::UUID AND (delivery_grants_8.ends_at IS NULL OR delivery_grants_8.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_4 
WHERE services_4.delivery_account_id = delivery_grants_7.delivery_account_id AND services_4.contract_account_id = ANY (array((SELECT contract_grants_12.contract_account_id 
FROM contract_grants AS contract_grants_12 
WHERE contract_grants_12.user_id = $2::UUID AND (contract_grants_12.ends_at IS NULL OR contract_grants_12.ends_at > now()))))))) AND (delivery_grants_7.ends_at IS NULL OR delivery_grants_7.ends_at > now()))))), 'null') || '}') AS anon_4 
FROM (SELECT $4::VARCHAR AS email) AS a3) || ',"foreign":' || (SELECT ('{"state":"' || CASE WHEN (EXISTS (SELECT '1' 
FROM users AS users_5 
WHERE users_5.email = a5.email AND users_5.organization_id = $1::UUID AND (users_5.all_contract_accounts OR users_5.all_delivery_accounts OR users_5.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_13 
WHERE contract_grants_13.user_id = users_5.id AND contract_grants_13.contract_account_id = ANY (array((SELECT contract_grants_14.contract_account_id 
FROM contract_grants AS contract_grants_14 
WHERE contract_grants_14.user_id = $2::UUID AND (contract_grants_14.ends_at IS NULL OR contract_grants_14.ends_at > now())))) AND (contract_grants_13.ends_at IS NULL OR contract_grants_13.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_9 
WHERE delivery_grants_9.user_id = users_5.id AND (delivery_grants_9.delivery_account_id = ANY (array((SELECT delivery_grants_10.delivery_account_id 
FROM delivery_grants AS delivery_grants_10 
WHERE delivery_grants_10.user_id = $2::UUID AND (delivery_grants_10.ends_at IS NULL OR delivery_grants_10.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_5 
WHERE services_5.delivery_account_id = delivery_grants_9.delivery_account_id AND services_5.contract_account_id = ANY (array((SELECT contract_grants_15.contract_account_id 
FROM contract_grants AS contract_grants_15 
WHERE contract_grants_15.user_id = $2::UUID AND (contract_grants_15.ends_at IS NULL OR contract_grants_15.ends_at > now()))))))) AND (delivery_grants_9.ends_at IS NULL OR delivery_grants_9.ends_at > now())))))) THEN 'TAKEN' WHEN (EXISTS (SELECT '1' 
FROM users AS users_6 
WHERE users_6.email = a5.email)) THEN 'UNAVAILABLE' ELSE 'AVAILABLE' END || '","user":' || coalesce((SELECT ('{"email":' || CAST(to_json(a6.email) AS TEXT) || '}') AS anon_7 
FROM users AS a6 
WHERE a6.email = a5.email AND a6.organization_id = $1::UUID AND (a6.all_contract_accounts OR a6.all_delivery_accounts OR a6.id = $2::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_16 
WHERE contract_grants_16.user_id = a6.id AND contract_grants_16.contract_account_id = ANY (array((SELECT contract_grants_17.contract_account_id 
FROM contract_grants AS contract_grants_17 
WHERE contract_grants_17.user_id = $2::UUID AND (contract_grants_17.ends_at IS NULL OR contract_grants_17.ends_at > now())))) AND (contract_grants_16.ends_at IS NULL OR contract_grants_16.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_11 
WHERE delivery_grants_11.user_id = a6.id AND (delivery_grants_11.delivery_account_id = ANY (array((SELECT delivery_grants_12.delivery_account_id 
FROM delivery_grants AS delivery_grants_12 
WHERE delivery_grants_12.user_id = $2::UUID AND (delivery_grants_12.ends_at IS NULL OR delivery_grants_12.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_6 
WHERE services_6.delivery_account_id = delivery_grants_11.delivery_account_id AND services_6.contract_account_id = ANY (array((SELECT contract_grants_18.contract_account_id 
FROM contract_grants AS contract_grants_18 
WHERE contract_grants_18.user_id = $2::UUID AND (contract_grants_18.ends_at IS NULL OR contract_grants_18.ends_at > now()))))))) AND (delivery_grants_11.ends_at IS NULL OR delivery_grants_11.ends_at > now()))))), 'null') || '}') AS anon_6 
FROM (SELECT $5::VARCHAR AS email) AS a5) || '}') AS anon_1 
FROM guard
