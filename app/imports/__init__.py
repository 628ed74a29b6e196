"""Readers of files that operators import. Imports: resolvers."""
