WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.token_hash = $6::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $7::INTERVAL AND actor.id = $3::UUID AND actor.version = $8::BIGINT AND coalesce(now() < $9::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL)
 SELECT ('{"auditEvents":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(trim_array(array_agg(p.nodes_0), CAST(greatest(count(*) - $1::BIGINT, 0) AS INTEGER)), ','), '') || '],"pageInfo":{"hasNextPage":' || CAST(count(*) > $1::BIGINT AS TEXT) || ',"endCursor":' || coalesce(('"' || ((trim_array(array_agg(p.cursor), CAST(greatest(count(*) - $1::BIGINT, 0) AS INTEGER)))[CAST(least(count(*), $1::BIGINT) AS INTEGER)]) || '"'), 'null') || '}}') AS anon_2 
FROM (SELECT ('{"kind":"' || upper(translate(a1.kind, '.', '_')) || '","createdAt":' || rtrim(CAST(to_json(timezone('UTC', a1.created_at)) AS TEXT), '"') || 'Z","actor":' || coalesce((SELECT ('{"email":' || CAST(to_json(a2.email) AS TEXT) || '}') AS anon_3 
FROM users AS a2 
WHERE a2.id = a1.actor_id AND a2.organization_id = $2::UUID AND (a2.all_contract_accounts OR a2.all_delivery_accounts OR a2.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_1 
WHERE contract_grants_1.user_id = a2.id AND contract_grants_1.contract_account_id = ANY (array((SELECT contract_grants_2.contract_account_id 
FROM contract_grants AS contract_grants_2 
WHERE contract_grants_2.user_id = $3::UUID AND (contract_grants_2.ends_at IS NULL OR contract_grants_2.ends_at > now())))) AND (contract_grants_1.ends_at IS NULL OR contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_1 
WHERE delivery_grants_1.user_id = a2.id AND (delivery_grants_1.delivery_account_id = ANY (array((SELECT delivery_grants_2.delivery_account_id 
FROM delivery_grants AS delivery_grants_2 
WHERE delivery_grants_2.user_id = $3::UUID AND (delivery_grants_2.ends_at IS NULL OR delivery_grants_2.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_1 
WHERE services_1.delivery_account_id = delivery_grants_1.delivery_account_id AND services_1.contract_account_id = ANY (array((SELECT contract_grants_3.contract_account_id 
FROM contract_grants AS contract_grants_3 
WHERE contract_grants_3.user_id = $3::UUID AND (contract_grants_3.ends_at IS NULL OR contract_grants_3.ends_at > now()))))))) AND (delivery_grants_1.ends_at IS NULL OR delivery_grants_1.ends_at > now()))))), 'null') || ',"subjectId":' || coalesce(CAST(to_json(coalesce((SELECT 'org_' || CAST(organizations_1.id AS TEXT) AS anon_4 
FROM organizations AS organizations_1 
WHERE organizations_1.id = a1.subject_id AND organizations_1.id = $2::UUID), (SELECT 'ca_' || CAST(contract_accounts_1.id AS TEXT) AS anon_5 
FROM contract_accounts AS contract_accounts_1 
WHERE contract_accounts_1.id = a1.subject_id AND contract_accounts_1.organization_id = $2::UUID AND contract_accounts_1.id = ANY (array((SELECT contract_grants_4.contract_account_id 
FROM contract_grants AS contract_grants_4 
WHERE contract_grants_4.user_id = $3::UUID AND (contract_grants_4.ends_at IS NULL OR contract_grants_4.ends_at > now()))))), (SELECT 'da_' || CAST(delivery_accounts_1.id AS TEXT) AS anon_6 
FROM delivery_accounts AS delivery_accounts_1 
WHERE delivery_accounts_1.id = a1.subject_id AND delivery_accounts_1.organization_id = $2::UUID AND (delivery_accounts_1.id = ANY (array((SELECT delivery_grants_3.delivery_account_id 
FROM delivery_grants AS delivery_grants_3 
WHERE delivery_grants_3.user_id = $3::UUID AND (delivery_grants_3.ends_at IS NULL OR delivery_grants_3.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_2 
WHERE services_2.delivery_account_id = delivery_accounts_1.id AND services_2.contract_account_id = ANY (array((SELECT contract_grants_5.contract_account_id 
FROM contract_grants AS contract_grants_5 
WHERE contract_grants_5.user_id = $3::UUID AND (contract_grants_5.ends_at IS NULL OR contract_grants_5.ends_at > now())))))))), (SELECT 'svc_' || CAST(services_3.id AS TEXT) AS anon_7 
FROM services AS services_3 
WHERE services_3.id = a1.subject_id AND services_3.organization_id = $2::UUID AND services_3.contract_account_id = ANY (array((SELECT contract_grants_6.contract_account_id 
FROM contract_grants AS contract_grants_6 
WHERE contract_grants_6.user_id = $3::UUID AND (contract_grants_6.ends_at IS NULL OR contract_grants_6.ends_at > now()))))), (SELECT 'usr_' || CAST(users_1.id AS TEXT) AS anon_8 
FROM users AS users_1 
WHERE users_1.id = a1.subject_id AND users_1.organization_id = $2::UUID AND (users_1.all_contract_accounts OR users_1.all_delivery_accounts OR users_1.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_7 
WHERE contract_grants_7.user_id = users_1.id AND contract_grants_7.contract_account_id = ANY (array((SELECT contract_grants_8.contract_account_id 
FROM contract_grants AS contract_grants_8 
WHERE contract_grants_8.user_id = $3::UUID AND (contract_grants_8.ends_at IS NULL OR contract_grants_8.ends_at > now())))) AND (contract_grants_7.ends_at IS NULL OR contract_grants_7.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_4 
WHERE delivery_grants_4.user_id = users_1.id AND (delivery_grants_4.delivery_account_id = ANY (array((SELECT delivery_grants_5.delivery_account_id 
FROM delivery_grants AS delivery_grants_5 
WHERE delivery_grants_5.user_id = $3::UUID AND (delivery_grants_5.ends_at IS NULL OR delivery_grants_5.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_4 
WHERE services_4.delivery_account_id = delivery_grants_4.delivery_account_id AND services_4.contract_account_id = ANY (array((SELECT contract_grants_9.contract_account_id 
FROM contract_grants AS contract_grants_9 
WHERE contract_grants_9.user_id = $3::UUID AND (contract_grants_9.ends_at IS NULL OR contract_grants_9.ends_at > now()))))))) AND (delivery_grants_4.ends_at IS NULL OR delivery_grants_4.ends_at > now()))))), (SELECT 'rev_' || CAST(access_reviews_1.id AS TEXT) AS anon_9 
FROM access_reviews AS access_reviews_1 
WHERE false), (SELECT 'cli_' || CAST(api_clients_1.id AS TEXT) AS anon_10 
FROM api_clients AS api_clients_1 
WHERE api_clients_1.id = a1.subject_id AND (api_clients_1.owner_id = $3::UUID OR api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM users AS users_2 
WHERE users_2.id = api_clients_1.owner_id AND users_2.all_contract_accounts AND users_2.audience IN ('DELIVERY', 'ORGANIZATION') AND users_2.all_contract_accounts = false AND users_2.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_1 
WHERE user_permissions_1.user_id = users_2.id AND (user_permissions_1.ends_at IS NULL OR user_permissions_1.ends_at > now()) AND (user_permissions_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_10 JOIN contract_accounts AS contract_accounts_2 ON contract_accounts_2.id = contract_grants_10.contract_account_id 
WHERE contract_grants_10.user_id = users_2.id AND (contract_grants_10.ends_at IS NULL OR contract_grants_10.ends_at > now()) AND (contract_accounts_2.organization_id = $2::UUID AND contract_accounts_2.id = ANY (array((SELECT contract_grants_11.contract_account_id 
FROM contract_grants AS contract_grants_11 
WHERE contract_grants_11.user_id = $3::UUID AND (contract_grants_11.ends_at IS NULL OR contract_grants_11.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_6 JOIN delivery_accounts AS delivery_accounts_2 ON delivery_accounts_2.id = delivery_grants_6.delivery_account_id 
WHERE delivery_grants_6.user_id = users_2.id AND (delivery_grants_6.ends_at IS NULL OR delivery_grants_6.ends_at > now()) AND (delivery_accounts_2.organization_id = $2::UUID AND (delivery_accounts_2.id = ANY (array((SELECT delivery_grants_7.delivery_account_id 
FROM delivery_grants AS delivery_grants_7 
WHERE delivery_grants_7.user_id = $3::UUID AND (delivery_grants_7.ends_at IS NULL OR delivery_grants_7.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_5 
WHERE services_5.delivery_account_id = delivery_accounts_2.id AND services_5.contract_account_id = ANY (array((SELECT contract_grants_12.contract_account_id 
FROM contract_grants AS contract_grants_12 
WHERE contract_grants_12.user_id = $3::UUID AND (contract_grants_12.ends_at IS NULL OR contract_grants_12.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))) OR api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM users AS users_3 
WHERE users_3.id = api_clients_1.owner_id AND users_3.all_delivery_accounts AND users_3.audience IN ('DELIVERY', 'ORGANIZATION') AND users_3.all_contract_accounts = false AND users_3.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_2 
WHERE user_permissions_2.user_id = users_3.id AND (user_permissions_2.ends_at IS NULL OR user_permissions_2.ends_at > now()) AND (user_permissions_2.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_13 JOIN contract_accounts AS contract_accounts_3 ON contract_accounts_3.id = contract_grants_13.contract_account_id 
WHERE contract_grants_13.user_id = users_3.id AND (contract_grants_13.ends_at IS NULL OR contract_grants_13.ends_at > now()) AND (contract_accounts_3.organization_id = $2::UUID AND contract_accounts_3.id = ANY (array((SELECT contract_grants_14.contract_account_id 
FROM contract_grants AS contract_grants_14 
WHERE contract_grants_14.user_id = $3::UUID AND (contract_grants_14.ends_at IS NULL OR contract_grants_14.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_8 JOIN delivery_accounts AS delivery_accounts_3 ON delivery_accounts_3.id = delivery_grants_8.delivery_account_id 
WHERE delivery_grants_8.user_id = users_3.id AND (delivery_grants_8.ends_at IS NULL OR delivery_grants_8.ends_at > now()) AND (delivery_accounts_3.organization_id = $2::UUID AND (delivery_accounts_3.id = ANY (array((SELECT delivery_grants_9.delivery_account_id 
FROM delivery_grants AS delivery_grants_9 
WHERE delivery_grants_9.user_id = $3::UUID AND (delivery_grants_9.ends_at IS NULL OR delivery_grants_9.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_6 
WHERE services_6.delivery_account_id = delivery_accounts_3.id AND services_6.contract_account_id = ANY (array((SELECT contract_grants_15.contract_account_id 
FROM contract_grants AS contract_grants_15 
WHERE contract_grants_15.user_id = $3::UUID AND (contract_grants_15.ends_at IS NULL OR contract_grants_15.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))) OR api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_16 
WHERE contract_grants_16.user_id = api_clients_1.owner_id AND contract_grants_16.contract_account_id = ANY (array((SELECT contract_grants_17.contract_account_id 
FROM contract_grants AS contract_grants_17 
WHERE contract_grants_17.user_id = $3::UUID AND (contract_grants_17.ends_at IS NULL OR contract_grants_17.ends_at > now())))) AND (contract_grants_16.ends_at IS NULL OR contract_grants_16.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS users_4 
WHERE users_4.id = api_clients_1.owner_id AND users_4.audience IN ('DELIVERY', 'ORGANIZATION') AND users_4.all_contract_accounts = false AND users_4.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_3 
WHERE user_permissions_3.user_id = users_4.id AND (user_permissions_3.ends_at IS NULL OR user_permissions_3.ends_at > now()) AND (user_permissions_3.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_18 JOIN contract_accounts AS contract_accounts_4 ON contract_accounts_4.id = contract_grants_18.contract_account_id 
WHERE contract_grants_18.user_id = users_4.id AND (contract_grants_18.ends_at IS NULL OR contract_grants_18.ends_at > now()) AND (contract_accounts_4.organization_id = $2::UUID AND contract_accounts_4.id = ANY (array((SELECT contract_grants_19.contract_account_id 
FROM contract_grants AS contract_grants_19 
WHERE contract_grants_19.user_id = $3::UUID AND (contract_grants_19.ends_at IS NULL OR contract_grants_19.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_10 JOIN delivery_accounts AS delivery_accounts_4 ON delivery_accounts_4.id = delivery_grants_10.delivery_account_id 
WHERE delivery_grants_10.user_id = users_4.id AND (delivery_grants_10.ends_at IS NULL OR delivery_grants_10.ends_at > now()) AND (delivery_accounts_4.organization_id = $2::UUID AND (delivery_accounts_4.id = ANY (array((SELECT delivery_grants_11.delivery_account_id 
FROM delivery_grants AS delivery_grants_11 
WHERE delivery_grants_11.user_id = $3::UUID AND (delivery_grants_11.ends_at IS NULL OR delivery_grants_11.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_7 
WHERE services_7.delivery_account_id = delivery_accounts_4.id AND services_7.contract_account_id = ANY (array((SELECT contract_grants_20.contract_account_id 
FROM contract_grants AS contract_grants_20 
WHERE contract_grants_20.user_id = $3::UUID AND (contract_grants_20.ends_at IS NULL OR contract_grants_20.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))) OR api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_12 
WHERE delivery_grants_12.user_id = api_clients_1.owner_id AND delivery_grants_12.delivery_account_id = ANY (array((SELECT delivery_grants_13.delivery_account_id 
FROM delivery_grants AS delivery_grants_13 
WHERE delivery_grants_13.user_id = $3::UUID AND (delivery_grants_13.ends_at IS NULL OR delivery_grants_13.ends_at > now())))) AND (delivery_grants_12.ends_at IS NULL OR delivery_grants_12.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS users_5 
WHERE users_5.id = api_clients_1.owner_id AND users_5.audience IN ('DELIVERY', 'ORGANIZATION') AND users_5.all_contract_accounts = false AND users_5.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_4 
WHERE user_permissions_4.user_id = users_5.id AND (user_permissions_4.ends_at IS NULL OR user_permissions_4.ends_at > now()) AND (user_permissions_4.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_21 JOIN contract_accounts AS contract_accounts_5 ON contract_accounts_5.id = contract_grants_21.contract_account_id 
WHERE contract_grants_21.user_id = users_5.id AND (contract_grants_21.ends_at IS NULL OR contract_grants_21.ends_at > now()) AND (contract_accounts_5.organization_id = $2::UUID AND contract_accounts_5.id = ANY (array((SELECT contract_grants_22.contract_account_id 
FROM contract_grants AS contract_grants_22 
WHERE contract_grants_22.user_id = $3::UUID AND (contract_grants_22.ends_at IS NULL OR contract_grants_22.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_14 JOIN delivery_accounts AS delivery_accounts_5 ON delivery_accounts_5.id = delivery_grants_14.delivery_account_id 
WHERE delivery_grants_14.user_id = users_5.id AND (delivery_grants_14.ends_at IS NULL OR delivery_grants_14.ends_at > now()) AND (delivery_accounts_5.organization_id = $2::UUID AND (delivery_accounts_5.id = ANY (array((SELECT delivery_grants_15.delivery_account_id 
FROM delivery_grants AS delivery_grants_15 
WHERE delivery_grants_15.user_id = $3::UUID AND (delivery_grants_15.ends_at IS NULL OR delivery_grants_15.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_8 
WHERE services_8.delivery_account_id = delivery_accounts_5.id AND services_8.contract_account_id = ANY (array((SELECT contract_grants_23.contract_account_id 
FROM contract_grants AS contract_grants_23 
WHERE contract_grants_23.user_id = $3::UUID AND (contract_grants_23.ends_at IS NULL OR contract_grants_23.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))) OR api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_16 
WHERE delivery_grants_16.user_id = api_clients_1.owner_id AND (EXISTS (SELECT 1 
FROM services AS services_9 
WHERE services_9.delivery_account_id = delivery_grants_16.delivery_account_id AND services_9.contract_account_id = ANY (array((SELECT contract_grants_24.contract_account_id 
FROM contract_grants AS contract_grants_24 
WHERE contract_grants_24.user_id = $3::UUID AND (contract_grants_24.ends_at IS NULL OR contract_grants_24.ends_at > now())))))) AND (delivery_grants_16.ends_at IS NULL OR delivery_grants_16.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS users_6 
WHERE users_6.id = api_clients_1.owner_id AND users_6.audience IN ('DELIVERY', 'ORGANIZATION') AND users_6.all_contract_accounts = false AND users_6.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_5 
WHERE user_permissions_5.user_id = users_6.id AND (user_permissions_5.ends_at IS NULL OR user_permissions_5.ends_at > now()) AND (user_permissions_5.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_25 JOIN contract_accounts AS contract_accounts_6 ON contract_accounts_6.id = contract_grants_25.contract_account_id 
WHERE contract_grants_25.user_id = users_6.id AND (contract_grants_25.ends_at IS NULL OR contract_grants_25.ends_at > now()) AND (contract_accounts_6.organization_id = $2::UUID AND contract_accounts_6.id = ANY (array((SELECT contract_grants_26.contract_account_id 
FROM contract_grants AS contract_grants_26 
WHERE contract_grants_26.user_id = $3::UUID AND (contract_grants_26.ends_at IS NULL OR contract_grants_26.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_17 JOIN delivery_accounts AS delivery_accounts_6 ON delivery_accounts_6.id = delivery_grants_17.delivery_account_id 
WHERE delivery_grants_17.user_id = users_6.id AND (delivery_grants_17.ends_at IS NULL OR delivery_grants_17.ends_at > now()) AND (delivery_accounts_6.organization_id = $2::UUID AND (delivery_accounts_6.id = ANY (array((SELECT delivery_grants_18.delivery_account_id 
FROM delivery_grants AS delivery_grants_18 
WHERE delivery_grants_18.user_id = $3::UUID AND (delivery_grants_18.ends_at IS NULL OR delivery_grants_18.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_10 
WHERE services_10.delivery_account_id = delivery_accounts_6.id AND services_10.contract_account_id = ANY (array((SELECT contract_grants_27.contract_account_id 
FROM contract_grants AS contract_grants_27 
WHERE contract_grants_27.user_id = $3::UUID AND (contract_grants_27.ends_at IS NULL OR contract_grants_27.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))))))) AS TEXT), 'null') || ',"changes":[' || coalesce(array_to_string((SELECT array_agg(CAST(('{"field":' || CAST(to_json(a3.field) AS TEXT) || ',"before":' || coalesce(a3.before, 'null') || ',"after":' || coalesce(a3.after, 'null') || '}') AS TEXT)) AS array_agg_1 
FROM (SELECT anon_11.field AS field, anon_11.before AS before, anon_11.after AS after 
FROM (SELECT anon_12.key AS field, CASE WHEN (jsonb_typeof(anon_12.value -> 0) = 'array') THEN '[' || coalesce((SELECT string_agg(CAST(anon_13.entry AS TEXT), ',' ORDER BY anon_13.place) AS string_agg_1 
FROM jsonb_array_elements(anon_12.value -> 0) WITH ORDINALITY AS anon_13(entry, place) 
WHERE CAST(anon_13.entry AS TEXT) NOT LIKE ALL (anon_14.patterns)), '') || ']' WHEN (CAST(anon_12.value -> 0 AS TEXT) NOT LIKE ALL (anon_14.patterns)) THEN CAST(anon_12.value -> 0 AS TEXT) ELSE 'null' END AS before, CASE WHEN (jsonb_typeof(anon_12.value -> 1) = 'array') THEN '[' || coalesce((SELECT string_agg(CAST(anon_15.entry AS TEXT), ',' ORDER BY anon_15.place) AS string_agg_2 
FROM jsonb_array_elements(anon_12.value -> 1) WITH ORDINALITY AS anon_15(entry, place) 
WHERE CAST(anon_15.entry AS TEXT) NOT LIKE ALL (anon_14.patterns)), '') || ']' WHEN (CAST(anon_12.value -> 1 AS TEXT) NOT LIKE ALL (anon_14.patterns)) THEN CAST(anon_12.value -> 1 AS TEXT) ELSE 'null' END AS after 
FROM jsonb_each(nullif(a1.changes, CAST('null' AS JSONB))) AS anon_12(key, value) JOIN (SELECT array((SELECT '%' || anon_17.parts[1] || '\_' || anon_17.parts[2] || '%' AS anon_16 
FROM regexp_matches(CAST(a1.changes AS TEXT), '([a-z]{2,4})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', 'g') AS anon_17(parts) 
WHERE NOT (CASE WHEN (anon_17.parts[1] = 'org') THEN EXISTS (SELECT 1 
FROM organizations AS organizations_2 
WHERE organizations_2.id = CAST(anon_17.parts[2] AS UUID) AND organizations_2.id = $2::UUID
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_17.parts[1] = 'ca') THEN EXISTS (SELECT 1 
FROM contract_accounts AS contract_accounts_7 
WHERE contract_accounts_7.id = CAST(anon_17.parts[2] AS UUID) AND contract_accounts_7.organization_id = $2::UUID AND contract_accounts_7.id = ANY (array((SELECT contract_grants_28.contract_account_id 
FROM contract_grants AS contract_grants_28 
WHERE contract_grants_28.user_id = $3::UUID AND (contract_grants_28.ends_at IS NULL OR contract_grants_28.ends_at > now()))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_17.parts[1] = 'da') THEN EXISTS (SELECT 1 
FROM delivery_accounts AS delivery_accounts_7 
WHERE delivery_accounts_7.id = CAST(anon_17.parts[2] AS UUID) AND delivery_accounts_7.organization_id = $2::UUID AND (delivery_accounts_7.id = ANY (array((SELECT delivery_grants_19.delivery_account_id 
FROM delivery_grants AS delivery_grants_19 
WHERE delivery_grants_19.user_id = $3::UUID AND (delivery_grants_19.ends_at IS NULL OR delivery_grants_19.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_11 
WHERE services_11.delivery_account_id = delivery_accounts_7.id AND services_11.contract_account_id = ANY (array((SELECT contract_grants_29.contract_account_id 
FROM contract_grants AS contract_grants_29 
WHERE contract_grants_29.user_id = $3::UUID AND (contract_grants_29.ends_at IS NULL OR contract_grants_29.ends_at > now())))))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_17.parts[1] = 'svc') THEN EXISTS (SELECT 1 
FROM services AS services_12 
WHERE services_12.id = CAST(anon_17.parts[2] AS UUID) AND services_12.organization_id = $2::UUID AND services_12.contract_account_id = ANY (array((SELECT contract_grants_30.contract_account_id 
FROM contract_grants AS contract_grants_30 
WHERE contract_grants_30.user_id = $3::UUID AND (contract_grants_30.ends_at IS NULL OR contract_grants_30.ends_at > now()))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_17.parts[1] = 'usr') THEN EXISTS (SELECT 1 
FROM users AS users_7 
WHERE users_7.id = CAST(anon_17.parts[2] AS UUID) AND users_7.organization_id = $2::UUID AND (users_7.all_contract_accounts OR users_7.all_delivery_accounts OR users_7.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_31 
WHERE contract_grants_31.user_id = users_7.id AND contract_grants_31.contract_account_id = ANY (array((SELECT contract_grants_32.contract_account_id 
FROM contract_grants AS contract_grants_32 
WHERE contract_grants_32.user_id = $3::UUID AND (contract_grants_32.ends_at IS NULL OR contract_grants_32.ends_at > now())))) AND (contract_grants_31.ends_at IS NULL OR contract_grants_31.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_20 
WHERE delivery_grants_20.user_id = users_7.id AND (delivery_grants_20.delivery_account_id = ANY (array((SELECT delivery_grants_21.delivery_account_id 
FROM delivery_grants AS delivery_grants_21 
WHERE delivery_grants_21.user_id = $3::UUID AND (delivery_grants_21.ends_at IS NULL OR delivery_grants_21.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_13 
WHERE services_13.delivery_account_id = delivery_grants_20.delivery_account_id AND services_13.contract_account_id = ANY (array((SELECT contract_grants_33.contract_account_id 
FROM contract_grants AS contract_grants_33 
WHERE contract_grants_33.user_id = $3::UUID AND (contract_grants_33.ends_at IS NULL OR contract_grants_33.ends_at > now()))))))) AND (delivery_grants_20.ends_at IS NULL OR delivery_grants_20.ends_at > now()))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_17.parts[1] = 'rev') THEN EXISTS (SELECT 1 
FROM access_reviews AS access_reviews_2 
WHERE false
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_17.parts[1] = 'cli') THEN EXISTS (SELECT 1 
FROM api_clients AS api_clients_2 
WHERE api_clients_2.id = CAST(anon_17.parts[2] AS UUID) AND (api_clients_2.owner_id = $3::UUID OR api_clients_2.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM users AS users_8 
WHERE users_8.id = api_clients_2.owner_id AND users_8.all_contract_accounts AND users_8.audience IN ('DELIVERY', 'ORGANIZATION') AND users_8.all_contract_accounts = false AND users_8.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_6 
WHERE user_permissions_6.user_id = users_8.id AND (user_permissions_6.ends_at IS NULL OR user_permissions_6.ends_at > now()) AND (user_permissions_6.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_34 JOIN contract_accounts AS contract_accounts_8 ON contract_accounts_8.id = contract_grants_34.contract_account_id 
WHERE contract_grants_34.user_id = users_8.id AND (contract_grants_34.ends_at IS NULL OR contract_grants_34.ends_at > now()) AND (contract_accounts_8.organization_id = $2::UUID AND contract_accounts_8.id = ANY (array((SELECT contract_grants_35.contract_account_id 
FROM contract_grants AS contract_grants_35 
WHERE contract_grants_35.user_id = $3::UUID AND (contract_grants_35.ends_at IS NULL OR contract_grants_35.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_22 JOIN delivery_accounts AS delivery_accounts_8 ON delivery_accounts_8.id = delivery_grants_22.delivery_account_id 
WHERE delivery_grants_22.user_id = users_8.id AND (delivery_grants_22.ends_at IS NULL OR delivery_grants_22.ends_at > now()) AND (delivery_accounts_8.organization_id = $2::UUID AND (delivery_accounts_8.id = ANY (array((SELECT delivery_grants_23.delivery_account_id 
FROM delivery_grants AS delivery_grants_23 
WHERE delivery_grants_23.user_id = $3::UUID AND (delivery_grants_23.ends_at IS NULL OR delivery_grants_23.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_14 
WHERE services_14.delivery_account_id = delivery_accounts_8.id AND services_14.contract_account_id = ANY (array((SELECT contract_grants_36.contract_account_id 
FROM contract_grants AS contract_grants_36 
WHERE contract_grants_36.user_id = $3::UUID AND (contract_grants_36.ends_at IS NULL OR contract_grants_36.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))) OR api_clients_2.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM users AS users_9 
WHERE users_9.id = api_clients_2.owner_id AND users_9.all_delivery_accounts AND users_9.audience IN ('DELIVERY', 'ORGANIZATION') AND users_9.all_contract_accounts = false AND users_9.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_7 
WHERE user_permissions_7.user_id = users_9.id AND (user_permissions_7.ends_at IS NULL OR user_permissions_7.ends_at > now()) AND (user_permissions_7.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_37 JOIN contract_accounts AS contract_accounts_9 ON contract_accounts_9.id = contract_grants_37.contract_account_id 
WHERE contract_grants_37.user_id = users_9.id AND (contract_grants_37.ends_at IS NULL OR contract_grants_37.ends_at > now()) AND (contract_accounts_9.organization_id = $2::UUID AND contract_accounts_9.id = ANY (array((SELECT contract_grants_38.contract_account_id 
FROM contract_grants AS contract_grants_38 
WHERE contract_grants_38.user_id = $3::UUID AND (contract_grants_38.ends_at IS NULL OR contract_grants_38.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_24 JOIN delivery_accounts AS delivery_accounts_9 ON delivery_accounts_9.id = delivery_grants_24.delivery_account_id 
WHERE delivery_grants_24.user_id = users_9.id AND (delivery_grants_24.ends_at IS NULL OR delivery_grants_24.ends_at > now()) AND (delivery_accounts_9.organization_id = $2::UUID AND (delivery_accounts_9.id = ANY (array((SELECT delivery_grants_25.delivery_account_id 
FROM delivery_grants AS delivery_grants_25 
WHERE delivery_grants_25.user_id = $3::UUID AND (delivery_grants_25.ends_at IS NULL OR delivery_grants_25.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_15 
WHERE services_15.delivery_account_id = delivery_accounts_9.id AND services_15.contract_account_id = ANY (array((SELECT contract_grants_39.contract_account_id 
FROM contract_grants AS contract_grants_39 
WHERE contract_grants_39.user_id = $3::UUID AND (contract_grants_39.ends_at IS NULL OR contract_grants_39.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))) OR api_clients_2.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_40 
WHERE contract_grants_40.user_id = api_clients_2.owner_id AND contract_grants_40.contract_account_id = ANY (array((SELECT contract_grants_41.contract_account_id 
FROM contract_grants AS contract_grants_41 
WHERE contract_grants_41.user_id = $3::UUID AND (contract_grants_41.ends_at IS NULL OR contract_grants_41.ends_at > now())))) AND (contract_grants_40.ends_at IS NULL OR contract_grants_40.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS users_10 
WHERE users_10.id = api_clients_2.owner_id AND users_10.audience IN ('DELIVERY', 'ORGANIZATION') AND users_10.all_contract_accounts = false AND users_10.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_8 
WHERE user_permissions_8.user_id = users_10.id AND (user_permissions_8.ends_at IS NULL OR user_permissions_8.ends_at > now()) AND (user_permissions_8.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_42 JOIN contract_accounts AS contract_accounts_10 ON contract_accounts_10.id = contract_grants_42.contract_account_id 
WHERE contract_grants_42.user_id = users_10.id AND (contract_grants_42.ends_at IS NULL OR contract_grants_42.ends_at > now()) AND (contract_accounts_10.organization_id = $2::UUID AND contract_accounts_10.id = ANY (array((SELECT contract_grants_43.contract_account_id 
FROM contract_grants AS contract_grants_43 
WHERE contract_grants_43.user_id = $3::UUID AND (contract_grants_43.ends_at IS NULL OR contract_grants_43.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_26 JOIN delivery_accounts AS delivery_accounts_10 ON delivery_accounts_10.id = delivery_grants_26.delivery_account_id 
WHERE delivery_grants_26.user_id = users_10.id AND (delivery_grants_26.ends_at IS NULL OR delivery_grants_26.ends_at > now()) AND (delivery_accounts_10.organization_id = $2::UUID AND (delivery_accounts_10.id = ANY (array((SELECT delivery_grants_27.delivery_account_id 
FROM delivery_grants AS delivery_grants_27 
WHERE delivery_grants_27.user_id = $3::UUID AND (delivery_grants_27.ends_at IS NULL OR delivery_grants_27.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_16 
WHERE services_16.delivery_account_id = delivery_accounts_10.id AND services_16.contract_account_id = ANY (array((SELECT contract_grants_44.contract_account_id 
FROM contract_grants AS contract_grants_44 
WHERE contract_grants_44.user_id = $3::UUID AND (contract_grants_44.ends_at IS NULL OR contract_grants_44.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))) OR api_clients_2.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_28 
WHERE delivery_grants_28.user_id = api_clients_2.owner_id AND delivery_grants_28.delivery_account_id = ANY (array((SELECT delivery_grants_29.delivery_account_id 
FROM delivery_grants AS delivery_grants_29 
WHERE delivery_grants_29.user_id = $3::UUID AND (delivery_grants_29.ends_at IS NULL OR delivery_grants_29.ends_at > now())))) AND (delivery_grants_28.ends_at IS NULL OR delivery_grants_28.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS users_11 
WHERE users_11.id = api_clients_2.owner_id AND users_11.audience IN ('DELIVERY', 'ORGANIZATION') AND users_11.all_contract_accounts = false AND users_11.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_9 
WHERE user_permissions_9.user_id = users_11.id AND (user_permissions_9.ends_at IS NULL OR user_permissions_9.ends_at > now()) AND (user_permissions_9.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_45 JOIN contract_accounts AS contract_accounts_11 ON contract_accounts_11.id = contract_grants_45.contract_account_id 
WHERE contract_grants_45.user_id = users_11.id AND (contract_grants_45.ends_at IS NULL OR contract_grants_45.ends_at > now()) AND (contract_accounts_11.organization_id = $2::UUID AND contract_accounts_11.id = ANY (array((SELECT contract_grants_46.contract_account_id 
FROM contract_grants AS contract_grants_46 
WHERE contract_grants_46.user_id = $3::UUID AND (contract_grants_46.ends_at IS NULL OR contract_grants_46.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_30 JOIN delivery_accounts AS delivery_accounts_11 ON delivery_accounts_11.id = delivery_grants_30.delivery_account_id 
WHERE delivery_grants_30.user_id = users_11.id AND (delivery_grants_30.ends_at IS NULL OR delivery_grants_30.ends_at > now()) AND (delivery_accounts_11.organization_id = $2::UUID AND (delivery_accounts_11.id = ANY (array((SELECT delivery_grants_31.delivery_account_id 
FROM delivery_grants AS delivery_grants_31 
WHERE delivery_grants_31.user_id = $3::UUID AND (delivery_grants_31.ends_at IS NULL OR delivery_grants_31.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_17 
WHERE services_17.delivery_account_id = delivery_accounts_11.id AND services_17.contract_account_id = ANY (array((SELECT contract_grants_47.contract_account_id 
FROM contract_grants AS contract_grants_47 
WHERE contract_grants_47.user_id = $3::UUID AND (contract_grants_47.ends_at IS NULL OR contract_grants_47.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))) OR api_clients_2.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_32 
WHERE delivery_grants_32.user_id = api_clients_2.owner_id AND (EXISTS (SELECT 1 
FROM services AS services_18 
WHERE services_18.delivery_account_id = delivery_grants_32.delivery_account_id AND services_18.contract_account_id = ANY (array((SELECT contract_grants_48.contract_account_id 
FROM contract_grants AS contract_grants_48 
WHERE contract_grants_48.user_id = $3::UUID AND (contract_grants_48.ends_at IS NULL OR contract_grants_48.ends_at > now())))))) AND (delivery_grants_32.ends_at IS NULL OR delivery_grants_32.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS users_12 
WHERE users_12.id = api_clients_2.owner_id AND users_12.audience IN ('DELIVERY', 'ORGANIZATION') AND users_12.all_contract_accounts = false AND users_12.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS user_permissions_10 
WHERE user_permissions_10.user_id = users_12.id AND (user_permissions_10.ends_at IS NULL OR user_permissions_10.ends_at > now()) AND (user_permissions_10.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_49 JOIN contract_accounts AS contract_accounts_12 ON contract_accounts_12.id = contract_grants_49.contract_account_id 
WHERE contract_grants_49.user_id = users_12.id AND (contract_grants_49.ends_at IS NULL OR contract_grants_49.ends_at > now()) AND (contract_accounts_12.organization_id = $2::UUID AND contract_accounts_12.id = ANY (array((SELECT contract_grants_50.contract_account_id 
FROM contract_grants AS contract_grants_50 
WHERE contract_grants_50.user_id = $3::UUID AND (contract_grants_50.ends_at IS NULL OR contract_grants_50.ends_at > now()))))) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_33 JOIN delivery_accounts AS delivery_accounts_12 ON delivery_accounts_12.id = delivery_grants_33.delivery_account_id 
WHERE delivery_grants_33.user_id = users_12.id AND (delivery_grants_33.ends_at IS NULL OR delivery_grants_33.ends_at > now()) AND (delivery_accounts_12.organization_id = $2::UUID AND (delivery_accounts_12.id = ANY (array((SELECT delivery_grants_34.delivery_account_id 
FROM delivery_grants AS delivery_grants_34 
WHERE delivery_grants_34.user_id = $3::UUID AND (delivery_grants_34.ends_at IS NULL OR delivery_grants_34.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_19 
WHERE services_19.delivery_account_id = delivery_accounts_12.id AND services_19.contract_account_id = ANY (array((SELECT contract_grants_51.contract_account_id 
FROM contract_grants AS contract_grants_51 
WHERE contract_grants_51.user_id = $3::UUID AND (contract_grants_51.ends_at IS NULL OR contract_grants_51.ends_at > now())))))))) IS NOT true
 LIMIT ALL OFFSET 0)))))
 LIMIT ALL OFFSET 0) ELSE false END))) AS patterns
 LIMIT ALL OFFSET 0) AS anon_14 ON true
 LIMIT ALL OFFSET 0) AS anon_11 
WHERE anon_11.before IS DISTINCT FROM anon_11.after ORDER BY anon_11.field COLLATE "C") AS a3), ','), '') || ']}') AS nodes_0, 1 AS peek, translate(encode(convert_to(CAST(json_build_array('CREATED_AT_DESC', a1.created_at, a1.id) AS TEXT), 'UTF8'), 'base64'), E'+/=\n', '-_') AS cursor 
FROM audit_events AS a1 
WHERE a1.organization_id = $2::UUID AND (a1.subject_id = $3::UUID OR a1.actor_id = $3::UUID AND a1.subject_id IS NULL OR (EXISTS (SELECT 1 
FROM users AS users_13 
WHERE users_13.id = a1.subject_id AND users_13.organization_id = $2::UUID AND (users_13.all_contract_accounts OR users_13.all_delivery_accounts OR users_13.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_52 
WHERE contract_grants_52.user_id = users_13.id AND contract_grants_52.contract_account_id = ANY (array((SELECT contract_grants_53.contract_account_id 
FROM contract_grants AS contract_grants_53 
WHERE contract_grants_53.user_id = $3::UUID AND (contract_grants_53.ends_at IS NULL OR contract_grants_53.ends_at > now())))) AND (contract_grants_52.ends_at IS NULL OR contract_grants_52.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_35 
WHERE delivery_grants_35.user_id = users_13.id AND (delivery_grants_35.delivery_account_id = ANY (array((SELECT delivery_grants_36.delivery_account_id 
FROM delivery_grants AS delivery_grants_36 
WHERE delivery_grants_36.user_id = $3::UUID AND (delivery_grants_36.ends_at IS NULL OR delivery_grants_36.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_20 
WHERE services_20.delivery_account_id = delivery_grants_35.delivery_account_id AND services_20.contract_account_id = ANY (array((SELECT contract_grants_54.contract_account_id 
FROM contract_grants AS contract_grants_54 
WHERE contract_grants_54.user_id = $3::UUID AND (contract_grants_54.ends_at IS NULL OR contract_grants_54.ends_at > now()))))))) AND (delivery_grants_35.ends_at IS NULL OR delivery_grants_35.ends_at > now()))))))) AND a1.kind = ANY ($4::TEXT[]) AND a1.actor_id = ANY ($5::UUID[]) AND (EXISTS (SELECT 1 
FROM users AS users_14 
WHERE users_14.id = a1.actor_id AND users_14.organization_id = $2::UUID AND (users_14.all_contract_accounts OR users_14.all_delivery_accounts OR users_14.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_55 
WHERE contract_grants_55.user_id = users_14.id AND contract_grants_55.contract_account_id = ANY (array((SELECT contract_grants_56.contract_account_id 
FROM contract_grants AS contract_grants_56 
WHERE contract_grants_56.user_id = $3::UUID AND (contract_grants_56.ends_at IS NULL OR contract_grants_56.ends_at > now())))) AND (contract_grants_55.ends_at IS NULL OR contract_grants_55.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_37 
WHERE delivery_grants_37.user_id = users_14.id AND (delivery_grants_37.delivery_account_id = ANY (array((SELECT delivery_grants_38.delivery_account_id 
FROM delivery_grants AS delivery_grants_38 
WHERE delivery_grants_38.user_id = $3::UUID AND (delivery_grants_38.ends_at IS NULL OR delivery_grants_38.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_21 
WHERE services_21.delivery_account_id = delivery_grants_37.delivery_account_id AND services_21.contract_account_id = ANY (array((SELECT contract_grants_57.contract_account_id 
FROM contract_grants AS contract_grants_57 
WHERE contract_grants_57.user_id = $3::UUID AND (contract_grants_57.ends_at IS NULL OR contract_grants_57.ends_at > now()))))))) AND (delivery_grants_37.ends_at IS NULL OR delivery_grants_37.ends_at > now())))))) ORDER BY a1.created_at DESC, a1.id DESC 
 LIMIT $1::BIGINT + 1) AS p) || '}') AS anon_1 
FROM guard
