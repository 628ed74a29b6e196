"""The policy's vocabulary: actions, capabilities, and the attributes of actors and resources.

Imports: actor, models.
"""
