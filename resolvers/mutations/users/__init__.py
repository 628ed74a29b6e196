"""Users: create, invite, activate, update, remove and restore them.

Imports: authz, models, resolvers.{mutations.api_clients, access, callers, identity, transaction, types, validation,
bulk_insert, errors, prepared_statement}.
"""
