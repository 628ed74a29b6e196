WITH guard AS MATERIALIZED 
(SELECT 1 AS open 
FROM sessions AS session JOIN users AS actor ON actor.id = session.user_id 
WHERE session.tenant_id = $6::UUID AND session.token_hash = $7::BYTEA AND session.expires_at > now() AND session.last_seen_at > now() - $8::INTERVAL AND actor.tenant_id = $6::UUID AND actor.id = $3::UUID AND actor.version = $9::BIGINT AND coalesce(now() < $10::TIMESTAMP WITH TIME ZONE, true) AND actor.activated_at IS NOT NULL AND actor.removed_at IS NULL AND actor.organization_id = $2::UUID AND actor.tenant_id = $2::UUID)
 SELECT (SELECT ('{"auditEvents":' || (SELECT ('{"nodes":[' || coalesce(array_to_string(trim_array(array_agg(p.nodes_0), CAST(greatest(count(*) - $1::BIGINT, 0) AS INTEGER)), ','), '') || '],"pageInfo":{"hasNextPage":' || CAST(count(*) > $1::BIGINT AS TEXT) || ',"endCursor":' || coalesce(('"' || ((trim_array(array_agg(p.cursor), CAST(greatest(count(*) - $1::BIGINT, 0) AS INTEGER)))[CAST(least(count(*), $1::BIGINT) AS INTEGER)]) || '"'), 'null') || '}}') AS anon_2 
FROM (SELECT (('{"kind":"' || upper(translate(a1.kind, '.', '_')) || '","createdAt":' || rtrim(CAST(to_json(timezone('UTC', a1.created_at)) AS TEXT), '"') || 'Z","actor":') || (coalesce((SELECT ('{"email":' || CAST(to_json(a2.email) AS TEXT) || '}') AS anon_3 
FROM users AS a2 
WHERE (a2.id = a1.actor_id) AND (a2.organization_id = $2::UUID AND a2.tenant_id = $2::UUID AND (a2.all_contract_accounts OR a2.all_delivery_accounts OR a2.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = a2.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $2::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = a2.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))) AND t1_delivery_grants_1.organization_id = $2::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now())))))), 'null') || ',"subjectId":' || coalesce(CAST(to_json(coalesce((SELECT 'org_' || CAST(t3_organizations_1.id AS TEXT) AS t3_anon_1 
FROM organizations AS t3_organizations_1 
WHERE t3_organizations_1.id = a1.subject_id AND (t3_organizations_1.id = $2::UUID)), (SELECT 'ca_' || CAST(t3_contract_accounts_1.id AS TEXT) AS t3_anon_2 
FROM contract_accounts AS t3_contract_accounts_1 
WHERE t3_contract_accounts_1.id = a1.subject_id AND (t3_contract_accounts_1.organization_id = $2::UUID AND t3_contract_accounts_1.id = ANY (own.s0))), (SELECT 'da_' || CAST(t3_delivery_accounts_1.id AS TEXT) AS t3_anon_3 
FROM delivery_accounts AS t3_delivery_accounts_1 
WHERE t3_delivery_accounts_1.id = a1.subject_id AND (t3_delivery_accounts_1.organization_id = $2::UUID AND (t3_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t3_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))), (SELECT 'svc_' || CAST(t3_services_1.id AS TEXT) AS t3_anon_4 
FROM services AS t3_services_1 
WHERE t3_services_1.id = a1.subject_id AND (t3_services_1.organization_id = $2::UUID AND t3_services_1.contract_account_id = ANY (own.s0))), (SELECT 'usr_' || CAST(t3_users_1.id AS TEXT) AS t3_anon_5 
FROM users AS t3_users_1 
WHERE t3_users_1.id = a1.subject_id AND (t3_users_1.organization_id = $2::UUID AND t3_users_1.tenant_id = $2::UUID AND (t3_users_1.all_contract_accounts OR t3_users_1.all_delivery_accounts OR t3_users_1.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = t3_users_1.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $2::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = t3_users_1.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))) AND t1_delivery_grants_1.organization_id = $2::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now())))))), (SELECT 'rev_' || CAST(t3_access_reviews_1.id AS TEXT) AS t3_anon_6 
FROM access_reviews AS t3_access_reviews_1 
WHERE false), (SELECT 'tpl_' || CAST(t3_access_templates_1.id AS TEXT) AS t3_anon_7 
FROM access_templates AS t3_access_templates_1 
WHERE t3_access_templates_1.id = a1.subject_id AND (t3_access_templates_1.organization_id = $2::UUID AND t3_access_templates_1.audience IN ('DELIVERY', 'ORGANIZATION') AND t3_access_templates_1.all_contract_accounts = false AND t3_access_templates_1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM unnest(t3_access_templates_1.permissions) AS t2_anon_1(permission) 
WHERE (t2_anon_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT')))) AND NOT (EXISTS (SELECT 1 
FROM unnest(t3_access_templates_1.contract_accounts) AS t2_anon_2(id) 
WHERE NOT (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_1 
WHERE t2_contract_accounts_1.id = t2_anon_2.id AND t2_contract_accounts_1.organization_id = t3_access_templates_1.organization_id AND t2_contract_accounts_1.organization_id = $2::UUID AND (t2_contract_accounts_1.organization_id = $2::UUID AND t2_contract_accounts_1.id = ANY (own.s0)))))) AND NOT (EXISTS (SELECT 1 
FROM unnest(t3_access_templates_1.delivery_accounts) AS t2_anon_3(id) 
WHERE NOT (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_1 
WHERE t2_delivery_accounts_1.id = t2_anon_3.id AND t2_delivery_accounts_1.organization_id = t3_access_templates_1.organization_id AND t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))))))))), (SELECT 'cli_' || CAST(t3_api_clients_1.id AS TEXT) AS t3_anon_8 
FROM api_clients AS t3_api_clients_1 
WHERE t3_api_clients_1.id = a1.subject_id AND (t3_api_clients_1.organization_id = $2::UUID AND (t3_api_clients_1.owner_id = $3::UUID OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM users AS t2_users_1 
WHERE t2_users_1.id = t3_api_clients_1.owner_id AND t2_users_1.all_contract_accounts AND t2_users_1.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_1.all_contract_accounts = false AND t2_users_1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_1 
WHERE t2_user_permissions_1.user_id = t2_users_1.id AND t2_user_permissions_1.organization_id = $2::UUID AND (t2_user_permissions_1.ends_at IS NULL OR t2_user_permissions_1.ends_at > now()) AND (t2_user_permissions_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_1 JOIN contract_accounts AS t2_contract_accounts_1 ON t2_contract_accounts_1.id = t2_contract_grants_1.contract_account_id 
WHERE t2_contract_grants_1.user_id = t2_users_1.id AND t2_contract_grants_1.organization_id = $2::UUID AND t2_contract_accounts_1.organization_id = $2::UUID AND (t2_contract_grants_1.ends_at IS NULL OR t2_contract_grants_1.ends_at > now()) AND (t2_contract_accounts_1.organization_id = $2::UUID AND t2_contract_accounts_1.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_1 JOIN delivery_accounts AS t2_delivery_accounts_1 ON t2_delivery_accounts_1.id = t2_delivery_grants_1.delivery_account_id 
WHERE t2_delivery_grants_1.user_id = t2_users_1.id AND t2_delivery_grants_1.organization_id = $2::UUID AND t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_grants_1.ends_at IS NULL OR t2_delivery_grants_1.ends_at > now()) AND (t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_1.organization_id = $2::UUID AND t2_users_1.tenant_id = $2::UUID)) OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM users AS t2_users_2 
WHERE t2_users_2.id = t3_api_clients_1.owner_id AND t2_users_2.all_delivery_accounts AND t2_users_2.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_2.all_contract_accounts = false AND t2_users_2.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_2 
WHERE t2_user_permissions_2.user_id = t2_users_2.id AND t2_user_permissions_2.organization_id = $2::UUID AND (t2_user_permissions_2.ends_at IS NULL OR t2_user_permissions_2.ends_at > now()) AND (t2_user_permissions_2.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_2 JOIN contract_accounts AS t2_contract_accounts_2 ON t2_contract_accounts_2.id = t2_contract_grants_2.contract_account_id 
WHERE t2_contract_grants_2.user_id = t2_users_2.id AND t2_contract_grants_2.organization_id = $2::UUID AND t2_contract_accounts_2.organization_id = $2::UUID AND (t2_contract_grants_2.ends_at IS NULL OR t2_contract_grants_2.ends_at > now()) AND (t2_contract_accounts_2.organization_id = $2::UUID AND t2_contract_accounts_2.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_2 JOIN delivery_accounts AS t2_delivery_accounts_2 ON t2_delivery_accounts_2.id = t2_delivery_grants_2.delivery_account_id 
WHERE t2_delivery_grants_2.user_id = t2_users_2.id AND t2_delivery_grants_2.organization_id = $2::UUID AND t2_delivery_accounts_2.organization_id = $2::UUID AND (t2_delivery_grants_2.ends_at IS NULL OR t2_delivery_grants_2.ends_at > now()) AND (t2_delivery_accounts_2.organization_id = $2::UUID AND (t2_delivery_accounts_2.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_2.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_2.organization_id = $2::UUID AND t2_users_2.tenant_id = $2::UUID)) OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_3 
WHERE t2_contract_grants_3.user_id = t3_api_clients_1.owner_id AND t2_contract_grants_3.contract_account_id = ANY (own.s0) AND t2_contract_grants_3.organization_id = $2::UUID AND (t2_contract_grants_3.ends_at IS NULL OR t2_contract_grants_3.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_3 
WHERE t2_users_3.id = t3_api_clients_1.owner_id AND t2_users_3.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_3.all_contract_accounts = false AND t2_users_3.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_3 
WHERE t2_user_permissions_3.user_id = t2_users_3.id AND t2_user_permissions_3.organization_id = $2::UUID AND (t2_user_permissions_3.ends_at IS NULL OR t2_user_permissions_3.ends_at > now()) AND (t2_user_permissions_3.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_5 JOIN contract_accounts AS t2_contract_accounts_3 ON t2_contract_accounts_3.id = t2_contract_grants_5.contract_account_id 
WHERE t2_contract_grants_5.user_id = t2_users_3.id AND t2_contract_grants_5.organization_id = $2::UUID AND t2_contract_accounts_3.organization_id = $2::UUID AND (t2_contract_grants_5.ends_at IS NULL OR t2_contract_grants_5.ends_at > now()) AND (t2_contract_accounts_3.organization_id = $2::UUID AND t2_contract_accounts_3.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_3 JOIN delivery_accounts AS t2_delivery_accounts_3 ON t2_delivery_accounts_3.id = t2_delivery_grants_3.delivery_account_id 
WHERE t2_delivery_grants_3.user_id = t2_users_3.id AND t2_delivery_grants_3.organization_id = $2::UUID AND t2_delivery_accounts_3.organization_id = $2::UUID AND (t2_delivery_grants_3.ends_at IS NULL OR t2_delivery_grants_3.ends_at > now()) AND (t2_delivery_accounts_3.organization_id = $2::UUID AND (t2_delivery_accounts_3.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_3.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_3.organization_id = $2::UUID AND t2_users_3.tenant_id = $2::UUID)) OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_4 
WHERE t2_delivery_grants_4.user_id = t3_api_clients_1.owner_id AND t2_delivery_grants_4.delivery_account_id = ANY (own.s1) AND t2_delivery_grants_4.organization_id = $2::UUID AND (t2_delivery_grants_4.ends_at IS NULL OR t2_delivery_grants_4.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_4 
WHERE t2_users_4.id = t3_api_clients_1.owner_id AND t2_users_4.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_4.all_contract_accounts = false AND t2_users_4.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_4 
WHERE t2_user_permissions_4.user_id = t2_users_4.id AND t2_user_permissions_4.organization_id = $2::UUID AND (t2_user_permissions_4.ends_at IS NULL OR t2_user_permissions_4.ends_at > now()) AND (t2_user_permissions_4.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_6 JOIN contract_accounts AS t2_contract_accounts_4 ON t2_contract_accounts_4.id = t2_contract_grants_6.contract_account_id 
WHERE t2_contract_grants_6.user_id = t2_users_4.id AND t2_contract_grants_6.organization_id = $2::UUID AND t2_contract_accounts_4.organization_id = $2::UUID AND (t2_contract_grants_6.ends_at IS NULL OR t2_contract_grants_6.ends_at > now()) AND (t2_contract_accounts_4.organization_id = $2::UUID AND t2_contract_accounts_4.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_6 JOIN delivery_accounts AS t2_delivery_accounts_4 ON t2_delivery_accounts_4.id = t2_delivery_grants_6.delivery_account_id 
WHERE t2_delivery_grants_6.user_id = t2_users_4.id AND t2_delivery_grants_6.organization_id = $2::UUID AND t2_delivery_accounts_4.organization_id = $2::UUID AND (t2_delivery_grants_6.ends_at IS NULL OR t2_delivery_grants_6.ends_at > now()) AND (t2_delivery_accounts_4.organization_id = $2::UUID AND (t2_delivery_accounts_4.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_4.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_4.organization_id = $2::UUID AND t2_users_4.tenant_id = $2::UUID)) OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_7 
WHERE t2_delivery_grants_7.user_id = t3_api_clients_1.owner_id AND (EXISTS (SELECT 1 
FROM services AS t2_services_1 
WHERE t2_services_1.delivery_account_id = t2_delivery_grants_7.delivery_account_id AND t2_services_1.contract_account_id = ANY (own.s0) AND t2_services_1.organization_id = $2::UUID)) AND t2_delivery_grants_7.organization_id = $2::UUID AND (t2_delivery_grants_7.ends_at IS NULL OR t2_delivery_grants_7.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_5 
WHERE t2_users_5.id = t3_api_clients_1.owner_id AND t2_users_5.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_5.all_contract_accounts = false AND t2_users_5.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_5 
WHERE t2_user_permissions_5.user_id = t2_users_5.id AND t2_user_permissions_5.organization_id = $2::UUID AND (t2_user_permissions_5.ends_at IS NULL OR t2_user_permissions_5.ends_at > now()) AND (t2_user_permissions_5.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_8 JOIN contract_accounts AS t2_contract_accounts_5 ON t2_contract_accounts_5.id = t2_contract_grants_8.contract_account_id 
WHERE t2_contract_grants_8.user_id = t2_users_5.id AND t2_contract_grants_8.organization_id = $2::UUID AND t2_contract_accounts_5.organization_id = $2::UUID AND (t2_contract_grants_8.ends_at IS NULL OR t2_contract_grants_8.ends_at > now()) AND (t2_contract_accounts_5.organization_id = $2::UUID AND t2_contract_accounts_5.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_8 JOIN delivery_accounts AS t2_delivery_accounts_5 ON t2_delivery_accounts_5.id = t2_delivery_grants_8.delivery_account_id 
WHERE t2_delivery_grants_8.user_id = t2_users_5.id AND t2_delivery_grants_8.organization_id = $2::UUID AND t2_delivery_accounts_5.organization_id = $2::UUID AND (t2_delivery_grants_8.ends_at IS NULL OR t2_delivery_grants_8.ends_at > now()) AND (t2_delivery_accounts_5.organization_id = $2::UUID AND (t2_delivery_accounts_5.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_5.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_5.organization_id = $2::UUID AND t2_users_5.tenant_id = $2::UUID))))), (SELECT 'arq_' || CAST(t3_access_requests_1.id AS TEXT) AS t3_anon_9 
FROM access_requests AS t3_access_requests_1 
WHERE t3_access_requests_1.id = a1.subject_id AND (t3_access_requests_1.organization_id = $2::UUID AND (t3_access_requests_1.requester_id = $3::UUID OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_1 
WHERE t2_contract_accounts_1.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_1.organization_id = $2::UUID AND (t2_contract_accounts_1.organization_id = $2::UUID AND t2_contract_accounts_1.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_1 
WHERE t2_delivery_accounts_1.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_1 
WHERE t2_users_1.id = t3_access_requests_1.requester_id AND t2_users_1.all_contract_accounts AND t2_users_1.removed_at IS NULL AND t2_users_1.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_1.all_contract_accounts = false AND t2_users_1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_1 
WHERE t2_user_permissions_1.user_id = t2_users_1.id AND t2_user_permissions_1.organization_id = $2::UUID AND (t2_user_permissions_1.ends_at IS NULL OR t2_user_permissions_1.ends_at > now()) AND (t2_user_permissions_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_1 JOIN contract_accounts AS t2_contract_accounts_2 ON t2_contract_accounts_2.id = t2_contract_grants_1.contract_account_id 
WHERE t2_contract_grants_1.user_id = t2_users_1.id AND t2_contract_grants_1.organization_id = $2::UUID AND t2_contract_accounts_2.organization_id = $2::UUID AND (t2_contract_grants_1.ends_at IS NULL OR t2_contract_grants_1.ends_at > now()) AND (t2_contract_accounts_2.organization_id = $2::UUID AND t2_contract_accounts_2.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_1 JOIN delivery_accounts AS t2_delivery_accounts_2 ON t2_delivery_accounts_2.id = t2_delivery_grants_1.delivery_account_id 
WHERE t2_delivery_grants_1.user_id = t2_users_1.id AND t2_delivery_grants_1.organization_id = $2::UUID AND t2_delivery_accounts_2.organization_id = $2::UUID AND (t2_delivery_grants_1.ends_at IS NULL OR t2_delivery_grants_1.ends_at > now()) AND (t2_delivery_accounts_2.organization_id = $2::UUID AND (t2_delivery_accounts_2.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_2.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_1.organization_id = $2::UUID AND t2_users_1.tenant_id = $2::UUID)) OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_3 
WHERE t2_contract_accounts_3.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_3.organization_id = $2::UUID AND (t2_contract_accounts_3.organization_id = $2::UUID AND t2_contract_accounts_3.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_3 
WHERE t2_delivery_accounts_3.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_3.organization_id = $2::UUID AND (t2_delivery_accounts_3.organization_id = $2::UUID AND (t2_delivery_accounts_3.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_3.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_2 
WHERE t2_users_2.id = t3_access_requests_1.requester_id AND t2_users_2.all_delivery_accounts AND t2_users_2.removed_at IS NULL AND t2_users_2.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_2.all_contract_accounts = false AND t2_users_2.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_2 
WHERE t2_user_permissions_2.user_id = t2_users_2.id AND t2_user_permissions_2.organization_id = $2::UUID AND (t2_user_permissions_2.ends_at IS NULL OR t2_user_permissions_2.ends_at > now()) AND (t2_user_permissions_2.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_2 JOIN contract_accounts AS t2_contract_accounts_4 ON t2_contract_accounts_4.id = t2_contract_grants_2.contract_account_id 
WHERE t2_contract_grants_2.user_id = t2_users_2.id AND t2_contract_grants_2.organization_id = $2::UUID AND t2_contract_accounts_4.organization_id = $2::UUID AND (t2_contract_grants_2.ends_at IS NULL OR t2_contract_grants_2.ends_at > now()) AND (t2_contract_accounts_4.organization_id = $2::UUID AND t2_contract_accounts_4.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_2 JOIN delivery_accounts AS t2_delivery_accounts_4 ON t2_delivery_accounts_4.id = t2_delivery_grants_2.delivery_account_id 
WHERE t2_delivery_grants_2.user_id = t2_users_2.id AND t2_delivery_grants_2.organization_id = $2::UUID AND t2_delivery_accounts_4.organization_id = $2::UUID AND (t2_delivery_grants_2.ends_at IS NULL OR t2_delivery_grants_2.ends_at > now()) AND (t2_delivery_accounts_4.organization_id = $2::UUID AND (t2_delivery_accounts_4.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_4.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_2.organization_id = $2::UUID AND t2_users_2.tenant_id = $2::UUID)) OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_3 
WHERE t2_contract_grants_3.user_id = t3_access_requests_1.requester_id AND t2_contract_grants_3.contract_account_id = ANY (own.s0) AND t2_contract_grants_3.organization_id = $2::UUID AND (t2_contract_grants_3.ends_at IS NULL OR t2_contract_grants_3.ends_at > now()))) AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_5 
WHERE t2_contract_accounts_5.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_5.organization_id = $2::UUID AND (t2_contract_accounts_5.organization_id = $2::UUID AND t2_contract_accounts_5.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_5 
WHERE t2_delivery_accounts_5.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_5.organization_id = $2::UUID AND (t2_delivery_accounts_5.organization_id = $2::UUID AND (t2_delivery_accounts_5.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_5.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_3 
WHERE t2_users_3.id = t3_access_requests_1.requester_id AND t2_users_3.removed_at IS NULL AND t2_users_3.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_3.all_contract_accounts = false AND t2_users_3.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_3 
WHERE t2_user_permissions_3.user_id = t2_users_3.id AND t2_user_permissions_3.organization_id = $2::UUID AND (t2_user_permissions_3.ends_at IS NULL OR t2_user_permissions_3.ends_at > now()) AND (t2_user_permissions_3.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_5 JOIN contract_accounts AS t2_contract_accounts_6 ON t2_contract_accounts_6.id = t2_contract_grants_5.contract_account_id 
WHERE t2_contract_grants_5.user_id = t2_users_3.id AND t2_contract_grants_5.organization_id = $2::UUID AND t2_contract_accounts_6.organization_id = $2::UUID AND (t2_contract_grants_5.ends_at IS NULL OR t2_contract_grants_5.ends_at > now()) AND (t2_contract_accounts_6.organization_id = $2::UUID AND t2_contract_accounts_6.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_3 JOIN delivery_accounts AS t2_delivery_accounts_6 ON t2_delivery_accounts_6.id = t2_delivery_grants_3.delivery_account_id 
WHERE t2_delivery_grants_3.user_id = t2_users_3.id AND t2_delivery_grants_3.organization_id = $2::UUID AND t2_delivery_accounts_6.organization_id = $2::UUID AND (t2_delivery_grants_3.ends_at IS NULL OR t2_delivery_grants_3.ends_at > now()) AND (t2_delivery_accounts_6.organization_id = $2::UUID AND (t2_delivery_accounts_6.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_6.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_3.organization_id = $2::UUID AND t2_users_3.tenant_id = $2::UUID)) OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_4 
WHERE t2_delivery_grants_4.user_id = t3_access_requests_1.requester_id AND t2_delivery_grants_4.delivery_account_id = ANY (own.s1) AND t2_delivery_grants_4.organization_id = $2::UUID AND (t2_delivery_grants_4.ends_at IS NULL OR t2_delivery_grants_4.ends_at > now()))) AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_7 
WHERE t2_contract_accounts_7.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_7.organization_id = $2::UUID AND (t2_contract_accounts_7.organization_id = $2::UUID AND t2_contract_accounts_7.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_7 
WHERE t2_delivery_accounts_7.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_7.organization_id = $2::UUID AND (t2_delivery_accounts_7.organization_id = $2::UUID AND (t2_delivery_accounts_7.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_7.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_4 
WHERE t2_users_4.id = t3_access_requests_1.requester_id AND t2_users_4.removed_at IS NULL AND t2_users_4.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_4.all_contract_accounts = false AND t2_users_4.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_4 
WHERE t2_user_permissions_4.user_id = t2_users_4.id AND t2_user_permissions_4.organization_id = $2::UUID AND (t2_user_permissions_4.ends_at IS NULL OR t2_user_permissions_4.ends_at > now()) AND (t2_user_permissions_4.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_6 JOIN contract_accounts AS t2_contract_accounts_8 ON t2_contract_accounts_8.id = t2_contract_grants_6.contract_account_id 
WHERE t2_contract_grants_6.user_id = t2_users_4.id AND t2_contract_grants_6.organization_id = $2::UUID AND t2_contract_accounts_8.organization_id = $2::UUID AND (t2_contract_grants_6.ends_at IS NULL OR t2_contract_grants_6.ends_at > now()) AND (t2_contract_accounts_8.organization_id = $2::UUID AND t2_contract_accounts_8.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_6 JOIN delivery_accounts AS t2_delivery_accounts_8 ON t2_delivery_accounts_8.id = t2_delivery_grants_6.delivery_account_id 
WHERE t2_delivery_grants_6.user_id = t2_users_4.id AND t2_delivery_grants_6.organization_id = $2::UUID AND t2_delivery_accounts_8.organization_id = $2::UUID AND (t2_delivery_grants_6.ends_at IS NULL OR t2_delivery_grants_6.ends_at > now()) AND (t2_delivery_accounts_8.organization_id = $2::UUID AND (t2_delivery_accounts_8.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_8.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_4.organization_id = $2::UUID AND t2_users_4.tenant_id = $2::UUID)) OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_7 
WHERE t2_delivery_grants_7.user_id = t3_access_requests_1.requester_id AND (EXISTS (SELECT 1 
FROM services AS t2_services_1 
WHERE t2_services_1.delivery_account_id = t2_delivery_grants_7.delivery_account_id AND t2_services_1.contract_account_id = ANY (own.s0) AND t2_services_1.organization_id = $2::UUID)) AND t2_delivery_grants_7.organization_id = $2::UUID AND (t2_delivery_grants_7.ends_at IS NULL OR t2_delivery_grants_7.ends_at > now()))) AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_9 
WHERE t2_contract_accounts_9.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_9.organization_id = $2::UUID AND (t2_contract_accounts_9.organization_id = $2::UUID AND t2_contract_accounts_9.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_9 
WHERE t2_delivery_accounts_9.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_9.organization_id = $2::UUID AND (t2_delivery_accounts_9.organization_id = $2::UUID AND (t2_delivery_accounts_9.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_9.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_5 
WHERE t2_users_5.id = t3_access_requests_1.requester_id AND t2_users_5.removed_at IS NULL AND t2_users_5.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_5.all_contract_accounts = false AND t2_users_5.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_5 
WHERE t2_user_permissions_5.user_id = t2_users_5.id AND t2_user_permissions_5.organization_id = $2::UUID AND (t2_user_permissions_5.ends_at IS NULL OR t2_user_permissions_5.ends_at > now()) AND (t2_user_permissions_5.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_8 JOIN contract_accounts AS t2_contract_accounts_10 ON t2_contract_accounts_10.id = t2_contract_grants_8.contract_account_id 
WHERE t2_contract_grants_8.user_id = t2_users_5.id AND t2_contract_grants_8.organization_id = $2::UUID AND t2_contract_accounts_10.organization_id = $2::UUID AND (t2_contract_grants_8.ends_at IS NULL OR t2_contract_grants_8.ends_at > now()) AND (t2_contract_accounts_10.organization_id = $2::UUID AND t2_contract_accounts_10.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_8 JOIN delivery_accounts AS t2_delivery_accounts_10 ON t2_delivery_accounts_10.id = t2_delivery_grants_8.delivery_account_id 
WHERE t2_delivery_grants_8.user_id = t2_users_5.id AND t2_delivery_grants_8.organization_id = $2::UUID AND t2_delivery_accounts_10.organization_id = $2::UUID AND (t2_delivery_grants_8.ends_at IS NULL OR t2_delivery_grants_8.ends_at > now()) AND (t2_delivery_accounts_10.organization_id = $2::UUID AND (t2_delivery_accounts_10.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_10.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_5.organization_id = $2::UUID AND t2_users_5.tenant_id = $2::UUID))))))) AS TEXT), 'null') || ',"changes":[' || coalesce(array_to_string((SELECT array_agg(CAST(('{"field":' || CAST(to_json(a3.field) AS TEXT) || ',"before":' || coalesce(a3.before, 'null') || ',"after":' || coalesce(a3.after, 'null') || '}') AS TEXT)) AS array_agg_1 
FROM (SELECT t3_anon_1.field, t3_anon_1.before, t3_anon_1.after 
FROM (SELECT t3_anon_2.key AS field, CASE WHEN (jsonb_typeof(t3_anon_2.value -> 0) = 'array') THEN '[' || coalesce((SELECT string_agg(CAST(t3_anon_3.entry AS TEXT), ',' ORDER BY t3_anon_3.place) AS t3_string_agg_1 
FROM jsonb_array_elements(t3_anon_2.value -> 0) WITH ORDINALITY AS t3_anon_3(entry, place) 
WHERE CAST(t3_anon_3.entry AS TEXT) NOT LIKE ALL (t3_anon_4.patterns)), '') || ']' WHEN (CAST(t3_anon_2.value -> 0 AS TEXT) NOT LIKE ALL (t3_anon_4.patterns)) THEN CAST(t3_anon_2.value -> 0 AS TEXT) ELSE 'null' END AS before, CASE WHEN (jsonb_typeof(t3_anon_2.value -> 1) = 'array') THEN '[' || coalesce((SELECT string_agg(CAST(t3_anon_5.entry AS TEXT), ',' ORDER BY t3_anon_5.place) AS t3_string_agg_2 
FROM jsonb_array_elements(t3_anon_2.value -> 1) WITH ORDINALITY AS t3_anon_5(entry, place) 
WHERE CAST(t3_anon_5.entry AS TEXT) NOT LIKE ALL (t3_anon_4.patterns)), '') || ']' WHEN (CAST(t3_anon_2.value -> 1 AS TEXT) NOT LIKE ALL (t3_anon_4.patterns)) THEN CAST(t3_anon_2.value -> 1 AS TEXT) ELSE 'null' END AS after 
FROM jsonb_each(nullif(a1.changes, CAST('null' AS JSONB))) AS t3_anon_2(key, value) JOIN (SELECT array((SELECT '%' || t3_anon_7.parts[1] || '\_' || t3_anon_7.parts[2] || '%' AS t3_anon_6 
FROM regexp_matches(CAST(a1.changes AS TEXT), '([a-z]{2,4})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', 'g') AS t3_anon_7(parts) 
WHERE NOT (CASE WHEN (t3_anon_7.parts[1] = 'org') THEN EXISTS (SELECT 1 
FROM organizations AS t3_organizations_1 
WHERE t3_organizations_1.id = CAST(t3_anon_7.parts[2] AS UUID) AND (t3_organizations_1.id = $2::UUID)
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (t3_anon_7.parts[1] = 'ca') THEN EXISTS (SELECT 1 
FROM contract_accounts AS t3_contract_accounts_1 
WHERE t3_contract_accounts_1.id = CAST(t3_anon_7.parts[2] AS UUID) AND (t3_contract_accounts_1.organization_id = $2::UUID AND t3_contract_accounts_1.id = ANY (own.s0))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (t3_anon_7.parts[1] = 'da') THEN EXISTS (SELECT 1 
FROM delivery_accounts AS t3_delivery_accounts_1 
WHERE t3_delivery_accounts_1.id = CAST(t3_anon_7.parts[2] AS UUID) AND (t3_delivery_accounts_1.organization_id = $2::UUID AND (t3_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t3_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (t3_anon_7.parts[1] = 'svc') THEN EXISTS (SELECT 1 
FROM services AS t3_services_1 
WHERE t3_services_1.id = CAST(t3_anon_7.parts[2] AS UUID) AND (t3_services_1.organization_id = $2::UUID AND t3_services_1.contract_account_id = ANY (own.s0))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (t3_anon_7.parts[1] = 'usr') THEN EXISTS (SELECT 1 
FROM users AS t3_users_1 
WHERE t3_users_1.id = CAST(t3_anon_7.parts[2] AS UUID) AND (t3_users_1.organization_id = $2::UUID AND t3_users_1.tenant_id = $2::UUID AND (t3_users_1.all_contract_accounts OR t3_users_1.all_delivery_accounts OR t3_users_1.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = t3_users_1.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $2::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = t3_users_1.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))) AND t1_delivery_grants_1.organization_id = $2::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now())))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (t3_anon_7.parts[1] = 'rev') THEN EXISTS (SELECT 1 
FROM access_reviews AS t3_access_reviews_1 
WHERE false
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (t3_anon_7.parts[1] = 'tpl') THEN EXISTS (SELECT 1 
FROM access_templates AS t3_access_templates_1 
WHERE t3_access_templates_1.id = CAST(t3_anon_7.parts[2] AS UUID) AND (t3_access_templates_1.organization_id = $2::UUID AND t3_access_templates_1.audience IN ('DELIVERY', 'ORGANIZATION') AND t3_access_templates_1.all_contract_accounts = false AND t3_access_templates_1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM unnest(t3_access_templates_1.permissions) AS t2_anon_1(permission) 
WHERE (t2_anon_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT')))) AND NOT (EXISTS (SELECT 1 
FROM unnest(t3_access_templates_1.contract_accounts) AS t2_anon_2(id) 
WHERE NOT (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_1 
WHERE t2_contract_accounts_1.id = t2_anon_2.id AND t2_contract_accounts_1.organization_id = t3_access_templates_1.organization_id AND t2_contract_accounts_1.organization_id = $2::UUID AND (t2_contract_accounts_1.organization_id = $2::UUID AND t2_contract_accounts_1.id = ANY (own.s0)))))) AND NOT (EXISTS (SELECT 1 
FROM unnest(t3_access_templates_1.delivery_accounts) AS t2_anon_3(id) 
WHERE NOT (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_1 
WHERE t2_delivery_accounts_1.id = t2_anon_3.id AND t2_delivery_accounts_1.organization_id = t3_access_templates_1.organization_id AND t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))))))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (t3_anon_7.parts[1] = 'cli') THEN EXISTS (SELECT 1 
FROM api_clients AS t3_api_clients_1 
WHERE t3_api_clients_1.id = CAST(t3_anon_7.parts[2] AS UUID) AND (t3_api_clients_1.organization_id = $2::UUID AND (t3_api_clients_1.owner_id = $3::UUID OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM users AS t2_users_1 
WHERE t2_users_1.id = t3_api_clients_1.owner_id AND t2_users_1.all_contract_accounts AND t2_users_1.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_1.all_contract_accounts = false AND t2_users_1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_1 
WHERE t2_user_permissions_1.user_id = t2_users_1.id AND t2_user_permissions_1.organization_id = $2::UUID AND (t2_user_permissions_1.ends_at IS NULL OR t2_user_permissions_1.ends_at > now()) AND (t2_user_permissions_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_1 JOIN contract_accounts AS t2_contract_accounts_1 ON t2_contract_accounts_1.id = t2_contract_grants_1.contract_account_id 
WHERE t2_contract_grants_1.user_id = t2_users_1.id AND t2_contract_grants_1.organization_id = $2::UUID AND t2_contract_accounts_1.organization_id = $2::UUID AND (t2_contract_grants_1.ends_at IS NULL OR t2_contract_grants_1.ends_at > now()) AND (t2_contract_accounts_1.organization_id = $2::UUID AND t2_contract_accounts_1.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_1 JOIN delivery_accounts AS t2_delivery_accounts_1 ON t2_delivery_accounts_1.id = t2_delivery_grants_1.delivery_account_id 
WHERE t2_delivery_grants_1.user_id = t2_users_1.id AND t2_delivery_grants_1.organization_id = $2::UUID AND t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_grants_1.ends_at IS NULL OR t2_delivery_grants_1.ends_at > now()) AND (t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_1.organization_id = $2::UUID AND t2_users_1.tenant_id = $2::UUID)) OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM users AS t2_users_2 
WHERE t2_users_2.id = t3_api_clients_1.owner_id AND t2_users_2.all_delivery_accounts AND t2_users_2.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_2.all_contract_accounts = false AND t2_users_2.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_2 
WHERE t2_user_permissions_2.user_id = t2_users_2.id AND t2_user_permissions_2.organization_id = $2::UUID AND (t2_user_permissions_2.ends_at IS NULL OR t2_user_permissions_2.ends_at > now()) AND (t2_user_permissions_2.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_2 JOIN contract_accounts AS t2_contract_accounts_2 ON t2_contract_accounts_2.id = t2_contract_grants_2.contract_account_id 
WHERE t2_contract_grants_2.user_id = t2_users_2.id AND t2_contract_grants_2.organization_id = $2::UUID AND t2_contract_accounts_2.organization_id = $2::UUID AND (t2_contract_grants_2.ends_at IS NULL OR t2_contract_grants_2.ends_at > now()) AND (t2_contract_accounts_2.organization_id = $2::UUID AND t2_contract_accounts_2.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_2 JOIN delivery_accounts AS t2_delivery_accounts_2 ON t2_delivery_accounts_2.id = t2_delivery_grants_2.delivery_account_id 
WHERE t2_delivery_grants_2.user_id = t2_users_2.id AND t2_delivery_grants_2.organization_id = $2::UUID AND t2_delivery_accounts_2.organization_id = $2::UUID AND (t2_delivery_grants_2.ends_at IS NULL OR t2_delivery_grants_2.ends_at > now()) AND (t2_delivery_accounts_2.organization_id = $2::UUID AND (t2_delivery_accounts_2.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_2.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_2.organization_id = $2::UUID AND t2_users_2.tenant_id = $2::UUID)) OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_3 
WHERE t2_contract_grants_3.user_id = t3_api_clients_1.owner_id AND t2_contract_grants_3.contract_account_id = ANY (own.s0) AND t2_contract_grants_3.organization_id = $2::UUID AND (t2_contract_grants_3.ends_at IS NULL OR t2_contract_grants_3.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_3 
WHERE t2_users_3.id = t3_api_clients_1.owner_id AND t2_users_3.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_3.all_contract_accounts = false AND t2_users_3.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_3 
WHERE t2_user_permissions_3.user_id = t2_users_3.id AND t2_user_permissions_3.organization_id = $2::UUID AND (t2_user_permissions_3.ends_at IS NULL OR t2_user_permissions_3.ends_at > now()) AND (t2_user_permissions_3.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_5 JOIN contract_accounts AS t2_contract_accounts_3 ON t2_contract_accounts_3.id = t2_contract_grants_5.contract_account_id 
WHERE t2_contract_grants_5.user_id = t2_users_3.id AND t2_contract_grants_5.organization_id = $2::UUID AND t2_contract_accounts_3.organization_id = $2::UUID AND (t2_contract_grants_5.ends_at IS NULL OR t2_contract_grants_5.ends_at > now()) AND (t2_contract_accounts_3.organization_id = $2::UUID AND t2_contract_accounts_3.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_3 JOIN delivery_accounts AS t2_delivery_accounts_3 ON t2_delivery_accounts_3.id = t2_delivery_grants_3.delivery_account_id 
WHERE t2_delivery_grants_3.user_id = t2_users_3.id AND t2_delivery_grants_3.organization_id = $2::UUID AND t2_delivery_accounts_3.organization_id = $2::UUID AND (t2_delivery_grants_3.ends_at IS NULL OR t2_delivery_grants_3.ends_at > now()) AND (t2_delivery_accounts_3.organization_id = $2::UUID AND (t2_delivery_accounts_3.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_3.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_3.organization_id = $2::UUID AND t2_users_3.tenant_id = $2::UUID)) OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_4 
WHERE t2_delivery_grants_4.user_id = t3_api_clients_1.owner_id AND t2_delivery_grants_4.delivery_account_id = ANY (own.s1) AND t2_delivery_grants_4.organization_id = $2::UUID AND (t2_delivery_grants_4.ends_at IS NULL OR t2_delivery_grants_4.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_4 
WHERE t2_users_4.id = t3_api_clients_1.owner_id AND t2_users_4.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_4.all_contract_accounts = false AND t2_users_4.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_4 
WHERE t2_user_permissions_4.user_id = t2_users_4.id AND t2_user_permissions_4.organization_id = $2::UUID AND (t2_user_permissions_4.ends_at IS NULL OR t2_user_permissions_4.ends_at > now()) AND (t2_user_permissions_4.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_6 JOIN contract_accounts AS t2_contract_accounts_4 ON t2_contract_accounts_4.id = t2_contract_grants_6.contract_account_id 
WHERE t2_contract_grants_6.user_id = t2_users_4.id AND t2_contract_grants_6.organization_id = $2::UUID AND t2_contract_accounts_4.organization_id = $2::UUID AND (t2_contract_grants_6.ends_at IS NULL OR t2_contract_grants_6.ends_at > now()) AND (t2_contract_accounts_4.organization_id = $2::UUID AND t2_contract_accounts_4.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_6 JOIN delivery_accounts AS t2_delivery_accounts_4 ON t2_delivery_accounts_4.id = t2_delivery_grants_6.delivery_account_id 
WHERE t2_delivery_grants_6.user_id = t2_users_4.id AND t2_delivery_grants_6.organization_id = $2::UUID AND t2_delivery_accounts_4.organization_id = $2::UUID AND (t2_delivery_grants_6.ends_at IS NULL OR t2_delivery_grants_6.ends_at > now()) AND (t2_delivery_accounts_4.organization_id = $2::UUID AND (t2_delivery_accounts_4.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_4.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_4.organization_id = $2::UUID AND t2_users_4.tenant_id = $2::UUID)) OR t3_api_clients_1.organization_id = $2::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_7 
WHERE t2_delivery_grants_7.user_id = t3_api_clients_1.owner_id AND (EXISTS (SELECT 1 
FROM services AS t2_services_1 
WHERE t2_services_1.delivery_account_id = t2_delivery_grants_7.delivery_account_id AND t2_services_1.contract_account_id = ANY (own.s0) AND t2_services_1.organization_id = $2::UUID)) AND t2_delivery_grants_7.organization_id = $2::UUID AND (t2_delivery_grants_7.ends_at IS NULL OR t2_delivery_grants_7.ends_at > now()))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_5 
WHERE t2_users_5.id = t3_api_clients_1.owner_id AND t2_users_5.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_5.all_contract_accounts = false AND t2_users_5.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_5 
WHERE t2_user_permissions_5.user_id = t2_users_5.id AND t2_user_permissions_5.organization_id = $2::UUID AND (t2_user_permissions_5.ends_at IS NULL OR t2_user_permissions_5.ends_at > now()) AND (t2_user_permissions_5.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_8 JOIN contract_accounts AS t2_contract_accounts_5 ON t2_contract_accounts_5.id = t2_contract_grants_8.contract_account_id 
WHERE t2_contract_grants_8.user_id = t2_users_5.id AND t2_contract_grants_8.organization_id = $2::UUID AND t2_contract_accounts_5.organization_id = $2::UUID AND (t2_contract_grants_8.ends_at IS NULL OR t2_contract_grants_8.ends_at > now()) AND (t2_contract_accounts_5.organization_id = $2::UUID AND t2_contract_accounts_5.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_8 JOIN delivery_accounts AS t2_delivery_accounts_5 ON t2_delivery_accounts_5.id = t2_delivery_grants_8.delivery_account_id 
WHERE t2_delivery_grants_8.user_id = t2_users_5.id AND t2_delivery_grants_8.organization_id = $2::UUID AND t2_delivery_accounts_5.organization_id = $2::UUID AND (t2_delivery_grants_8.ends_at IS NULL OR t2_delivery_grants_8.ends_at > now()) AND (t2_delivery_accounts_5.organization_id = $2::UUID AND (t2_delivery_accounts_5.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_5.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_5.organization_id = $2::UUID AND t2_users_5.tenant_id = $2::UUID))))
 LIMIT ALL OFFSET 0) ELSE false END OR CASE WHEN (t3_anon_7.parts[1] = 'arq') THEN EXISTS (SELECT 1 
FROM access_requests AS t3_access_requests_1 
WHERE t3_access_requests_1.id = CAST(t3_anon_7.parts[2] AS UUID) AND (t3_access_requests_1.organization_id = $2::UUID AND (t3_access_requests_1.requester_id = $3::UUID OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_1 
WHERE t2_contract_accounts_1.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_1.organization_id = $2::UUID AND (t2_contract_accounts_1.organization_id = $2::UUID AND t2_contract_accounts_1.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_1 
WHERE t2_delivery_accounts_1.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.organization_id = $2::UUID AND (t2_delivery_accounts_1.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_1.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_1 
WHERE t2_users_1.id = t3_access_requests_1.requester_id AND t2_users_1.all_contract_accounts AND t2_users_1.removed_at IS NULL AND t2_users_1.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_1.all_contract_accounts = false AND t2_users_1.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_1 
WHERE t2_user_permissions_1.user_id = t2_users_1.id AND t2_user_permissions_1.organization_id = $2::UUID AND (t2_user_permissions_1.ends_at IS NULL OR t2_user_permissions_1.ends_at > now()) AND (t2_user_permissions_1.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_1 JOIN contract_accounts AS t2_contract_accounts_2 ON t2_contract_accounts_2.id = t2_contract_grants_1.contract_account_id 
WHERE t2_contract_grants_1.user_id = t2_users_1.id AND t2_contract_grants_1.organization_id = $2::UUID AND t2_contract_accounts_2.organization_id = $2::UUID AND (t2_contract_grants_1.ends_at IS NULL OR t2_contract_grants_1.ends_at > now()) AND (t2_contract_accounts_2.organization_id = $2::UUID AND t2_contract_accounts_2.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_1 JOIN delivery_accounts AS t2_delivery_accounts_2 ON t2_delivery_accounts_2.id = t2_delivery_grants_1.delivery_account_id 
WHERE t2_delivery_grants_1.user_id = t2_users_1.id AND t2_delivery_grants_1.organization_id = $2::UUID AND t2_delivery_accounts_2.organization_id = $2::UUID AND (t2_delivery_grants_1.ends_at IS NULL OR t2_delivery_grants_1.ends_at > now()) AND (t2_delivery_accounts_2.organization_id = $2::UUID AND (t2_delivery_accounts_2.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_2.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_1.organization_id = $2::UUID AND t2_users_1.tenant_id = $2::UUID)) OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_3 
WHERE t2_contract_accounts_3.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_3.organization_id = $2::UUID AND (t2_contract_accounts_3.organization_id = $2::UUID AND t2_contract_accounts_3.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_3 
WHERE t2_delivery_accounts_3.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_3.organization_id = $2::UUID AND (t2_delivery_accounts_3.organization_id = $2::UUID AND (t2_delivery_accounts_3.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_3.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_2 
WHERE t2_users_2.id = t3_access_requests_1.requester_id AND t2_users_2.all_delivery_accounts AND t2_users_2.removed_at IS NULL AND t2_users_2.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_2.all_contract_accounts = false AND t2_users_2.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_2 
WHERE t2_user_permissions_2.user_id = t2_users_2.id AND t2_user_permissions_2.organization_id = $2::UUID AND (t2_user_permissions_2.ends_at IS NULL OR t2_user_permissions_2.ends_at > now()) AND (t2_user_permissions_2.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_2 JOIN contract_accounts AS t2_contract_accounts_4 ON t2_contract_accounts_4.id = t2_contract_grants_2.contract_account_id 
WHERE t2_contract_grants_2.user_id = t2_users_2.id AND t2_contract_grants_2.organization_id = $2::UUID AND t2_contract_accounts_4.organization_id = $2::UUID AND (t2_contract_grants_2.ends_at IS NULL OR t2_contract_grants_2.ends_at > now()) AND (t2_contract_accounts_4.organization_id = $2::UUID AND t2_contract_accounts_4.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_2 JOIN delivery_accounts AS t2_delivery_accounts_4 ON t2_delivery_accounts_4.id = t2_delivery_grants_2.delivery_account_id 
WHERE t2_delivery_grants_2.user_id = t2_users_2.id AND t2_delivery_grants_2.organization_id = $2::UUID AND t2_delivery_accounts_4.organization_id = $2::UUID AND (t2_delivery_grants_2.ends_at IS NULL OR t2_delivery_grants_2.ends_at > now()) AND (t2_delivery_accounts_4.organization_id = $2::UUID AND (t2_delivery_accounts_4.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_4.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_2.organization_id = $2::UUID AND t2_users_2.tenant_id = $2::UUID)) OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_3 
WHERE t2_contract_grants_3.user_id = t3_access_requests_1.requester_id AND t2_contract_grants_3.contract_account_id = ANY (own.s0) AND t2_contract_grants_3.organization_id = $2::UUID AND (t2_contract_grants_3.ends_at IS NULL OR t2_contract_grants_3.ends_at > now()))) AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_5 
WHERE t2_contract_accounts_5.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_5.organization_id = $2::UUID AND (t2_contract_accounts_5.organization_id = $2::UUID AND t2_contract_accounts_5.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_5 
WHERE t2_delivery_accounts_5.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_5.organization_id = $2::UUID AND (t2_delivery_accounts_5.organization_id = $2::UUID AND (t2_delivery_accounts_5.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_5.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_3 
WHERE t2_users_3.id = t3_access_requests_1.requester_id AND t2_users_3.removed_at IS NULL AND t2_users_3.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_3.all_contract_accounts = false AND t2_users_3.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_3 
WHERE t2_user_permissions_3.user_id = t2_users_3.id AND t2_user_permissions_3.organization_id = $2::UUID AND (t2_user_permissions_3.ends_at IS NULL OR t2_user_permissions_3.ends_at > now()) AND (t2_user_permissions_3.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_5 JOIN contract_accounts AS t2_contract_accounts_6 ON t2_contract_accounts_6.id = t2_contract_grants_5.contract_account_id 
WHERE t2_contract_grants_5.user_id = t2_users_3.id AND t2_contract_grants_5.organization_id = $2::UUID AND t2_contract_accounts_6.organization_id = $2::UUID AND (t2_contract_grants_5.ends_at IS NULL OR t2_contract_grants_5.ends_at > now()) AND (t2_contract_accounts_6.organization_id = $2::UUID AND t2_contract_accounts_6.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_3 JOIN delivery_accounts AS t2_delivery_accounts_6 ON t2_delivery_accounts_6.id = t2_delivery_grants_3.delivery_account_id 
WHERE t2_delivery_grants_3.user_id = t2_users_3.id AND t2_delivery_grants_3.organization_id = $2::UUID AND t2_delivery_accounts_6.organization_id = $2::UUID AND (t2_delivery_grants_3.ends_at IS NULL OR t2_delivery_grants_3.ends_at > now()) AND (t2_delivery_accounts_6.organization_id = $2::UUID AND (t2_delivery_accounts_6.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_6.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_3.organization_id = $2::UUID AND t2_users_3.tenant_id = $2::UUID)) OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_4 
WHERE t2_delivery_grants_4.user_id = t3_access_requests_1.requester_id AND t2_delivery_grants_4.delivery_account_id = ANY (own.s1) AND t2_delivery_grants_4.organization_id = $2::UUID AND (t2_delivery_grants_4.ends_at IS NULL OR t2_delivery_grants_4.ends_at > now()))) AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_7 
WHERE t2_contract_accounts_7.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_7.organization_id = $2::UUID AND (t2_contract_accounts_7.organization_id = $2::UUID AND t2_contract_accounts_7.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_7 
WHERE t2_delivery_accounts_7.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_7.organization_id = $2::UUID AND (t2_delivery_accounts_7.organization_id = $2::UUID AND (t2_delivery_accounts_7.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_7.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_4 
WHERE t2_users_4.id = t3_access_requests_1.requester_id AND t2_users_4.removed_at IS NULL AND t2_users_4.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_4.all_contract_accounts = false AND t2_users_4.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_4 
WHERE t2_user_permissions_4.user_id = t2_users_4.id AND t2_user_permissions_4.organization_id = $2::UUID AND (t2_user_permissions_4.ends_at IS NULL OR t2_user_permissions_4.ends_at > now()) AND (t2_user_permissions_4.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_6 JOIN contract_accounts AS t2_contract_accounts_8 ON t2_contract_accounts_8.id = t2_contract_grants_6.contract_account_id 
WHERE t2_contract_grants_6.user_id = t2_users_4.id AND t2_contract_grants_6.organization_id = $2::UUID AND t2_contract_accounts_8.organization_id = $2::UUID AND (t2_contract_grants_6.ends_at IS NULL OR t2_contract_grants_6.ends_at > now()) AND (t2_contract_accounts_8.organization_id = $2::UUID AND t2_contract_accounts_8.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_6 JOIN delivery_accounts AS t2_delivery_accounts_8 ON t2_delivery_accounts_8.id = t2_delivery_grants_6.delivery_account_id 
WHERE t2_delivery_grants_6.user_id = t2_users_4.id AND t2_delivery_grants_6.organization_id = $2::UUID AND t2_delivery_accounts_8.organization_id = $2::UUID AND (t2_delivery_grants_6.ends_at IS NULL OR t2_delivery_grants_6.ends_at > now()) AND (t2_delivery_accounts_8.organization_id = $2::UUID AND (t2_delivery_accounts_8.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_8.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_4.organization_id = $2::UUID AND t2_users_4.tenant_id = $2::UUID)) OR t3_access_requests_1.organization_id = $2::UUID AND t3_access_requests_1.requester_id != $3::UUID AND (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_7 
WHERE t2_delivery_grants_7.user_id = t3_access_requests_1.requester_id AND (EXISTS (SELECT 1 
FROM services AS t2_services_1 
WHERE t2_services_1.delivery_account_id = t2_delivery_grants_7.delivery_account_id AND t2_services_1.contract_account_id = ANY (own.s0) AND t2_services_1.organization_id = $2::UUID)) AND t2_delivery_grants_7.organization_id = $2::UUID AND (t2_delivery_grants_7.ends_at IS NULL OR t2_delivery_grants_7.ends_at > now()))) AND (t3_access_requests_1.permission IS NOT NULL AND t3_access_requests_1.permission IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT') OR (EXISTS (SELECT 1 
FROM contract_accounts AS t2_contract_accounts_9 
WHERE t2_contract_accounts_9.id = t3_access_requests_1.contract_account_id AND t2_contract_accounts_9.organization_id = $2::UUID AND (t2_contract_accounts_9.organization_id = $2::UUID AND t2_contract_accounts_9.id = ANY (own.s0))
 LIMIT ALL OFFSET 0)) OR (EXISTS (SELECT 1 
FROM delivery_accounts AS t2_delivery_accounts_9 
WHERE t2_delivery_accounts_9.id = t3_access_requests_1.delivery_account_id AND t2_delivery_accounts_9.organization_id = $2::UUID AND (t2_delivery_accounts_9.organization_id = $2::UUID AND (t2_delivery_accounts_9.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_9.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))))
 LIMIT ALL OFFSET 0))) AND (EXISTS (SELECT 1 
FROM users AS t2_users_5 
WHERE t2_users_5.id = t3_access_requests_1.requester_id AND t2_users_5.removed_at IS NULL AND t2_users_5.audience IN ('DELIVERY', 'ORGANIZATION') AND t2_users_5.all_contract_accounts = false AND t2_users_5.all_delivery_accounts = false AND NOT (EXISTS (SELECT 1 
FROM user_permissions AS t2_user_permissions_5 
WHERE t2_user_permissions_5.user_id = t2_users_5.id AND t2_user_permissions_5.organization_id = $2::UUID AND (t2_user_permissions_5.ends_at IS NULL OR t2_user_permissions_5.ends_at > now()) AND (t2_user_permissions_5.permission NOT IN ('SITES_SERVICES_VIEW', 'SUPPORT_VIEW', 'USER_MANAGEMENT'))
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM contract_grants AS t2_contract_grants_8 JOIN contract_accounts AS t2_contract_accounts_10 ON t2_contract_accounts_10.id = t2_contract_grants_8.contract_account_id 
WHERE t2_contract_grants_8.user_id = t2_users_5.id AND t2_contract_grants_8.organization_id = $2::UUID AND t2_contract_accounts_10.organization_id = $2::UUID AND (t2_contract_grants_8.ends_at IS NULL OR t2_contract_grants_8.ends_at > now()) AND (t2_contract_accounts_10.organization_id = $2::UUID AND t2_contract_accounts_10.id = ANY (own.s0)) IS NOT true
 LIMIT ALL OFFSET 0)) AND NOT (EXISTS (SELECT 1 
FROM delivery_grants AS t2_delivery_grants_8 JOIN delivery_accounts AS t2_delivery_accounts_10 ON t2_delivery_accounts_10.id = t2_delivery_grants_8.delivery_account_id 
WHERE t2_delivery_grants_8.user_id = t2_users_5.id AND t2_delivery_grants_8.organization_id = $2::UUID AND t2_delivery_accounts_10.organization_id = $2::UUID AND (t2_delivery_grants_8.ends_at IS NULL OR t2_delivery_grants_8.ends_at > now()) AND (t2_delivery_accounts_10.organization_id = $2::UUID AND (t2_delivery_accounts_10.id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t2_delivery_accounts_10.id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID)))) IS NOT true
 LIMIT ALL OFFSET 0)) AND t2_users_5.organization_id = $2::UUID AND t2_users_5.tenant_id = $2::UUID))))
 LIMIT ALL OFFSET 0) ELSE false END))) AS patterns
 LIMIT ALL OFFSET 0) AS t3_anon_4 ON true
 LIMIT ALL OFFSET 0) AS t3_anon_1 
WHERE t3_anon_1.before IS DISTINCT FROM t3_anon_1.after ORDER BY t3_anon_1.field COLLATE "C") AS a3), ','), '') || ']}')) AS nodes_0, 1 AS peek, translate(encode(convert_to(CAST(json_build_array('CREATED_AT_DESC', a1.created_at, a1.id) AS TEXT), 'UTF8'), 'base64'), E'+/=\n', '-_') AS cursor 
FROM audit_events AS a1 
WHERE (a1.organization_id = $2::UUID AND a1.tenant_id = $2::UUID AND (a1.subject_id = $3::UUID OR a1.actor_id = $3::UUID AND a1.subject_id IS NULL OR (EXISTS (SELECT 1 
FROM users AS t1_users_1 
WHERE t1_users_1.id = a1.subject_id AND t1_users_1.organization_id = $2::UUID AND t1_users_1.tenant_id = $2::UUID AND (t1_users_1.all_contract_accounts OR t1_users_1.all_delivery_accounts OR t1_users_1.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = t1_users_1.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $2::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = t1_users_1.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))) AND t1_delivery_grants_1.organization_id = $2::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now())))))))) AND a1.kind = ANY ($4::TEXT[]) AND a1.actor_id = ANY ($5::UUID[]) AND (EXISTS (SELECT 1 
FROM users AS users_1 
WHERE users_1.id = a1.actor_id AND (users_1.organization_id = $2::UUID AND users_1.tenant_id = $2::UUID AND (users_1.all_contract_accounts OR users_1.all_delivery_accounts OR users_1.id = $3::UUID OR (EXISTS (SELECT 1 
FROM contract_grants AS t1_contract_grants_1 
WHERE t1_contract_grants_1.user_id = users_1.id AND t1_contract_grants_1.contract_account_id = ANY (own.s0) AND t1_contract_grants_1.organization_id = $2::UUID AND (t1_contract_grants_1.ends_at IS NULL OR t1_contract_grants_1.ends_at > now()))) OR (EXISTS (SELECT 1 
FROM delivery_grants AS t1_delivery_grants_1 
WHERE t1_delivery_grants_1.user_id = users_1.id AND (t1_delivery_grants_1.delivery_account_id = ANY (own.s1) OR (EXISTS (SELECT 1 
FROM services AS t1_services_1 
WHERE t1_services_1.delivery_account_id = t1_delivery_grants_1.delivery_account_id AND t1_services_1.contract_account_id = ANY (own.s0) AND t1_services_1.organization_id = $2::UUID))) AND t1_delivery_grants_1.organization_id = $2::UUID AND (t1_delivery_grants_1.ends_at IS NULL OR t1_delivery_grants_1.ends_at > now()))))))) ORDER BY a1.created_at DESC, a1.id DESC 
 LIMIT $1::BIGINT + 1) AS p) || '}') FROM (SELECT array((SELECT own_contract_grants_1.contract_account_id 
FROM contract_grants AS own_contract_grants_1 
WHERE own_contract_grants_1.user_id = $3::UUID AND own_contract_grants_1.organization_id = $2::UUID AND (own_contract_grants_1.ends_at IS NULL OR own_contract_grants_1.ends_at > now()))) AS s0, array((SELECT own_delivery_grants_1.delivery_account_id 
FROM delivery_grants AS own_delivery_grants_1 
WHERE own_delivery_grants_1.user_id = $3::UUID AND own_delivery_grants_1.organization_id = $2::UUID AND (own_delivery_grants_1.ends_at IS NULL OR own_delivery_grants_1.ends_at > now()))) AS s1 OFFSET 0) AS own) AS anon_1 
FROM guard
