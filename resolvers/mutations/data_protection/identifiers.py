"""Finds out how a person is named in texts: by their emails, full names, phone numbers and external ids, present
and former.

Texts are searched for these with one regular expression (PostgreSQL manual, 9.7.3), whole and in any case. A first or a
last name alone is not searched for, because it is also the name of others.
"""

import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Uuid, bindparam, select, text

from models import AccessReviewEntry, Base, User
from resolvers.data_protection.person import Person, of_person
from resolvers.transaction.unit_of_work import UnitOfWork

MOST_NAMES: Final = 20
"""The number of former first names and last names that are combined."""

SHORTEST_EXTERNAL_ID: Final = 8
"""The length of an external id that is searched for: a shorter one, such as a number, could stand for anything."""

_FORMER = text("""
SELECT field.key, side #>> '{}' AS value
FROM audit_events AS event,
    jsonb_each(CASE WHEN jsonb_typeof(event.changes) = 'object' THEN event.changes END) AS field,
    jsonb_array_elements(CASE WHEN jsonb_typeof(field.value) = 'array' THEN field.value ELSE '[]' END) AS side
WHERE event.tenant_id = :tenant AND event.subject_id = :user
    AND field.key IN ('email', 'firstName', 'lastName', 'phone', 'externalId')
    AND jsonb_typeof(side) = 'string' AND NOT coalesce(event.erased -> 'digests' ? ('changes.' || field.key), false)
GROUP BY 1, 2
""").bindparams(bindparam("user", type_=Uuid()), bindparam("tenant", type_=Uuid()))

_BEFORE, _AFTER = r"(?<![[:alnum:]._%+-])", r"(?![[:alnum:]_-]|\.[[:alnum:]])"


async def find_identifiers(work: UnitOfWork, person: Person, also: Iterable[str]) -> list[str]:
    """The texts that identify the user, the longest first; `also` are further ones."""
    row, entry = (Base.metadata.tables[model.__tablename__] for model in (User, AccessReviewEntry))
    columns = (row.c.email, row.c.first_name, row.c.last_name, row.c.phone, row.c.external_id)
    user = (await work.execute(select(*columns).where(of_person(row, person)))).one()
    values: dict[str, set[str]] = {
        "email": {user.email},
        "firstName": {user.first_name} - {None},
        "lastName": {user.last_name} - {None},
        "phone": {user.phone} - {None},
        "externalId": {user.external_id} - {None},
    }
    for key, value in await work.execute(_FORMER, {"user": person.user_id, "tenant": person.tenant_id}):
        values[key].add(value)
    recorded = select(entry.c.user_email, entry.c.user_name).where(of_person(entry, person)).distinct()
    external_ids = (each for each in values["externalId"] if len(each) >= SHORTEST_EXTERNAL_ID)
    found = {*values["email"], *values["phone"], *external_ids, *also, *_full_names(values)}
    for email, name in await work.execute(recorded):
        found |= {email, *([name] if " " in name else [])}
    return sorted((each.strip() for each in found if each.strip()), key=lambda each: (-len(each), each))


def _full_names(values: dict[str, set[str]]) -> Iterable[str]:
    first_names, last_names = (sorted(values[key])[:MOST_NAMES] for key in ("firstName", "lastName"))
    for first in first_names:
        for last in last_names:
            yield f"{first} {last}"
            yield f"{last} {first}"
            yield f"{last}, {first}"


def pattern_of(identifiers: Iterable[str]) -> str:
    """The regular expression of PostgreSQL that matches any of these texts as a whole."""
    alternatives = "|".join(_escaped(each) for each in identifiers)
    return f"{_BEFORE}(?:{alternatives}){_AFTER}"


def _escaped(identifier: str) -> str:
    return "[[:space:]]+".join(re.sub(r"([^\w\s])", r"\\\1", word) for word in identifier.split())
