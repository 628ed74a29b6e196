"""Which rows belong to an organization or to a person, and which columns hold secrets and personal data.

It is derived from the tables where that is possible, and decided here where it isn't. Tests compare both with all
tables and columns, so a new one is covered, or has to be decided.

Imports: models.
"""
