"""The building blocks of GraphQL types: declarations of fields, inputs, enums and scalars.

Imports: resolvers, authz, models.
"""
