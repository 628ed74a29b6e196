"""The queries with resolver functions: `accessPreview`, `whoCan`, `explainAccess` and `passwordStrength`.

Imports: schema.types, schema.execution, schema.declare, resolvers.
"""
