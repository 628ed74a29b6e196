"""Authorization: the policy language, its linter and compiler, and access decisions as SQL conditions (`access.py`).

Imports: models.
"""
