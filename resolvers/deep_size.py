"""Measures how much memory a value holds, so that a cache can be limited by what its entries really hold."""

import gc
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType)


def deep_size(value: Any) -> int:
    """Returns the bytes of a value and of everything that it refers to, each object once. Classes, functions and
    modules don't count, because they exist anyway.

    Use it for plain data: a value that refers to a long-lived object, such as a pool, is measured with that object.
    """
    total, seen, waiting = 0, {id(value)}, [value]
    while waiting:
        total += sum(map(sys.getsizeof, waiting))
        referents = [each for each in gc.get_referents(*waiting) if not isinstance(each, _SHARED)]
        waiting = []
        for each in referents:
            if id(each) not in seen:
                seen.add(id(each))
                waiting.append(each)
    return total
