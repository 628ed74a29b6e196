"""The flag `user.within_reach_of_actor`, in SQL and on in-memory rows.

Imports: predicates, model, policy, assignable, actor, models.
"""
