"""HTTP below GraphQL: middleware, headers, request bodies and error responses. Imports: app.database, resolvers."""
