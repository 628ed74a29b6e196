"""The object types of what connects an organization with other systems: webhooks and SCIM tokens."""
