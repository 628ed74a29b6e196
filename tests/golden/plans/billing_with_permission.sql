WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $3::UUID AND session.token_hash = $4::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $5::INTERVAL AND actor.tenant_id = $3::UUID AND actor.id = $6::UUID AND actor.version = $7::BIGINT AND coalesce(now() < $8::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT ('{"contractAccounts":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_2 
FROM (SELECT (('{"name":' || CAST(to_json(a1.name) AS TEXT) || ',"billing":{"vatNumber":' || coalesce(CAST(to_json(a1.vat_number) AS TEXT), 'null') || ',"billingEmail":') || (coalesce(CAST(to_json(a1.billing_email) AS TEXT), 'null') || ',"currency":' || coalesce(CAST(to_json(a1.currency) AS TEXT), 'null') || '},"viewerCan":' || '["VIEW"]' || '}')) AS nodes_0 
FROM contract_accounts AS a1 
WHERE (a1.organization_id = $1::UUID) ORDER BY a1.name_key ASC, a1.id ASC 
 LIMIT $2::BIGINT) AS p) || '}') AS anon_1 
FROM guard
