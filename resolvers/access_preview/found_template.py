"""The access template that a preview names, as stored: the statement of the preview depends on what it holds.

Whether the caller may give it is decided by that statement, as of any access: then they see the template, too.
"""

from types import SimpleNamespace
from typing import Any, Final, cast

from sqlalchemy import Row, Select, Uuid, bindparam, select, true

from authz.access import Access
from models import AccessTemplate, Audience
from resolvers.access.account_access import CONTENT, AccountAccess
from resolvers.access.templates import TemplateId, UsedTemplate, template_access
from resolvers.callers.caller import Caller
from resolvers.query.reader import Reader
from resolvers.query.session_guard import session_guard
from resolvers.transaction.context import MutationContext

_ID: Final = "template_id"
_ORGANIZATION_ID: Final = "template_organization_id"


async def find_template(
    reader: Reader, context: MutationContext, caller: Caller, access: Access, named: TemplateId
) -> UsedTemplate | None:
    """Reads the template; one without an id if the caller's organization has none with it. None if the caller has
    changed."""
    assert caller.actor is not None
    parameters = {_ID: named.id, _ORGANIZATION_ID: caller.actor.organization_id}
    record = await reader.read_row(caller, context.statements.get(access, _guarded_template), parameters)
    if record is None:
        return None
    if record["id"] is None:
        return UsedTemplate(None, AccountAccess(Audience.ORGANIZATION))
    row = cast("Row[*tuple[Any, ...]]", SimpleNamespace(**record))
    return UsedTemplate(record["id"], template_access(row))


def _guarded_template(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the template, with one row of NULLs without it. Without a row, the caller has changed."""
    stored = AccessTemplate.__table__
    key, organization_id = (bindparam(name, type_=Uuid()) for name in (_ID, _ORGANIZATION_ID))
    columns = [stored.c[name] for name in ("id", *CONTENT)]
    found = select(*columns).where(stored.c.id == key, stored.c.organization_id == organization_id).subquery("found")
    return select(*found.c).select_from(session_guard(access).outerjoin(found, true()))
