"""What editors show of a policy while it is written: findings, predicates, definitions, completions.

`server.py` speaks the Language Server Protocol; the other modules know nothing of it. Imports: authz, and the SQL of
resolvers.policy_analysis.
"""
