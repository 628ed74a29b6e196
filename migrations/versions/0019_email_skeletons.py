"""Skeletons of emails (UTS #39, section 4): addresses that look the same have the same one.

The table of confusable characters comes from the library `confusable-homoglyphs` and stays in the SQL function
`skeleton`: with a newer table, a later migration makes the function and the column anew.
"""

import unicodedata
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LEFT_TO_RIGHT_MARK = "\u200e"  # the table puts it around characters that are written from right to left


def prototypes() -> dict[str, str]:
    """The character or characters that each confusable one stands for, both in lower case, as emails are.

    The library lists all pairs in both directions: a prototype with all characters that look like it, and each of those
    with the prototype alone.
    """
    # A large table, which servers that load the migrations don't need.
    from confusable_homoglyphs.confusables import confusables_data  # type: ignore[import-untyped] # noqa: PLC0415

    found: dict[str, str] = {}
    for source, partners in confusables_data.items():
        if len(partners) == 1 and _is_source(source, partner := partners[0]["c"], confusables_data):
            character, prototype = (text.replace(LEFT_TO_RIGHT_MARK, "") for text in (source, partner))
            if _occurs_in_skeletons(character) and prototype.lower() != character:
                found[character] = prototype.lower()
    return found


def _occurs_in_skeletons(character: str) -> bool:
    # After the normalization, which already maps many mathematical and other letters; emails hold few symbols.
    return (
        len(character) == 1
        and character == unicodedata.normalize("NFKD", character.lower())
        and (character in "|`" or unicodedata.category(character)[0] in "LMN")
    )


def _is_source(text: str, partner: str, table: Mapping[str, Sequence[object]]) -> bool:
    # Of two that have only each other, the prototype is the longer one (m and rn), or else ASCII (0 and O, 1 and l).
    return (-len(table[partner]), -len(partner), not partner.isascii(), partner) < (
        -1,
        -len(text),
        not text.isascii(),
        text,
    )


def skeleton_function(table: Mapping[str, str]) -> str:
    """The statement that makes the function `skeleton`, for text in lower case. Plain ASCII takes the short way."""
    ascii_only = {character: prototype for character, prototype in table.items() if character.isascii()}
    short, long = _mapped("$1", ascii_only), _mapped('lower(normalize($1, NFKD) COLLATE "C")', table)
    return f"""
        CREATE FUNCTION skeleton(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
            SELECT CASE WHEN octet_length($1) = length($1) THEN {short} ELSE {long} END
        $body$"""


def _mapped(expression: str, table: Mapping[str, str]) -> str:
    single = {character: prototype for character, prototype in table.items() if len(prototype) == 1}
    expression = f"translate({expression}, {_literal(''.join(single))}, {_literal(''.join(single.values()))})"
    for character, prototype in table.items():
        if len(prototype) > 1 and prototype.isascii():
            expression = f"replace({expression}, {_literal(character)}, {_literal(prototype)})"
    return expression


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def upgrade() -> None:
    """Make the function, and the column with its index."""
    op.get_bind().exec_driver_sql(skeleton_function(prototypes()))
    column = sa.Column(
        "email_skeleton",
        sa.Text(collation="C"),
        sa.Computed("skeleton(email)", persisted=True),
        nullable=False,
    )
    op.add_column("users", column)
    op.create_index(op.f("ix_users_email_skeleton"), "users", ["email_skeleton"])


def downgrade() -> None:
    """Drop them."""
    op.drop_column("users", "email_skeleton")
    op.execute("DROP FUNCTION skeleton")
