"""Reads and writes: queries as one authorized SQL statement, mutations, and their shared parts.

Imports: authz, models.
"""
