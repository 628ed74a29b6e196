"""The same schema, implemented the ordinary way: Strawberry resolvers, SQLAlchemy objects, DataLoaders.

It covers what the benchmark's pages query, and does it well: documents are parsed and validated once, every edge is one
statement for all its parents, pages are limited in the database, and the rules are WHERE clauses of those statements.
"""
