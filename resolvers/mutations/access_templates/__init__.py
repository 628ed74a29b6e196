"""Creates, changes and removes access templates. A change is one of the users who have the template, too.

Imports: mutations.users, access, transaction, errors, validation.
"""
