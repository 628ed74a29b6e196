"""The linter: checks the text of a policy before Oso loads it.

Imports: language, model, actor, models.
"""
