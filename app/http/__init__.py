"""HTTP below GraphQL: the shell around all routes, headers, request bodies and error responses.

Imports: app.database, resolvers.
"""
