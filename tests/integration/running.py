"""Finds the tasks and timers of the integration by what they run, not by their text."""

import asyncio
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
import functools
import inspect
from types import CoroutineType
from typing import Any

from homeassistant.core import HassJob, HomeAssistant

import custom_components.ev_lb as integration

PACKAGE = integration.__name__


def is_ours(thing: Any) -> bool:
    """Return whether something that runs, or will be called, leads into our package."""
    return any(
        name == PACKAGE or name.startswith(f"{PACKAGE}.") for name in _modules(thing)
    )


def tasks() -> list[asyncio.Task[Any]]:
    """Return our tasks that run."""
    return [task for task in asyncio.all_tasks() if is_ours(task.get_coro())]


def timers(hass: HomeAssistant) -> list[asyncio.TimerHandle]:
    """Return our timers that wait."""
    handles: list[asyncio.TimerHandle] = hass.loop._scheduled
    return [
        handle
        for handle in handles
        if not handle.cancelled()
        and any(is_ours(part) for part in (handle._callback, *(handle._args or ())))
    ]


def _modules(thing: Any, seen: set[int] | None = None) -> Iterator[str]:
    """Yield the names of the modules in which a callable or coroutine was written."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, CoroutineType):
        if thing.cr_frame is not None:
            yield thing.cr_frame.f_globals["__name__"]
    elif inspect.isfunction(thing):
        yield thing.__module__
    else:
        yield type(thing).__module__
    for part in _parts(thing):
        yield from _modules(part, seen)


def _parts(thing: Any) -> Iterator[Any]:
    """Yield what something calls or awaits in its turn."""
    if isinstance(thing, CoroutineType):
        if thing.cr_await is not None:
            yield thing.cr_await
        if thing.cr_frame is not None:
            yield from filter(_leads_on, thing.cr_frame.f_locals.values())
    elif isinstance(thing, functools.partial):
        yield thing.func
        yield from filter(_leads_on, thing.args)
    elif isinstance(thing, HassJob):
        yield thing.target
    elif inspect.ismethod(thing):
        yield thing.__func__
        yield thing.__self__
    elif inspect.isfunction(thing):
        yield from filter(_leads_on, _closed_over(thing))
    elif is_dataclass(thing) and not isinstance(thing, type):
        # Home Assistant's trackers of time hold the job that they call.
        values = (getattr(thing, field.name, None) for field in fields(thing))
        yield from filter(_leads_on, values)


def _leads_on(value: Any) -> bool:
    """Return whether a value is one that a function may be about to call."""
    return isinstance(value, (functools.partial, HassJob, CoroutineType)) or (
        inspect.isroutine(value)
    )


def _closed_over(function: Any) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # not filled yet
