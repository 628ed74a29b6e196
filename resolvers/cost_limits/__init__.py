"""Cost limits: how many nodes each caller may read, as token buckets in the database and leases in each process.

Imports: models, resolvers.{callers, rate_limits, transaction, lru_cache}.
"""
