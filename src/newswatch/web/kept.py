"""A few values kept by their keys: the ones that were not asked for longest go first."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most `most` values. May be used from any thread."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.values: OrderedDict[K, V] = OrderedDict()
        self.one_at_a_time = Lock()

    def get(self, key: K) -> V | None:
        with self.one_at_a_time:
            value = self.values.get(key)
            if value is not None:
                self.values.move_to_end(key)
            return value

    def look(self, keys: Iterable[K]) -> list[V | None]:
        """Many at once; it does not count as asking for them."""
        with self.one_at_a_time:
            return list(map(self.values.get, keys))

    def put(self, key: K, value: V) -> V:
        with self.one_at_a_time:
            self.values[key] = value
            self.values.move_to_end(key)
            if len(self.values) > self.most:
                self.values.popitem(last=False)
            return value
