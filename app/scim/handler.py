"""Calls the steps of the protocol and the storage in turn, as scim2-server does; but a PATCH of a group doesn't read
its members if it needn't."""

from typing import cast

from scim2_models import ResponseParameters
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation

from app.scim.group_patch import group_change_of
from app.scim.resources import Group
from app.scim.service import Service
from app.scim.storage import Storage

WITHOUT_MEMBERS = ResponseParameters[Group].model_validate({"excludedAttributes": "members"})


class Handler(AsyncScimHandler):
    """The handler of one request."""

    def __init__(self, service: Service, storage: Storage) -> None:
        super().__init__(service, storage)
        self._storage = storage

    async def patch(self, request: ScimRequest) -> ScimResponse:
        """As `AsyncScimHandler.patch`."""
        return await self._patch_group(request) or await super().patch(request)

    async def _patch_group(self, request: ScimRequest) -> ScimResponse | None:
        """The response to a PATCH of a group that depends on no members; None for any other request."""
        if request.header("If-Match") is not None or request.header("If-None-Match") is not None:
            return None
        with self.service.provider:
            target = self.service.route(request, Operation.patch)
            resource_type = self.service.resource_type_at(cast("str", target.endpoint))
            if resource_type.id != "Group":
                return None
            parameters = self.service.read_response_parameters(resource_type, request.query)
            patch = self.service.read_patch(resource_type, request.body, request.header("Content-Type"))
            change = group_change_of(patch)
            if change is None:
                return None
            group_id = cast("str", target.resource_id)
            await self._storage.change_group(group_id, change)
            returned = parameters if parameters.attributes or parameters.excluded_attributes else WITHOUT_MEMBERS
            group = await self._storage.get(resource_type, group_id, response_parameters=returned)
            return self.service.patch_response(request.base_url, group, parameters)
