"""Encodes and decodes cursors: the position of a row in an order, as opaque text.

A cursor is base64url (RFC 4648, section 5, without padding) of the JSON array `[order, key, id]`. It contains only the
row's own id and the value by which it was ordered, both of which its reader may see. It grants no access: the policy is
checked again on the page that it leads to.
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Text, func, literal_column
from sqlalchemy.types import TypeEngine

from resolvers.query.json_sql import sql_literal

MAX_LENGTH = 4096
"""Characters. The longest key is a folded name with its email address."""


def encode(order: str, key: ColumnElement[Any], id_: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns SQL for the cursor of a row: text of letters, digits, `-` and `_`."""
    parts = func.json_build_array(sql_literal(order), key, id_).cast(Text)
    base64_text = func.encode(func.convert_to(parts, sql_literal("UTF8")), sql_literal("base64"))
    # PostgreSQL breaks base64 into lines of 76 characters and pads it; translate removes characters without a
    # counterpart.
    return func.translate(base64_text, literal_column(r"E'+/=\n'", Text), sql_literal("-_"))


def decode(cursor: str, order: str, type_: TypeEngine[Any]) -> tuple[Any, UUID]:
    """Returns the key of a cursor (a datetime if `type_` is a time, else text) and its id.

    Raises ValueError if the cursor is malformed or belongs to another order.
    """
    if len(cursor) > MAX_LENGTH:
        raise ValueError("not a cursor")
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        cursor_order, key, id_ = json.loads(raw)
        if cursor_order != order or not isinstance(key, str) or not isinstance(id_, str) or "\x00" in key:
            raise ValueError("a cursor of another order")
        key.encode()
        if not isinstance(type_, DateTime):
            return key, UUID(id_)
        moment = datetime.fromisoformat(key)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        # In UTC: the driver can't send a time that only its zone keeps within the years 1 to 9999.
        return moment.astimezone(UTC), UUID(id_)
    except (binascii.Error, UnicodeError, RecursionError, TypeError, ValueError, OverflowError) as error:
        raise ValueError("not a cursor of this connection") from error
