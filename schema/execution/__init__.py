"""From the text of an operation to its result: parsing, limits, validation, planning, cost and execution.

Imports: schema.declare, resolvers, authz.
"""
