"""What is asked for while the same is being done for others is done for all of them at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from newswatch.together import Together


@dataclass
class Work:
    """Doubles numbers, and keeps what was asked for at once; the first time it waits for `go`."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[list[int]] = field(default_factory=list)

    async def __call__(self, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.asked.append(list(numbers))
        await self.go.wait()
        return [2 * n if n >= 0 else ValueError(f"{n} is less than none") for n in numbers]


def started(work: Work, *numbers: int) -> list[asyncio.Task[int]]:
    together: Together[int, int] = Together()
    return [asyncio.ensure_future(together(number, work)) for number in numbers]


def test_what_comes_while_the_same_is_done_is_done_at_once_after_that() -> None:
    async def scene() -> None:
        work, together = Work(), Together[int, int]()
        first = asyncio.ensure_future(together(1, work))
        while not work.asked:
            await asyncio.sleep(0)
        others = [asyncio.ensure_future(together(number, work)) for number in (2, 3)]
        await asyncio.sleep(0)
        work.go.set()
        assert await asyncio.gather(first, *others) == [2, 4, 6]
        assert work.asked == [[1], [2, 3]]

    asyncio.run(scene())


def test_an_error_is_only_that_of_whom_it_is_about() -> None:
    async def scene() -> list[int | BaseException]:
        work = Work()
        work.go.set()
        return await asyncio.gather(*started(work, 1, -1, 2), return_exceptions=True)

    one, error, other = asyncio.run(scene())
    assert (one, str(error), other) == (2, "-1 is less than none", 4)


def test_where_all_of_it_fails_everybody_is_told() -> None:
    async def broken(_: Sequence[int]) -> Sequence[int]:
        raise OSError("the disk is full")

    async def scene() -> list[int | BaseException]:
        together: Together[int, int] = Together()
        asked = [together(number, broken) for number in range(3)]
        return await asyncio.gather(*asked, return_exceptions=True)

    assert [str(one) for one in asyncio.run(scene())] == ["the disk is full"] * 3


def test_who_no_longer_waits_keeps_nobody_else_waiting() -> None:
    async def scene() -> int:
        work = Work()
        gone, other = started(work, 1, 2)
        while not work.asked:
            await asyncio.sleep(0)
        gone.cancel()
        work.go.set()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await other

    assert asyncio.run(scene()) == 4


def test_a_loop_that_ended_in_the_middle_does_not_keep_the_next_from_working() -> None:
    together: Together[int, int] = Together()

    async def ended() -> None:
        task = asyncio.ensure_future(together(1, Work()))
        await asyncio.sleep(0)
        task.cancel()

    async def scene() -> int:
        work = Work()
        work.go.set()
        return await together(2, work)

    asyncio.run(ended())
    assert asyncio.run(scene()) == 4
