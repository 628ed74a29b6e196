"""Tries out edits of the policy for staff, in processes of their own: what they mean, and never in force. Imports:
app.database, authz, resolvers.
"""
