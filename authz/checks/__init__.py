"""The load checks of a policy, its warnings, and the cache of passed checks.

Imports: compiler, lint, predicates, model, language, actor, models.
"""
