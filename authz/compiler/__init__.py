"""The compiler: turns a policy, by partial evaluation in Oso, into predicates on rows.

Imports: predicates, model, language, actor, models.
"""
