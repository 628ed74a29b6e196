"""The flag `user.within_reach_of_actor`, in SQL and on in-memory rows.

Imports: assignable, decisions, predicates, model, actor, models.
"""
