"""Keywords of Polar, and the constructs that a policy may not use, each with the reason and a suggestion."""

COMPARISONS = {"=", "==", "!=", "<", "<=", ">", ">=", "in"}
FORBIDDEN = {
    "cut": ("`cut` makes the result depend on the order of the rules.", "Write rules that exclude each other."),
    "forall": (
        "`forall` cannot be translated to SQL.",
        "Use a virtual flag such as user.within_reach_of_actor, which is written in SQL.",
    ),
    "new": ("A policy cannot create objects.", "Compare with a literal."),
    "matches": ("`matches` is not supported.", "Pass the value to a rule whose parameter has the type."),
    "debug": ("`debug` would stop the server.", "Remove it."),
    "print": ("`print` would write output on every check.", "Remove it."),
}
ARITHMETIC = {"+", "-", "*", "/", "%", "mod", "rem"}
ARITHMETIC_REASON = ("Arithmetic is not supported.", "Compare a column with a literal, or with the actor's identity.")
FOREIGN = {
    "!": ("Negation is a keyword.", "Write `not`; for a column, !=."),
    "<>": ("Polar has no <>.", "Write !=."),
    "&": ("Conditions are joined by keywords.", "Write `and`."),
    "|": ("Conditions are joined by keywords.", "Write `or`."),
    "?": ("Polar has no ?.", "Remove it."),
}
"""What other languages write, with the reason and the suggestion."""
MIXED = (
    "`and` and `or` are mixed without parentheses.",
    "Put parentheses: `(a and b) or c`, or `a and (b or c)`.",
)
UNUSABLE = {"type", "isa", "inf", "nan"}
"""Words that Oso does not accept as names."""
MAX_DEPTH = 50
"""How deep conditions may be nested."""
BLOCKS = {"resource", "actor", "type", "declare"}
NAMED_VALUES: dict[str, bool | None] = {"true": True, "false": False, "nil": None}
RESERVED = COMPARISONS | set(FORBIDDEN) | {"and", "or", "not", "if", "mod", "rem"}
