"""The queries with resolver functions: `whoCan` and `explainAccess`.

Imports: schema.types, schema.execution, schema.declare, resolvers.
"""
