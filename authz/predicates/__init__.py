"""Predicates on rows, the compiled form of the policy: their tree, simplification, SQL, and evaluation in memory.

Imports: model, language, actor, models.
"""
