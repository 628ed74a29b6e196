"""Terms of a residual, independent of Oso: variables, types, operators and constants."""

from dataclasses import dataclass

from authz.actor import Identity


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class TypePattern:
    """A type that a value must have; `has_fields` if it also requires values of fields."""

    tag: str | None
    has_fields: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator of Polar and its operands."""

    operator: str
    operands: "tuple[Term, ...]"


Term = None | str | bool | int | Identity | Variable | TypePattern | Operation | tuple["Term", ...]
Residual = Term


def describe(term: Term) -> str:
    """Returns `term` as it would be written in Polar, for error messages."""
    match term:
        case Variable(name):
            return name.strip("_").rstrip("0123456789").rstrip("_")
        case Operation("Dot", (inner, str() as step)):
            return f"{describe(inner)}.{step}"
        case Operation(operator, operands):
            return f"{operator.lower()}({', '.join(map(describe, operands))})"
        case TypePattern(tag, _):
            return str(tag)
        case tuple():
            return f"[{', '.join(map(describe, term))}]"
        case Identity():
            return term.value
        case None:
            return "nil"
    return repr(term)
