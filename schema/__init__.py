"""The GraphQL API: its types, queries and mutations, and the execution of operations.

Imports: resolvers, authz, models. Its packages, from top to bottom: `mutations` and `queries`, `types` and `execution`,
`declare`.
"""
