"""Trusted documents: reading their files, and resolving them in requests. Imports: app.http, resolvers, schema."""
