"""The policy language: lexer, parser and syntax tree of Polar sources, their diagnostics, and rewriting of a source.

Imports: nothing of Portico.
"""
