"""What an identity provider does by SCIM with the users and access templates of an organization.

It is done by the mutations that admins use, as the admin who made the SCIM token, and each request in one transaction.

Imports: authz, models, resolvers.{access, callers, mutations, transaction, validation, errors}.
"""
