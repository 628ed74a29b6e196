"""The load checks of a policy, what it must never allow, its warnings, and the cache of passed checks.

Imports: counterexamples, explain, compiler, lint, predicates, model, language, actor, models.
"""
