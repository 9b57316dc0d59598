"""Our tasks and timers are found, and nobody else's, wherever the project lies."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
import functools
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant
from homeassistant.helpers.event import async_call_later, async_track_time_interval
import pytest

from custom_components.ev_lb.chargers.sender import Sender
from custom_components.ev_lb.engine.decide import decide

from .running import is_ours, tasks, timers


def foreign_timer(_: datetime) -> None:
    """Stand for the callback of another integration."""


@pytest.mark.parametrize(
    "thing",
    [
        decide,
        functools.partial(decide),
        functools.partial(foreign_timer, decide),
        HassJob(functools.partial(decide)),
        Sender.__init__,
    ],
)
def test_a_function_of_ours_is_found_in_whatever_holds_it(thing: object) -> None:
    assert is_ours(thing)


def test_a_name_in_a_description_makes_nothing_ours() -> None:
    named = HassJob(foreign_timer, name="custom_components.ev_lb.control.controller")
    assert "ev_lb" in str(named)
    assert not is_ours(named)


async def test_a_foreign_task_is_not_ours_though_its_description_says_ev_lb() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(wait(), name="custom_components.ev_lb")
    await asyncio.sleep(0)
    assert "ev_lb" in str(task)
    assert task not in tasks()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def call_later(hass: HomeAssistant, action: Any) -> CALLBACK_TYPE:
    return async_call_later(hass, 1000, action)


def call_often(hass: HomeAssistant, action: Any) -> CALLBACK_TYPE:
    return async_track_time_interval(hass, action, timedelta(seconds=1000))


@pytest.mark.parametrize("start", [call_later, call_often])
@pytest.mark.parametrize(("action", "found"), [(decide, True), (foreign_timer, False)])
async def test_a_timer_is_ours_if_it_calls_us(
    hass: HomeAssistant,
    start: Callable[..., CALLBACK_TYPE],
    action: Callable[[datetime], None],
    found: bool,
) -> None:
    before = len(timers(hass))
    cancel = start(hass, action)
    assert (len(timers(hass)) > before) is found
    cancel()
    assert len(timers(hass)) == before
