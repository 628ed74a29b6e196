"""Authentication of requests: bearer tokens, session cookies, signed access tokens and their keys. Imports: app.http,
app.settings, resolvers, schema."""
