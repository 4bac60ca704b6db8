"""Values that are kept while there is room."""

from concurrent.futures import ThreadPoolExecutor

from newswatch.web.kept import Kept


def test_what_was_not_asked_for_longest_goes_first() -> None:
    kept: Kept[str, int] = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    kept.get("a")
    kept.put("c", 3)
    assert kept.look("abc") == [1, None, 3]


def test_looking_at_values_does_not_keep_them_longer() -> None:
    kept: Kept[str, int] = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    kept.look("a")
    kept.put("c", 3)
    assert kept.get("a") is None


def test_many_threads_may_use_it() -> None:
    kept: Kept[int, int] = Kept(3)

    def use(number: int) -> int | None:
        kept.put(number % 7, number % 7)
        return kept.get((number + 1) % 7)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(use, range(5_000)))
    assert set(found) <= {None, *range(7)}
    assert len(kept.values) == 3
