"""What sign-ins at OpenID providers need of the outside world. Imports: app.egress, app.settings, models, resolvers."""
