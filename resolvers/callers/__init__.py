"""Callers: who sent a request, with which credential, and the actor that it stands for.

Imports: authz, models.
"""
