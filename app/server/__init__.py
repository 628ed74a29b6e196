"""The HTTP server: uvicorn's configuration, and the limits of a connection. Imports: app.settings,
app.http, resolvers.log_interval.
"""
