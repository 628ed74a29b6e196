"""Outgoing HTTP requests to addresses that people type in, such as those of webhooks and of identity providers.

One client sends all of them, because such an address may lead anywhere: to the cloud's metadata service, to the
database, to this server itself (server-side request forgery, CWE-918). It resolves the name once, refuses it unless
every address is public, and connects to one of exactly these addresses. Redirects are not followed.

Imports: models, resolvers.validation.
"""
