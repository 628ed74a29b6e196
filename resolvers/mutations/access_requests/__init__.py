"""Access requests: make one, withdraw it, decide it; expire what nobody decides, and notify those who may.

Imports: authz, models, resolvers.{access, mutations.users, policy_analysis, transaction, validation}, top-level files.
"""
