"""What a user would see after a change that is not made, by the policy that decides once it is.

Imports: mutations.users, access, transaction, query, callers, errors, prepared_statement.
"""
