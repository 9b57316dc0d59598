"""Spreads work over all cores of this machine, or over a Dask cluster."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
import logging
from typing import Final

IN_FLIGHT: Final = 3
"""Pieces of work that each worker has at hand."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work: processes of this machine, or a Dask cluster."""

    jobs: int | None = None
    """How many processes, by default one for each core; one job stays in this one."""
    scheduler_address: str | None = None
    """Of the cluster, which goes before any processes."""


EVERY_CORE: Final = Workers()


def spread[Work, Outcome](
    function: Callable[[Work], Outcome],
    work: Iterable[Work],
    workers: Workers = EVERY_CORE,
) -> Iterator[Outcome]:
    """Yield what a function makes of each piece of work, as it gets ready."""
    if workers.jobs == 1 and workers.scheduler_address is None:
        yield from map(function, work)
        return
    # Slow to load, and not needed by one job.
    from distributed import Client, LocalCluster, as_completed  # noqa: PLC0415

    with ExitStack() as stack:
        where: LocalCluster | str | None = workers.scheduler_address
        if where is None:
            where = stack.enter_context(
                LocalCluster(
                    n_workers=workers.jobs,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    scheduler_kwargs={"dashboard": False},
                    silence_logs=logging.ERROR,
                )
            )
        client = stack.enter_context(Client(where))
        waiting = iter(work)
        count = max(1, sum(client.nthreads().values())) * IN_FLIGHT
        first = [
            client.submit(function, row, pure=False) for row in islice(waiting, count)
        ]
        results = as_completed(first)
        for future in results:
            yield future.result()
            for row in islice(waiting, 1):
                results.add(client.submit(function, row, pure=False))
