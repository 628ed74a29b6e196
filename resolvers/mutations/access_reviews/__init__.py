"""Access reviews: create one from everybody's effective access, sign it off, and export it.

Imports: authz, models, resolvers.{mutations.onboarding, policy_analysis, transaction, types, validation, errors}.
"""
