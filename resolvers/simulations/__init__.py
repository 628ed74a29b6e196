"""What a change of the organization would do to everybody's access, without making it.

Imports: mutations.users, policy_analysis, transaction, query, rate_limits, errors, public_id.
"""
