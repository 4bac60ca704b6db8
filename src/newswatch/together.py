"""What is asked for while the same is being done for others: done for all of them at once, after that.

A transaction, or a change of thread, costs much the same for one delivery as for a hundred. What comes
alone is done alone, at once; only what comes in quick succession waits a moment for more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")
MOMENT = 0.02  # seconds

Work: TypeAlias = Callable[[Sequence[Asked]], Awaitable[Sequence[Given | Exception]]]


@dataclass(slots=True)
class Together(Generic[Asked, Given]):
    """Calls of one kind of work. What is given for one may be an exception, which only its caller
    gets."""

    waiting: list[tuple[Asked, asyncio.Future[Given]]] = field(default_factory=list)
    running: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked, work: Work[Asked, Given]) -> Given:
        answer: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self.waiting.append((asked, answer))
        if self.running is None or self.running.done():
            self.running = asyncio.create_task(self.run(work))
        return await answer

    async def run(self, work: Work[Asked, Given]) -> None:
        while self.waiting:
            taken, self.waiting = self.waiting, []
            given = await attempted(work, [asked for asked, _ in taken])
            for (_, answer), one in zip(taken, given, strict=True):
                give(answer, one)
            if self.waiting:
                await asyncio.sleep(MOMENT)


async def attempted(
    work: Work[Asked, Given], asked: Sequence[Asked]
) -> Sequence[Given | Exception]:
    try:
        return await work(asked)
    except Exception as error:  # noqa: BLE001 - every caller gets it
        return [error] * len(asked)


def give(answer: "asyncio.Future[Given]", one: Given | Exception) -> None:
    if answer.done():  # its caller was cancelled
        return
    if isinstance(one, Exception):
        answer.set_exception(one)
    else:
        answer.set_result(one)
