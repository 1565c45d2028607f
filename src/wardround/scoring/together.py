"""Pieces of work on several processors, their results in order, and never more of them under way than memory has room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from wardround.stats.jit import available_threads

T = TypeVar("T")
#: Pieces under way, at most: each holds its rows. Project choice.
_MOST = 4


def together(work: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
    """The results of the pieces, in their order. Threads are enough: almost all time goes to code that lets the interpreter go.

    What a piece raises is raised here; pieces that have begun are waited for, and no other begins.
    """
    workers = max(1, min(_MOST, available_threads()))
    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(workers, "score") as pool:
        try:
            for piece in work:
                waiting.append(pool.submit(piece))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for piece_left in waiting:
                piece_left.cancel()
