"""Sends what webhooks are due, signed, in the background of a server or of `portico worker`.

Imports: app.{egress, settings, database, background}, resolvers.
"""
