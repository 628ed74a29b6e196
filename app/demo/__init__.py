"""Data sets: the example that docs and tests use, and large generated ones for measurements.

Imports: app.database, models, resolvers.identity, resolvers.public_id.
"""
