"""Which call to a station with two sockets goes first."""

import asyncio

from homeassistant.core import HomeAssistant, ServiceCall

from custom_components.ev_lb.chargers.driver import CommandError
from custom_components.ev_lb.chargers.ocpp_calls import Calls
from custom_components.ev_lb.chargers.ocpp_link import Link
from custom_components.ev_lb.chargers.ocpp_station import Connector


async def test_no_command_waits_for_the_questions_of_two_sockets(
    hass: HomeAssistant,
) -> None:
    """A station that answers no question takes what it is set to all the same."""
    done: list[str] = []

    async def answer_nothing(call: ServiceCall) -> None:
        await asyncio.Event().wait()

    async def take(call: ServiceCall) -> None:
        done.append(call.service)

    hass.services.async_register("ocpp", "trigger_custom_message", answer_nothing)
    hass.services.async_register("ocpp", "set_charge_rate", take)
    one, two = (
        Calls(hass, Connector("station", number), Link(lambda: 0.0), lambda: True)
        for number in (1, 2)
    )

    async def ask(calls: Calls) -> None:
        try:
            await calls.async_ask_for_values()
        except CommandError:
            done.append("no answer")

    asking = [hass.async_create_task(ask(calls)) for calls in (one, two)]
    for _ in range(5):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await two.async_set({})
        await asyncio.gather(*asking)
    assert sorted(done) == ["no answer", "no answer", "set_charge_rate"]
