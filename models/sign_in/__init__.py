"""What users sign in with in addition to a password.

Imports: models.{base, enums}.
"""
