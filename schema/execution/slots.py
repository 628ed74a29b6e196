"""The values of a request, and the slots by which its selection refers to them.

Fields with the same arguments have the same slots, so that fields that are equal apart from their aliases are equal
parts of the selection. Arguments are compared as they are written, variables by name: the selection must not depend on
the values of the variables.
"""

from collections.abc import Callable
from typing import Any

from models import Base
from resolvers.query.selection import ParameterSlot
from schema.execution.collect_fields import CollectedField
from schema.execution.page_arguments import bound_value


class Slots:
    """All values of one request; the first `reserved` of them are set later."""

    def __init__(self, reserved: int = 0) -> None:
        self.values: list[Any] = [None] * reserved
        self._of_fields: dict[tuple[int, str], list[ParameterSlot]] = {}
        # A list of a variable that is used in many places is bound once. It is kept, so that no other gets its address.
        self._lists: dict[tuple[int, type[Base] | None], tuple[object, ParameterSlot]] = {}

    def of(self, field: CollectedField) -> "FieldSlots":
        """Returns the slots of a field, whose arguments are stored unless those of an equal field are."""
        # The schema keeps its definitions, so that each has an address of its own.
        key = id(field.definition), _arguments_text(field)
        return FieldSlots(self, self._of_fields.setdefault(key, []))

    def add(self, value: Any) -> ParameterSlot:
        """Stores a value and returns its slot."""
        self.values.append(value)
        return ParameterSlot(len(self.values) - 1)

    def add_filter(self, value: Any, model: type[Base] | None) -> ParameterSlot:
        """Stores the value of a filter field, which holds ids of rows of the model if there is one, and returns its
        slot."""
        if not isinstance(value, list):
            return self.add(bound_value(value, model))
        key = id(value), model
        if key not in self._lists:
            self._lists[key] = value, self.add(bound_value(value, model))
        return self._lists[key][1]


class FieldSlots:
    """The slots of one field. An equal field asks for the same ones, in the same order."""

    def __init__(self, all_: Slots, slots: list[ParameterSlot]) -> None:
        self._all = all_
        self._slots = slots
        self._place = 0

    def value(self, value: Any) -> ParameterSlot:
        """Returns the slot of the next value."""
        return self._next(lambda: self._all.add(value))

    def filter(self, value: Any, model: type[Base] | None) -> ParameterSlot:
        """Returns the slot of the next value, which is that of a filter field: as `Slots.add_filter`."""
        return self._next(lambda: self._all.add_filter(value, model))

    def _next(self, add: Callable[[], ParameterSlot]) -> ParameterSlot:
        if self._place == len(self._slots):
            self._slots.append(add())
        self._place += 1
        return self._slots[self._place - 1]


def _arguments_text(field: CollectedField) -> str:
    arguments = field.nodes[0].arguments
    if not arguments:
        return ""
    first, last = arguments[0].loc, arguments[-1].loc
    assert first is not None
    assert last is not None
    return first.source.body[first.start : last.end]
