"""The addresses that browsers and providers call for single sign-on. Imports: app.auth, app.backend, app.http,
app.oauth, app.openid, app.pages, resolvers."""
