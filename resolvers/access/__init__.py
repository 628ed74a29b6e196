"""What a user is granted: audience, permissions and accounts; how it is stored, and which of it an admin may assign.

Imports: authz, models, resolvers.{transaction, bulk_insert, errors, public_id, timestamps}.
"""
