WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $6::UUID AND session.token_hash = $7::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $8::INTERVAL AND actor.tenant_id = $6::UUID AND actor.id = $9::UUID AND actor.version = $10::BIGINT AND coalesce(now() < $11::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT ('{"one":' || coalesce((SELECT ('{"__typename":"ContractAccount","id":"ca_' || CAST(a1.id AS TEXT) || '","named":' || CAST(to_json(a1.name) AS TEXT) || ',"organization":' || (SELECT ('{"name":' || CAST(to_json(a2.name) AS TEXT) || '}') AS anon_3 
FROM organizations AS a2 
WHERE (a2.id = a1.organization_id) AND (a2.id = $1::UUID)) || '}') AS anon_2 
FROM contract_accounts AS a1 
WHERE a1.id = $2::UUID AND (a1.organization_id = $1::UUID)), 'null') || ',"same":[' || (SELECT coalesce(string_agg(coalesce(CASE WHEN (a3.type = 'ContractAccount') THEN (SELECT ('{"named":' || CAST(to_json(a4.name) AS TEXT) || ',"organization":' || (SELECT ('{"name":' || CAST(to_json(a5.name) AS TEXT) || '}') AS anon_5 
FROM organizations AS a5 
WHERE (a5.id = a4.organization_id) AND (a5.id = $1::UUID)) || '}') AS anon_4 
FROM contract_accounts AS a4 
WHERE a4.id = a3.key AND (a4.organization_id = $1::UUID)) WHEN (a3.type = 'User') THEN (SELECT '{}' 
FROM users AS a6 
WHERE a6.id = a3.key AND (a6.organization_id = $1::UUID AND a6.tenant_id = $1::UUID)) END, 'null'), ',' ORDER BY a3.place), '') AS coalesce_1 
FROM unnest($3::UUID[], $4::TEXT[]) WITH ORDINALITY AS a3(key, type, place)) || '],"__typename":"Query","services":' || (SELECT ('{"__typename":"ServiceConnection","nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_6 
FROM (SELECT ('{"number":"' || a7.code || '","code":"' || a7.code || '"}') AS nodes_0 
FROM services AS a7 
WHERE (a7.organization_id = $1::UUID) ORDER BY a7.code ASC, a7.id ASC 
 LIMIT $5::BIGINT) AS p) || '}') AS anon_1 
FROM guard
