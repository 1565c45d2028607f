"""Work on partitions through joblib: the same results in the same order on one core, all cores or a cluster."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import joblib

from wardround.errors import EnvironmentFailure, MissingExtra, UsageError
from wardround.project.sections import ComputeSection

T = TypeVar("T")
R = TypeVar("R")

#: Seconds within which the scheduler of a Dask cluster must answer. Project choice.
CONNECT_SECONDS = 30


#: Below this many bytes of Parquet, starting worker processes takes longer than the work. Project choice, measured: about 100,000
#: encounters of 30 columns.
SMALL_BYTES = 8 << 20


def is_small(paths: Iterable[Path]) -> bool:
    """Whether the files are so small that worker processes on this machine are not worth their start."""
    return sum(path.stat().st_size for path in paths) < SMALL_BYTES


def map_partitions(
    work: Callable[[T], R], parts: Sequence[T], compute: ComputeSection, *, small: bool = False
) -> list[R]:
    """``[work(part) for part in parts]``, spread as ``compute`` says; ``small`` work stays in this process unless Dask is asked for.

    ``work`` is a function of a module and ``parts`` are plain values, because both travel to other processes. The first
    :class:`WardroundError` of a worker is raised here. A worker that the machine ends (out of memory) is explained.
    """
    if compute.backend == "sequential" or (compute.backend != "dask" and (small or len(parts) <= 1)):
        return [work(part) for part in parts]
    with _backend(compute):
        try:
            return list(joblib.Parallel(n_jobs=_jobs(compute))(joblib.delayed(work)(part) for part in parts))
        except Exception as error:
            if type(error).__name__ not in _LOST:
                raise
            raise EnvironmentFailure(
                "a worker process ended before its partition was done",
                where="params.yaml: compute",
                found=type(error).__name__,
                next="most often memory: raise data.partitions so that each is smaller, or lower compute.jobs",
            ) from error


#: What loky and Dask raise when a worker dies.
_LOST = frozenset({"TerminatedWorkerError", "BrokenProcessPool", "KilledWorker", "ShutdownExecutorError"})


def _jobs(compute: ComputeSection) -> int:
    return -1 if compute.jobs in (-1, 0) or compute.backend == "dask" else compute.jobs


@contextmanager
def _backend(compute: ComputeSection) -> Iterator[None]:
    if compute.backend != "dask":
        with joblib.parallel_config(backend=compute.backend, n_jobs=_jobs(compute)):
            yield
        return
    if importlib.util.find_spec("distributed") is None:
        raise MissingExtra("dask", "dask[distributed]")
    if not compute.address:
        raise UsageError(
            "a Dask cluster needs the address of its scheduler",
            where="params.yaml: compute.address",
            wanted="for instance tcp://scheduler:8786; its workers must see this project's directory under the same path",
        )
    from distributed import Client

    try:
        client = Client(  # type: ignore[no-untyped-call]  # distributed is typed in parts
            compute.address, timeout=CONNECT_SECONDS, set_as_default=False
        )
    except (OSError, TimeoutError, ValueError) as error:
        raise EnvironmentFailure(
            "the Dask scheduler does not answer",
            where=f"params.yaml: compute.address ({compute.address})",
            found=type(error).__name__,
            next="start the cluster, correct the address, or set compute.backend: loky",
        ) from error
    with client, client.as_current(), joblib.parallel_config(backend="dask", wait_for_workers_timeout=CONNECT_SECONDS):
        yield
