"""The words of Polar that have a meaning of their own, and those that a policy may not use, each with the reason."""

COMPARISONS = {"=", "==", "!=", "<", "<=", ">", ">=", "in"}
FORBIDDEN = {
    "cut": ("`cut` makes the meaning depend on the order of rules.", "Write rules that exclude each other."),
    "forall": (
        "`forall` cannot be turned into SQL.",
        "Ask for a virtual flag such as user.within_reach_of_actor, which is written in SQL.",
    ),
    "new": ("A policy makes no objects.", "Compare with a literal."),
    "matches": ("`matches` is not translated.", "Give the value to a rule whose parameter has the type."),
    "debug": ("`debug` would stop the server.", "Remove it."),
    "print": ("`print` would write on every check.", "Remove it."),
}
ARITHMETIC = {"+", "-", "*", "/", "%", "mod", "rem"}
ARITHMETIC_REASON = ("Arithmetic is not translated.", "Compare a column with a literal, or with the actor's identity.")
BLOCKS = {"resource", "actor", "type", "declare"}
NAMED_VALUES: dict[str, bool | None] = {"true": True, "false": False, "nil": None}
RESERVED = COMPARISONS | set(FORBIDDEN) | {"and", "or", "not", "if", "mod", "rem"}
