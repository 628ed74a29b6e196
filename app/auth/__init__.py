"""Authentication of requests: bearer tokens, signed access tokens and their keys. Imports: app.http, app.settings,
resolvers."""
