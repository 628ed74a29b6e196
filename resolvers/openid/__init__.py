"""OpenID Connect as a relying party: what is sent to a provider, and how its answers are checked. No database.

Imports: encryption, lru_cache, models, public_id.
"""
