"""The mutations: inputs, payloads and resolver functions, with one file per group of mutations.

Imports: schema.types, schema.execution, schema.declare, resolvers, authz.
"""
