"""The sensors of a site: its house, its limits, and what it is doing."""

from collections.abc import Callable

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfTime

from custom_components.ev_lb.building.features import has_capacity_tariff, has_surplus
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.control.engine_session import Tally
from custom_components.ev_lb.engine.model import (
    BalancerState,
    MeterLossBehavior,
    Phase,
    Site,
)
from custom_components.ev_lb.explaining.explanation import site_sentence
from custom_components.ev_lb.explaining.figures import (
    highest_available_a,
    house_a,
    limiting_circuit,
    lowest_available_a,
    metered_phases,
    surplus_w,
    tariff_mean_w,
    tariff_room_w,
)

from .descriptions import (
    NOISE_A,
    NOISE_W,
    EvLbSensorDescription,
    ValueFunction,
    current_sensor,
    left_alone_sensor,
    phase_current_sensor,
    power_sensor,
)

SHADOW = "shadow"
"""The balancer's state while nothing is commanded."""


def balancer_state(controller: Controller, _: str) -> str | None:
    """Return what the site is doing; that it only watches comes before."""
    if (decision := controller.decision) is None:
        return None
    if controller.shadow and controller.site.enabled:
        return SHADOW
    return decision.balancer_state.value


def _tallied(value_fn: Callable[[Tally], float]) -> ValueFunction:
    """Return what asks what control would have changed; None while it controls."""

    def value(controller: Controller, _: str) -> float | None:
        tally = controller.decider.tally
        return None if tally is None else value_fn(tally)

    return value


def _shadow_time(key: str, time_s: Callable[[Tally], float]) -> EvLbSensorDescription:
    """Describe a time that the shadow mode adds up."""
    return EvLbSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
        value_fn=_tallied(lambda tally: round(time_s(tally))),
    )


SITE_SENSORS = (
    current_sensor(
        "available_current",
        lambda controller, _: lowest_available_a(controller, controller.site.phases),
        noise=NOISE_A,
    ),
    current_sensor(
        "max_available_current",
        lambda controller, _: highest_available_a(controller, controller.site.phases),
        noise=NOISE_A,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    EvLbSensorDescription(
        key="balancer_state",
        translation_key="balancer_state",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[*(state.value for state in BalancerState), SHADOW],
        value_fn=balancer_state,
    ),
    EvLbSensorDescription(
        key="configured_fallback",
        translation_key="configured_fallback",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[behavior.value for behavior in MeterLossBehavior],
        value_fn=lambda controller, _: controller.site.meter_loss.behavior.value,
    ),
    left_alone_sensor(),
    EvLbSensorDescription(
        key="limiting_circuit",
        translation_key="limiting_circuit",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda controller, _: limiting_circuit(controller),
    ),
    EvLbSensorDescription(
        key="reason",
        translation_key="reason",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda controller, _: site_sentence(controller),
    ),
    power_sensor(
        "surplus_power",
        lambda controller, _: surplus_w(controller),
        noise=NOISE_W,
        needed_fn=has_surplus,
    ),
    power_sensor(
        "capacity_tariff_mean",
        lambda controller, _: tariff_mean_w(controller),
        noise=NOISE_W,
        needed_fn=has_capacity_tariff,
    ),
    power_sensor(
        "capacity_tariff_room",
        lambda controller, _: tariff_room_w(controller),
        noise=NOISE_W,
        needed_fn=has_capacity_tariff,
    ),
    _shadow_time("shadow_overload_time", lambda tally: tally.overload_s),
    _shadow_time("shadow_prevented_time", lambda tally: tally.prevented_s),
    EvLbSensorDescription(
        key="shadow_energy_change",
        translation_key="shadow_energy_change",
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
        value_fn=_tallied(lambda tally: round(tally.energy_kwh, 2)),
    ),
)


def phase_sensors(site: Site) -> list[EvLbSensorDescription]:
    """Return the sensors of each phase that the meter distinguishes."""
    phases = metered_phases(site)
    if len(phases) == 1:
        first = phases[0]
        return [
            current_sensor(
                "house_current",
                lambda controller, _: house_a(controller, first),
                noise=NOISE_A,
                entity_category=EntityCategory.DIAGNOSTIC,
                entity_registry_enabled_default=False,
            )
        ]
    return [
        sensor
        for phase in phases
        for sensor in (_available_on(phase), _house_on(phase))
    ]


def _available_on(phase: Phase) -> EvLbSensorDescription:
    return phase_current_sensor(
        "available_current",
        phase,
        lambda controller, _, phase: lowest_available_a(controller, (phase,)),
    )


def _house_on(phase: Phase) -> EvLbSensorDescription:
    return phase_current_sensor(
        "house_current",
        phase,
        lambda controller, _, phase: house_a(controller, phase),
        entity_registry_enabled_default=False,
    )
