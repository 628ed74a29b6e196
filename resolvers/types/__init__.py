"""The SQL of each type's fields: computed values, edges, filters and orders; one module per noun.

Imports: authz, models, resolvers.{query, rate_limits}.
"""
