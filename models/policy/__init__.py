"""The tables of policies: the versions that were in force, and what a shadow policy would change.

Imports: models.{base, enums}.
"""
