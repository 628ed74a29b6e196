"""Distributing a database over several machines by Citus: which table is placed by what, and the statements that do it.

Imports: models.
"""
