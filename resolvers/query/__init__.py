"""Reads: a selection becomes one authorized SQL statement, whose result is the JSON of the answer.

Imports: authz, models, resolvers.{callers, rate_limits, errors, lru_cache, public_id}.
"""
