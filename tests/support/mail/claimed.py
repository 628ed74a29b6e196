"""Notices of what ends and of who is inactive, in a test world."""

CLAIM = """
INSERT INTO access_notices (organization_id, user_id, kind, key, at, days)
SELECT g.organization_id, g.user_id, g.kind, g.key, g.at, 14 FROM (
  SELECT organization_id, user_id, 'PERMISSION' AS kind, permission AS key, ends_at AS at FROM user_permissions
  UNION ALL SELECT organization_id, user_id, 'CONTRACT_ACCOUNT', contract_account_id::text, ends_at FROM contract_grants
  UNION ALL SELECT organization_id, user_id, 'DELIVERY_ACCOUNT', delivery_account_id::text, ends_at FROM delivery_grants
  UNION ALL SELECT organization_id, id, 'DORMANCY', '', activated_at FROM users WHERE organization_id IS NOT NULL
) g JOIN users u ON u.id = g.user_id
WHERE g.at > '2002-01-01' AND u.activated_at IS NOT NULL AND u.removed_at IS NULL
"""
"""Claims everything that ends, as `resolvers/mutations/upkeep/notices.py` does of active users."""
