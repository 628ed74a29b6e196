"""Rate limits: how often an action may be attempted.

Imports: resolvers.{errors, lru_cache}.
"""
