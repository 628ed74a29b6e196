"""OAuth 2.0 for API clients: they exchange their id and secret for a signed access token that is valid for minutes.
Imports: app.auth, app.backend, app.http, resolvers."""
