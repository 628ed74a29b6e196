"""The object types: one file per node type, with its filter and sort orders. The files are named as in `models/`.

Imports: schema.declare, resolvers, authz, models. Types refer to each other by the lazy names in `references.py`.
"""
