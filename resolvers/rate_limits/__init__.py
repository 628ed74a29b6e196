"""Rate limits: how often an action may be attempted, and the queue for checking passwords.

Imports: resolvers.{errors, log_interval, lru_cache, prepared_statement, worker_thread}.
"""
