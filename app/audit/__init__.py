"""Verification of the audit trail: recomputes the hash chains from the stored rows alone.

Imports: resolvers.public_id.
"""
