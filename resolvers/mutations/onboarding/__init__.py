"""Onboarding: create organizations, accounts and services, and import services in bulk.

Imports: authz, models, resolvers.{mutations.users, access, callers, transaction, validation, bulk_insert, errors,
public_id}.
"""
