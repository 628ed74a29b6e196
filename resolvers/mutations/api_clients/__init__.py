"""API clients: create them, rotate and retire their secrets, and revoke them.

Imports: authz, models, resolvers.{identity, transaction, validation, errors, public_id}.
"""
