"""Units of work: the transaction of a mutation, with its retries, audit events and mails, and reads that are audited.

Imports: authz, models, resolvers.{callers, query, rate_limits, bulk_insert, database_time, errors, fair_queue,
lru_cache, prepared_statement}.
"""
