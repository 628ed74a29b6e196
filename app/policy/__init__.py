"""The policy file while a server runs: loading it, reloading it, and running a candidate in its shadow. Imports:
app.database, app.background, app.settings, authz, resolvers."""
