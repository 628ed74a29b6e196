"""Queries about access: who can, what can, explain, the diff of two policies, and the shadow policy.

Imports: authz, models, resolvers.{callers, query, transaction, types, validation, errors}.
"""
