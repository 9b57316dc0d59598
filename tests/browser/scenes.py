"""Sites as the integration describes them to the card."""

from copy import deepcopy
from typing import Any

type Document = dict[str, Any]


def charger(name: str = "Garage", **changes: Any) -> Document:
    """Return a charger whose car charges at 12 A, held by the fuse."""
    return {
        "name": name,
        "state": "charging",
        "phases": ["L1", "L2", "L3"],
        "drawn_a": [11.8, 11.8, 11.7],
        "measured": True,
        "set_a": 12.0,
        "max_a": 16.0,
        "mode": "site",
        "enabled": True,
        "queue": 0,
        "energy_kwh": 8.4,
        "solar_percent": None,
        "factor": "fuse",
        "phase": "L1",
        "reason": "L1 carries 12.1 of 25 A without cars",
        "outlook": "rises when the meter shows enough left over on L1",
        "since_s": 990.0,
        "next_change_s": None,
        "following": True,
        "entities": {
            "enabled": "switch.garage",
            "charging_mode": "select.garage_mode",
            "current_set": "sensor.garage_current_set",
        },
        **changes,
    }


def site(*chargers: Document, **changes: Any) -> Document:
    """Return a site of 25 A on three phases, whose house draws most on L1."""
    document: Document = {
        "running": True,
        "now_s": 1000.0,
        "speed": 1,
        "sources": {"left": {}, "cars": {}},
        "site": {
            "name": "Home",
            "state": "active",
            "enabled": True,
            "shadow": False,
            "mode": "standard",
            "has_surplus": False,
            "metered": "per_phase",
            "meter_lost": False,
            "problem": None,
            "fallback": False,
            "overload": False,
            "doubt": None,
            "warnings": [],
            "entities": {
                "enabled": "switch.home",
                "charging_mode": "select.home_mode",
                "balancer_state": "sensor.home_state",
            },
        },
        "phases": [
            {"name": "L1", "limit_a": 25.0, "house_a": 12.1},
            {"name": "L2", "limit_a": 25.0, "house_a": 3.4},
            {"name": "L3", "limit_a": 25.0, "house_a": 1.2},
        ],
        "power": None,
        "circuits": [],
        "sun": None,
        "chargers": {
            f"charger_{number}": row for number, row in enumerate(chargers, 1)
        },
    }
    for key, value in changes.items():
        if key in document["site"]:
            document["site"][key] = value
        else:
            document[key] = value
    return deepcopy(document)


def four_chargers() -> Document:
    """Return a site where four cars share, one of them in the queue."""
    return site(
        charger(
            "Garage",
            drawn_a=[7.9, 7.9, 7.8],
            set_a=8.0,
            factor="share",
            reason="shares with other cars, L1 carries 8 of 25 A without cars",
            outlook=None,
        ),
        charger(
            "Carport left",
            phases=["L2"],
            drawn_a=[9.6],
            set_a=10.0,
            factor="car",
            reason="shares with other cars, L1 carries 8 of 25 A without cars",
            outlook=None,
            energy_kwh=21.3,
            solar_percent=46,
        ),
        charger(
            "Carport right",
            state="waiting",
            drawn_a=[0, 0, 0],
            set_a=0.0,
            factor="queue",
            reason="waits for its turn",
            outlook=None,
            queue=1,
            next_change_s=1143.0,
            energy_kwh=2.1,
        ),
        charger(
            "Guests",
            state="no_car",
            drawn_a=[0, 0, 0],
            set_a=0.0,
            factor="car",
            reason="no car is connected",
            outlook=None,
            energy_kwh=0,
        ),
        circuits=[
            {
                "name": "Carport",
                "phases": [{"name": "L2", "limit_a": 20.0, "load_a": 17.5}],
            }
        ],
    )


def overload() -> Document:
    """Return a site whose kettle has just been switched on."""
    phases = [
        {"name": "L1", "limit_a": 25.0, "house_a": 17.6},
        {"name": "L2", "limit_a": 25.0, "house_a": 3.4},
        {"name": "L3", "limit_a": 25.0, "house_a": 1.2},
    ]
    return site(charger(set_a=7.0), phases=phases, overload=True, state="adjusting")


def fuse_unknown() -> Document:
    """Return a site whose main fuse cannot be read."""
    phases = [
        {"name": name, "limit_a": None, "house_a": 12.1} for name in ("L1", "L2", "L3")
    ]
    text = "Settings of Home cannot be used"
    return site(
        charger(state="waiting", drawn_a=[0, 0, 0], set_a=0.0, outlook=None),
        phases=phases,
        overload=None,
        doubt={"level": "bad", "key": "fuse_unknown", "text": "Main fuse unknown"},
        warnings=[{"level": "warn", "name": "mdi:wrench-clock", "text": text}],
    )


def meter_lost() -> Document:
    """Return a site whose meter is silent."""
    phases = [
        {"name": name, "limit_a": 25.0, "house_a": None} for name in ("L1", "L2", "L3")
    ]
    stopped = charger(
        state="waiting",
        drawn_a=[0, 0, 0],
        set_a=0.0,
        factor="meter_lost",
        reason="the meter cannot be believed",
        outlook=None,
    )
    return site(
        stopped,
        phases=phases,
        meter_lost=True,
        problem="no news for too long",
        fallback=True,
    )


def shadow() -> Document:
    """Return a site that is only watched."""
    return site(
        charger(drawn_a=[16.0, 16.0, 16.0], set_a=12.0), shadow=True, state="shadow"
    )


def sunny() -> Document:
    """Return a site with sun, a battery, an import limit and a capacity tariff."""
    phases = [
        {"name": "L1", "limit_a": 25.0, "house_a": -6.2},
        {"name": "L2", "limit_a": 25.0, "house_a": -7.9},
        {"name": "L3", "limit_a": 25.0, "house_a": -5.1},
    ]
    car = charger(
        mode="solar",
        drawn_a=[6.1, 6.1, 6.0],
        set_a=6.0,
        factor="solar",
        reason="the sun leaves 1980 W over",
        outlook=None,
        solar_percent=93,
        energy_kwh=5.2,
    )
    return site(
        car,
        phases=phases,
        has_surplus=True,
        sun={
            "solar_w": 6240,
            "surplus_w": 4420,
            "battery_percent": 82,
            "battery_w": 1200,
        },
        power={
            "import_w": 900,
            "caps": [
                {
                    "kind": "capacity_tariff",
                    "power_w": 4100,
                    "mean_w": 1730,
                    "limit_w": 2500.0,
                    "ends_s": 1433.0,
                },
                {"kind": "import_cap", "power_w": 9000.0},
                {"kind": "external_cap", "power_w": 4200.0},
            ],
        },
    )


MIDNIGHT_S = 1_796_083_200.0
"""2026-12-01 00:00 UTC."""


def night() -> Document:
    """Return a site with two planned cars, of which one will be short."""

    def at(hours: float) -> float:
        return MIDNIGHT_S + 3600 * hours

    amounts = [31, 28, 24, 22, 21, -1, 19, 23, 29, 35, 33, 30]
    return site(
        charger(mode="smart", state="waiting", drawn_a=[0.0, 0.0, 0.0], set_a=0.0),
        charger("Carport", mode="smart"),
        plan={
            "from_s": at(-2),
            "until_s": at(10),
            "currency": "EUR",
            "prices": [
                [at(row - 2), at(row - 1), amount / 100, row >= 9]
                for row, amount in enumerate(amounts)
            ],
            "cars": {
                "charger_1": {
                    "blocks": [[at(1.25), at(3.5)], [at(4), at(5)]],
                    "ready_s": at(7),
                    "energy_kwh": 24.3,
                    "cost": 4.86,
                    "short_kwh": 0.0,
                },
                "charger_2": {
                    "blocks": [[at(-3), at(6)]],
                    "ready_s": at(6),
                    "energy_kwh": 41.0,
                    "cost": 9.1,
                    "short_kwh": 3.2,
                },
            },
        },
    )
