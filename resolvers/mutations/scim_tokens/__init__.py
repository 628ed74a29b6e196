"""SCIM tokens: creates and revokes them, and checks that their maker may still set up provisioning.

Imports: authz, models, resolvers.{callers, identity, transaction, validation, errors, public_id, timestamps}.
"""
