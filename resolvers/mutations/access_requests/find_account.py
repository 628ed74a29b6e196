"""Finds the account that a requester names: by its id, by its name, or by the code of one of its services.

One statement for any words, whether or not they name anything. It looks at all accounts of the requester's
organization, also at those that the requester can't see, so its result is for those who may assign the account only.
"""

from uuid import UUID

from sqlalchemy import Text, Uuid, func, literal, or_, select

from authz.actor import Actor
from models import AccountKind, Service
from resolvers import public_id
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.ascii_codes import normalize_code
from resolvers.validation.text import normalize_name


async def find_account(work: UnitOfWork, actor: Actor, kind: AccountKind, words: str) -> UUID | None:
    """The only account of this kind in the actor's organization that `words` name; None if there are none or several.

    An id names one account. Other words name all accounts with this name, in any case, and that of the service with
    this code.
    """
    account, service = kind.accounts.__table__.alias(), Service.__table__.alias()
    own = literal(actor.organization_id, Uuid())
    of_service = select(service.c[kind.key]).where(
        service.c.organization_id == own, service.c.code == literal(normalize_code(words), Text())
    )
    has_name = account.c.name_key == func.fold(literal(normalize_name(words), Text()))
    has_id = account.c.id == literal(public_id.key(words, kind.accounts), Uuid())
    named = or_(has_name, has_id, account.c.id.in_(of_service))
    found = (
        (await work.execute(select(account.c.id).where(account.c.organization_id == own, named).limit(2)))
        .scalars()
        .all()
    )
    return found[0] if len(found) == 1 else None
