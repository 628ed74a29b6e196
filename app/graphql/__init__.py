"""The endpoint `/graphql`: cost limits, idempotency keys and responses. Imports: app.auth, app.backend, app.database,
app.http, resolvers, schema."""
