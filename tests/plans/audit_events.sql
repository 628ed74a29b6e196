WITH gate AS MATERIALIZED 
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
WHERE false))) AS TEXT), 'null') || ',"changes":[' || coalesce(array_to_string((SELECT array_agg(CAST(('{"field":' || CAST(to_json(a3.field) AS TEXT) || ',"before":' || coalesce(a3.before, 'null') || ',"after":' || coalesce(a3.after, 'null') || '}') AS TEXT)) AS array_agg_1 
FROM (SELECT anon_10.field AS field, anon_10.before AS before, anon_10.after AS after 
FROM (SELECT anon_11.key AS field, CASE WHEN (jsonb_typeof(anon_11.value -> 0) = 'array') THEN '[' || coalesce((SELECT string_agg(CAST(anon_12.entry AS TEXT), ',' ORDER BY anon_12.place) AS string_agg_1 
FROM jsonb_array_elements(anon_11.value -> 0) WITH ORDINALITY AS anon_12(entry, place) 
WHERE CAST(anon_12.entry AS TEXT) NOT LIKE ALL (anon_13.patterns)), '') || ']' WHEN (CAST(anon_11.value -> 0 AS TEXT) NOT LIKE ALL (anon_13.patterns)) THEN CAST(anon_11.value -> 0 AS TEXT) ELSE 'null' END AS before, CASE WHEN (jsonb_typeof(anon_11.value -> 1) = 'array') THEN '[' || coalesce((SELECT string_agg(CAST(anon_14.entry AS TEXT), ',' ORDER BY anon_14.place) AS string_agg_2 
FROM jsonb_array_elements(anon_11.value -> 1) WITH ORDINALITY AS anon_14(entry, place) 
WHERE CAST(anon_14.entry AS TEXT) NOT LIKE ALL (anon_13.patterns)), '') || ']' WHEN (CAST(anon_11.value -> 1 AS TEXT) NOT LIKE ALL (anon_13.patterns)) THEN CAST(anon_11.value -> 1 AS TEXT) ELSE 'null' END AS after 
FROM jsonb_each(nullif(a1.changes, CAST('null' AS JSONB))) AS anon_11(key, value) JOIN (SELECT array((SELECT '%' || anon_16.parts[1] || '\_' || anon_16.parts[2] || '%' AS anon_15 
FROM regexp_matches(CAST(a1.changes AS TEXT), '([a-z]{2,4})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', 'g') AS anon_16(parts) 
WHERE NOT (CASE WHEN (anon_16.parts[1] = 'org') THEN EXISTS (SELECT 1 
FROM organizations AS organizations_2 
WHERE organizations_2.id = CAST(anon_16.parts[2] AS UUID) AND organizations_2.id = $2::UUID
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_16.parts[1] = 'ca') THEN EXISTS (SELECT 1 
FROM contract_accounts AS contract_accounts_2 
WHERE contract_accounts_2.id = CAST(anon_16.parts[2] AS UUID) AND contract_accounts_2.organization_id = $2::UUID AND contract_accounts_2.id = ANY (array((SELECT contract_grants_10.contract_account_id 
FROM contract_grants AS contract_grants_10 
WHERE contract_grants_10.user_id = $3::UUID AND (contract_grants_10.ends_at IS NULL OR contract_grants_10.ends_at > now()))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_16.parts[1] = 'da') THEN EXISTS (SELECT 1 
FROM delivery_accounts AS delivery_accounts_2 
WHERE delivery_accounts_2.id = CAST(anon_16.parts[2] AS UUID) AND delivery_accounts_2.organization_id = $2::UUID AND (delivery_accounts_2.id = ANY (array((SELECT delivery_grants_6.delivery_account_id 
FROM delivery_grants AS delivery_grants_6 
WHERE delivery_grants_6.user_id = $3::UUID AND (delivery_grants_6.ends_at IS NULL OR delivery_grants_6.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_5 
WHERE services_5.delivery_account_id = delivery_accounts_2.id AND services_5.contract_account_id = ANY (array((SELECT contract_grants_11.contract_account_id 
FROM contract_grants AS contract_grants_11 
WHERE contract_grants_11.user_id = $3::UUID AND (contract_grants_11.ends_at IS NULL OR contract_grants_11.ends_at > now())))))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_16.parts[1] = 'svc') THEN EXISTS (SELECT 1 
FROM services AS services_6 
WHERE services_6.id = CAST(anon_16.parts[2] AS UUID) AND services_6.organization_id = $2::UUID AND services_6.contract_account_id = ANY (array((SELECT contract_grants_12.contract_account_id 
FROM contract_grants AS contract_grants_12 
WHERE contract_grants_12.user_id = $3::UUID AND (contract_grants_12.ends_at IS NULL OR contract_grants_12.ends_at > now()))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_16.parts[1] = 'usr') THEN EXISTS (SELECT 1 
FROM users AS users_2 
WHERE users_2.id = CAST(anon_16.parts[2] AS UUID) AND users_2.organization_id = $2::UUID AND (users_2.all_contract_accounts OR users_2.all_delivery_accounts OR users_2.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_13 
WHERE contract_grants_13.user_id = users_2.id AND contract_grants_13.contract_account_id = ANY (array((SELECT contract_grants_14.contract_account_id 
FROM contract_grants AS contract_grants_14 
WHERE contract_grants_14.user_id = $3::UUID AND (contract_grants_14.ends_at IS NULL OR contract_grants_14.ends_at > now())))) AND (contract_grants_13.ends_at IS NULL OR contract_grants_13.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_7 
WHERE delivery_grants_7.user_id = users_2.id AND (delivery_grants_7.delivery_account_id = ANY (array((SELECT delivery_grants_8.delivery_account_id 
FROM delivery_grants AS delivery_grants_8 
WHERE delivery_grants_8.user_id = $3::UUID AND (delivery_grants_8.ends_at IS NULL OR delivery_grants_8.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_7 
WHERE services_7.delivery_account_id = delivery_grants_7.delivery_account_id AND services_7.contract_account_id = ANY (array((SELECT contract_grants_15.contract_account_id 
FROM contract_grants AS contract_grants_15 
WHERE contract_grants_15.user_id = $3::UUID AND (contract_grants_15.ends_at IS NULL OR contract_grants_15.ends_at > now()))))))) AND (delivery_grants_7.ends_at IS NULL OR delivery_grants_7.ends_at > now()))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (anon_16.parts[1] = 'rev') THEN EXISTS (SELECT 1 
FROM access_reviews AS access_reviews_2 
WHERE false
 LIMIT ALL OFFSET 0) ELSE false END))) AS patterns
 LIMIT ALL OFFSET 0) AS anon_13 ON true
 LIMIT ALL OFFSET 0) AS anon_10 
WHERE anon_10.before IS DISTINCT FROM anon_10.after ORDER BY anon_10.field COLLATE "C") AS a3), ','), '') || ']}') AS nodes_0, 1 AS peek, translate(encode(convert_to(CAST(json_build_array('CREATED_AT_DESC', a1.created_at, a1.id) AS TEXT), 'UTF8'), 'base64'), E'+/=\n', '-_') AS cursor 
FROM audit_events AS a1 
WHERE a1.organization_id = $2::UUID AND (a1.subject_id = $3::UUID OR a1.actor_id = $3::UUID AND a1.subject_id IS NULL OR (EXISTS (SELECT 1 
FROM users AS users_3 
WHERE users_3.id = a1.subject_id AND users_3.organization_id = $2::UUID AND (users_3.all_contract_accounts OR users_3.all_delivery_accounts OR users_3.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_16 
WHERE contract_grants_16.user_id = users_3.id AND contract_grants_16.contract_account_id = ANY (array((SELECT contract_grants_17.contract_account_id 
FROM contract_grants AS contract_grants_17 
WHERE contract_grants_17.user_id = $3::UUID AND (contract_grants_17.ends_at IS NULL OR contract_grants_17.ends_at > now())))) AND (contract_grants_16.ends_at IS NULL OR contract_grants_16.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_9 
WHERE delivery_grants_9.user_id = users_3.id AND (delivery_grants_9.delivery_account_id = ANY (array((SELECT delivery_grants_10.delivery_account_id 
FROM delivery_grants AS delivery_grants_10 
WHERE delivery_grants_10.user_id = $3::UUID AND (delivery_grants_10.ends_at IS NULL OR delivery_grants_10.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_8 
WHERE services_8.delivery_account_id = delivery_grants_9.delivery_account_id AND services_8.contract_account_id = ANY (array((SELECT contract_grants_18.contract_account_id 
FROM contract_grants AS contract_grants_18 
WHERE contract_grants_18.user_id = $3::UUID AND (contract_grants_18.ends_at IS NULL OR contract_grants_18.ends_at > now()))))))) AND (delivery_grants_9.ends_at IS NULL OR delivery_grants_9.ends_at > now()))))))) AND a1.kind = ANY ($4::TEXT[]) AND a1.actor_id = ANY ($5::UUID[]) AND (EXISTS (SELECT 1 
FROM users AS users_4 
WHERE users_4.id = a1.actor_id AND users_4.organization_id = $2::UUID AND (users_4.all_contract_accounts OR users_4.all_delivery_accounts OR users_4.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS contract_grants_19 
WHERE contract_grants_19.user_id = users_4.id AND contract_grants_19.contract_account_id = ANY (array((SELECT contract_grants_20.contract_account_id 
FROM contract_grants AS contract_grants_20 
WHERE contract_grants_20.user_id = $3::UUID AND (contract_grants_20.ends_at IS NULL OR contract_grants_20.ends_at > now())))) AND (contract_grants_19.ends_at IS NULL OR contract_grants_19.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS delivery_grants_11 
WHERE delivery_grants_11.user_id = users_4.id AND (delivery_grants_11.delivery_account_id = ANY (array((SELECT delivery_grants_12.delivery_account_id 
FROM delivery_grants AS delivery_grants_12 
WHERE delivery_grants_12.user_id = $3::UUID AND (delivery_grants_12.ends_at IS NULL OR delivery_grants_12.ends_at > now())))) OR (EXISTS (SELECT 1 
FROM services AS services_9 
WHERE services_9.delivery_account_id = delivery_grants_11.delivery_account_id AND services_9.contract_account_id = ANY (array((SELECT contract_grants_21.contract_account_id 
FROM contract_grants AS contract_grants_21 
WHERE contract_grants_21.user_id = $3::UUID AND (contract_grants_21.ends_at IS NULL OR contract_grants_21.ends_at > now()))))))) AND (delivery_grants_11.ends_at IS NULL OR delivery_grants_11.ends_at > now())))))) ORDER BY a1.created_at DESC, a1.id DESC 
 LIMIT $1::BIGINT + 1) AS p) || '}') AS anon_1 
FROM gate
