"""Explanations of decisions: the derivations of a policy's source, and which of their conditions hold.

Imports: compiler, lint, predicates, model, language, actor, models.
"""
