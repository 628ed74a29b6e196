"""The same schema the ordinary way: Strawberry resolvers, SQLAlchemy objects, DataLoaders.

As much of it as the pages of the benchmark ask for, written as well as that way can be: documents are parsed and
validated once, every edge is one statement for all its parents, a page is cut in the database, and the rules are
WHERE clauses in those statements.
"""
