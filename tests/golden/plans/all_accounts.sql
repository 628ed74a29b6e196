WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $4::UUID AND session.token_hash = $5::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $6::INTERVAL AND actor.tenant_id = $4::UUID AND actor.id = $7::UUID AND actor.version = $8::BIGINT AND coalesce(now() < $9::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $1::UUID AND actor.tenant_id = $1::UUID)
 SELECT ('{"contractAccounts":' || (SELECT (('{"totalCount":' || CAST((SELECT count(*) AS count_1 
FROM contract_accounts AS a2 
WHERE (a2.organization_id = $1::UUID)) AS TEXT) || ',"edges":[' || coalesce(array_to_string(trim_array(array_agg(p.edges_0), CAST(greatest(count(*) - $2::BIGINT, 0) AS INTEGER)), ','), '') || '],"pageInfo":{"hasNextPage":' || CAST(count(*) > $2::BIGINT AS TEXT)) || (',"hasPreviousPage":' || CAST(false AS TEXT) || ',"startCursor":' || coalesce(('"' || ((trim_array(array_agg(p.cursor), CAST(greatest(count(*) - $2::BIGINT, 0) AS INTEGER)))[1]) || '"'), 'null') || ',"endCursor":' || coalesce(('"' || ((trim_array(array_agg(p.cursor), CAST(greatest(count(*) - $2::BIGINT, 0) AS INTEGER)))[CAST(least(count(*), $2::BIGINT) AS INTEGER)]) || '"'), 'null') || '}}')) AS anon_2 
FROM (SELECT (('{"cursor":"' || translate(encode(convert_to(CAST(json_build_array('NAME_DESC', a1.name_key, a1.id) AS TEXT), 'UTF8'), 'base64'), E'+/=\n', '-_') || '","node":{"id":"ca_' || CAST(a1.id AS TEXT)) || ('","name":' || CAST(to_json(a1.name) AS TEXT) || ',"services":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(array_agg(p.nodes_0), ','), '') || ']}') AS anon_3 
FROM (SELECT (('{"code":"' || a3.code || '","name":' || CAST(to_json(a3.name) AS TEXT)) || (',"site":{"city":' || CAST(to_json(a3.city) AS TEXT) || ',"country":"' || a3.country || '"}}')) AS nodes_0 
FROM services AS a3 
WHERE (a3.organization_id = $1::UUID) AND (a3.contract_account_id = a1.id) ORDER BY a3.code ASC, a3.id ASC 
 LIMIT $3::BIGINT) AS p) || '}}')) AS edges_0, 1 AS peek, translate(encode(convert_to(CAST(json_build_array('NAME_DESC', a1.name_key, a1.id) AS TEXT), 'UTF8'), 'base64'), E'+/=\n', '-_') AS cursor 
FROM contract_accounts AS a1 
WHERE (a1.organization_id = $1::UUID) ORDER BY a1.name_key DESC, a1.id DESC 
 LIMIT $2::BIGINT + 1) AS p) || '}') AS anon_1 
FROM guard
