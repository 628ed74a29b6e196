"""SCIM 2.0 (RFC 7643, RFC 7644): the endpoint where identity providers manage users and groups of an organization.

The protocol is that of the library scim2-server, without input or output of its own. Reads go through `resolvers/query`
and changes through `resolvers/mutations/provisioning`, both as the admin who made the SCIM token.
"""

import app.scim.source_lookup  # noqa: F401
