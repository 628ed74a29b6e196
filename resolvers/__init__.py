"""What the server reads and writes: queries as one authorized SQL statement, mutations, and what both need.

Imports: authz, models.
"""
