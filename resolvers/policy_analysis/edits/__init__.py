"""What an edit of the policy would mean: on live data, and for staff who try one out.

Imports: policy_analysis, transaction, rate_limits, fair_queue, errors, authz.
"""
