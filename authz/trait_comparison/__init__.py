"""Compares two versions of the policy without data: for all actors that the rules can tell apart, and all rows.

Imports: counterexamples, capabilities, policy, checks, explain, predicates, model, trait_facts, actor, models.
"""
