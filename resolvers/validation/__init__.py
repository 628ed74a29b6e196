"""Validation of input values: names, emails, codes and details of persons and businesses.

Imports: models, resolvers.errors.
"""
