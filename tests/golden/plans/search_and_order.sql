WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $8::UUID AND session.token_hash = $9::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $10::INTERVAL AND actor.tenant_id = $8::UUID AND actor.id = $11::UUID AND actor.version = $12::BIGINT AND coalesce(now() < $13::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT ('{"services":' || (SELECT ('{"totalCount":' || CAST((SELECT count(*) AS count_1 
FROM services AS a2 
WHERE (a2.organization_id = $1::UUID) AND (a2.name_key || ' ' || lower(a2.code) || ' ' || a2.city_key LIKE ALL (array((SELECT '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' AS anon_3 
FROM regexp_split_to_table(fold($2::VARCHAR), '\s+') AS word))))) AS TEXT) || ',"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_2 
FROM (SELECT ('{"code":"' || a1.code || '","site":{"city":' || CAST(to_json(a1.city) AS TEXT) || '}}') AS nodes_0 
FROM services AS a1 
WHERE (a1.organization_id = $1::UUID) AND (a1.name_key || ' ' || lower(a1.code) || ' ' || a1.city_key LIKE ALL (array((SELECT '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' AS anon_4 
FROM regexp_split_to_table(fold($2::VARCHAR), '\s+') AS word)))) ORDER BY a1.city_key DESC, a1.id DESC 
 LIMIT $3::BIGINT) AS p) || ',"users":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_5 
FROM (SELECT ('{"email":' || CAST(to_json(a3.email) AS TEXT) || ',"status":"' || CASE WHEN (a3.removed_at IS NOT NULL) THEN 'REMOVED' WHEN (a3.activated_at IS NOT NULL) THEN 'ACTIVE' WHEN (EXISTS (SELECT '1' 
FROM one_time_tokens AS t1_one_time_tokens_1 
WHERE t1_one_time_tokens_1.user_id = a3.id AND t1_one_time_tokens_1.tenant_id = $1::UUID AND t1_one_time_tokens_1.purpose = 'ACTIVATION' AND t1_one_time_tokens_1.used_at IS NULL AND t1_one_time_tokens_1.revoked_at IS NULL AND t1_one_time_tokens_1.expires_at > now()
 LIMIT ALL OFFSET 0)) THEN 'PENDING' ELSE 'EXPIRED' END || '"}') AS nodes_0 
FROM users AS a3 
WHERE (a3.organization_id = $1::UUID AND a3.tenant_id = $1::UUID) AND (a3.name_key LIKE ALL (array((SELECT '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' AS anon_6 
FROM regexp_split_to_table(fold($4::VARCHAR), '\s+') AS word)))) AND CASE WHEN (a3.removed_at IS NOT NULL) THEN 'REMOVED' WHEN (a3.activated_at IS NOT NULL) THEN 'ACTIVE' WHEN (EXISTS (SELECT '1' 
FROM one_time_tokens AS one_time_tokens_1 
WHERE one_time_tokens_1.user_id = a3.id AND one_time_tokens_1.tenant_id = $1::UUID AND one_time_tokens_1.purpose = 'ACTIVATION' AND one_time_tokens_1.used_at IS NULL AND one_time_tokens_1.revoked_at IS NULL AND one_time_tokens_1.expires_at > now()
 LIMIT ALL OFFSET 0)) THEN 'PENDING' ELSE 'EXPIRED' END = ANY ($5::TEXT[]) ORDER BY a3.name_key ASC, a3.id ASC 
 LIMIT $6::BIGINT) AS p) || ',"none":{"totalCount":' || CAST((SELECT count(*) AS count_2 
FROM services AS a5 
WHERE (a5.organization_id = $1::UUID) AND (a5.name_key || ' ' || lower(a5.code) || ' ' || a5.city_key LIKE ALL (array((SELECT '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' AS anon_7 
FROM regexp_split_to_table(fold($7::VARCHAR), '\s+') AS word))))) AS TEXT) || '}}') AS anon_1 
FROM guard
