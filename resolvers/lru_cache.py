"""An LRU cache, limited by number of entries and by total size."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LRUCache(Generic[K, V]):
    """The most recently used entries: at most `entries`, with a total size of at most `size` (in units of `put`). Any
    thread may use it."""

    def __init__(self, entries: int, size: int) -> None:
        self._max_entries, self._max_size = entries, size
        self._size = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value of the key, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Store a value of the given size. A value larger than the cache is not stored."""
        if size > self._max_size:
            return
        with self._lock:
            previous = self._entries.pop(key, None)
            self._size += size - (previous[1] if previous else 0)
            self._entries[key] = value, size
            while len(self._entries) > self._max_entries or self._size > self._max_size:
                _, (_, freed) = self._entries.popitem(last=False)
                self._size -= freed

    def values(self) -> Iterator[V]:
        """A snapshot of all values: entries may be stored or removed during the iteration."""
        with self._lock:
            return iter([value for value, _ in self._entries.values()])

    def remove(self, key: K) -> None:
        """Remove the key, if present."""
        with self._lock:
            _, freed = self._entries.pop(key, (None, 0))
            self._size -= freed
