"""Mutations: the functions that change data, each run in a unit of work.

Imports: authz, models, and every other package of resolvers.
"""
