"""Callers of requests: their credentials, origins and actors.

Imports: authz, models, resolvers.prepared_statement.
"""
