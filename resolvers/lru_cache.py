"""What is kept because it may be asked for again, within bounds of number and size."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LRUCache(Generic[K, V]):
    """The entries used last: at most `entries`, of together at most `size`, in the unit of what `put` is given."""

    def __init__(self, entries: int, size: int) -> None:
        self._most, self._largest = entries, size
        self._size = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """What is kept under the key, or None."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of the given size. One that is larger than all that may be kept is not."""
        if size > self._largest:
            return
        former = self._entries.pop(key, None)
        self._size += size - (former[1] if former else 0)
        self._entries[key] = value, size
        while len(self._entries) > self._most or self._size > self._largest:
            _, (_, freed) = self._entries.popitem(last=False)
            self._size -= freed

    def values(self) -> Iterator[V]:
        """All that is kept now; what is put or dropped meanwhile does not matter."""
        return iter([value for value, _ in self._entries.values()])

    def drop(self, key: K) -> None:
        """Keep nothing under the key any more."""
        _, freed = self._entries.pop(key, (None, 0))
        self._size -= freed
