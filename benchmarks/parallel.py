"""Spreads work over all cores of this machine, or over a Dask cluster."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
import logging
from typing import Final

IN_FLIGHT: Final = 3
"""Pieces of work that each worker has at hand."""


def spread[Work, Outcome](
    function: Callable[[Work], Outcome],
    work: Iterable[Work],
    *,
    jobs: int | None = None,
    scheduler_address: str | None = None,
) -> Iterator[Outcome]:
    """Yield what a function makes of each piece of work, as it gets ready.

    `jobs` is how many processes, by default one for each core; one job stays in
    this process. With a scheduler's address its cluster does the work.
    """
    if jobs == 1 and scheduler_address is None:
        yield from map(function, work)
        return
    # Slow to load, and not needed by one job.
    from distributed import Client, LocalCluster, as_completed  # noqa: PLC0415

    with ExitStack() as stack:
        where: LocalCluster | str
        if scheduler_address is not None:
            where = scheduler_address
        else:
            where = stack.enter_context(
                LocalCluster(
                    n_workers=jobs,
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
