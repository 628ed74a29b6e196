"""Looks for a small world in which one predicate holds of a row and another does not, or proves that there is none.

Imports: within_reach, assignable, predicates, model, actor, models.
"""
