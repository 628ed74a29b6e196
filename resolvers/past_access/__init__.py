"""The access that users had at earlier times, from the values in the audit trail.

Imports: authz, models, resolvers.query.
"""
