WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $3::UUID AND session.token_hash = $4::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $5::INTERVAL AND actor.tenant_id = $3::UUID AND actor.id = $6::UUID AND actor.version = $7::BIGINT AND coalesce(now() < $8::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $2::UUID AND actor.tenant_id = $2::UUID)
 SELECT ('{"services":' || (SELECT (('{"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0 ORDER BY p.ordinal DESC) FILTER (WHERE p.ordinal <= $1::BIGINT), ','), '') || '],"edges":[' || coalesce(array_to_string(array_agg(p.edges_1 ORDER BY p.ordinal DESC) FILTER (WHERE p.ordinal <= $1::BIGINT), ','), '')) || ('],"pageInfo":{"hasNextPage":' || CAST(false AS TEXT) || ',"hasPreviousPage":' || CAST(count(*) > $1::BIGINT AS TEXT) || '}}')) AS anon_2 
FROM (SELECT ('{"code":"' || a1.code || '"}') AS nodes_0, ('{"node":{"code":"' || a1.code || '"}}') AS edges_1, 1 AS peek, row_number() OVER (ORDER BY a1.code DESC, a1.id DESC) AS ordinal 
FROM services AS a1 
WHERE (a1.organization_id = $2::UUID) ORDER BY a1.code DESC, a1.id DESC 
 LIMIT $1::BIGINT + 1) AS p) || '}') AS anon_1 
FROM guard
