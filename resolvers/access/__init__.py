"""The access of a user: audience, permissions and accounts, how they are stored, and which an admin may assign.

Imports: authz, models, resolvers.{types, past_access, query, transaction, bulk_insert, errors, public_id, timestamps}.
"""
