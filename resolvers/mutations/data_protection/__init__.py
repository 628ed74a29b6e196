"""What only the operator does with the data of an organization or a person: delete it, erase it, record its export.

Imports: resolvers.data_protection, resolvers.transaction, resolvers.mutations.users, models.
"""
