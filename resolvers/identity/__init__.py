"""Identity: passwords, sessions, one-time tokens, API client credentials, and the keys that sign access tokens.

Imports: authz, models, resolvers.{callers, transaction, rate_limits, validation, bulk_insert, encryption, errors,
prepared_statement, public_id}.
"""
