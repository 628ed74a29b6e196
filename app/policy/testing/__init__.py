"""Tests of a policy: test files in YAML, their runner, and the coverage of the policy.

Imports: authz, models.
"""
