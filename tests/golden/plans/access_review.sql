WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $6::UUID AND session.token_hash = $7::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $8::INTERVAL AND actor.tenant_id = $6::UUID AND actor.id = $9::UUID AND actor.version = $10::BIGINT AND coalesce(now() < $11::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT ('{"accessReview":' || coalesce((SELECT (('{"createdAt":' || rtrim(CAST(to_json(timezone('UTC', a1.created_at)) AS TEXT), '"') || 'Z","signedOffAt":' || coalesce((rtrim(CAST(to_json(timezone('UTC', a1.signed_off_at)) AS TEXT), '"') || 'Z"'), 'null')) || (',"signedOffBy":' || coalesce((SELECT ('{"email":' || CAST(to_json(a2.email) AS TEXT) || '}') AS anon_3 
FROM users AS a2 
WHERE (a2.id = a1.signed_off_by_id) AND (a2.organization_id = $1::UUID AND a2.tenant_id = $1::UUID)), 'null') || ',"entries":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(trim_array(array_agg(p.nodes_0), CAST(greatest(count(*) - $2::BIGINT, 0) AS INTEGER)), ','), '') || '],"pageInfo":{"hasNextPage":' || CAST(count(*) > $2::BIGINT AS TEXT) || ',"endCursor":' || coalesce(('"' || ((trim_array(array_agg(p.cursor), CAST(greatest(count(*) - $2::BIGINT, 0) AS INTEGER)))[CAST(least(count(*), $2::BIGINT) AS INTEGER)]) || '"'), 'null') || '}}') AS anon_4 
FROM (SELECT (('{"user":' || coalesce((SELECT ('{"email":' || CAST(to_json(a4.email) AS TEXT) || '}') AS anon_5 
FROM users AS a4 
WHERE (a4.id = a3.user_id) AND (a4.organization_id = $1::UUID AND a4.tenant_id = $1::UUID)), 'null') || ',"userEmail":' || CAST(to_json(a3.user_email) AS TEXT) || ',"kind":"' || a3.kind || '","accountId":' || coalesce(CAST(to_json(CASE a3.kind WHEN 'CONTRACT_ACCOUNT' THEN 'ca_' WHEN 'DELIVERY_ACCOUNT' THEN 'da_' END || CAST(a3.thing_id AS TEXT)) AS TEXT), 'null')) || ((',"name":' || coalesce(CAST(to_json(a3.name) AS TEXT), 'null') || ',"endsAt":' || coalesce((rtrim(CAST(to_json(timezone('UTC', a3.ends_at)) AS TEXT), '"') || 'Z"'), 'null')) || (',"why":' || CAST(to_json(a3.why) AS TEXT) || ',"rules":' || coalesce(CAST(to_json(a3.rules) AS TEXT), 'null') || '}'))) AS nodes_0, 1 AS peek, translate(encode(convert_to(CAST(json_build_array('USER_ASC', a3.user_email, a3.id) AS TEXT), 'UTF8'), 'base64'), E'+/=\n', '-_') AS cursor 
FROM access_review_entries AS a3 
WHERE (a3.organization_id = $1::UUID) AND a3.kind = ANY ($3::TEXT[]) AND a3.user_status = ANY ($4::TEXT[]) AND (a3.review_id = a1.id) ORDER BY a3.user_email ASC, a3.id ASC 
 LIMIT $2::BIGINT + 1) AS p) || '}')) AS anon_2 
FROM access_reviews AS a1 
WHERE a1.organization_id = $5::UUID AND NOT (EXISTS (SELECT '1' 
FROM access_reviews AS access_reviews_1 
WHERE access_reviews_1.organization_id = a1.organization_id AND (access_reviews_1.created_at, access_reviews_1.id) > (a1.created_at, a1.id) AND (access_reviews_1.organization_id = $1::UUID))) AND (a1.organization_id = $1::UUID)), 'null') || '}') AS anon_1 
FROM guard
