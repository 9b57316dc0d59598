"""How integrations were seen to shape their prices, for days of one's choice.

Each builder takes the true prices, in currency per kWh, by the moment they begin.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
import json
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONDON = ZoneInfo("Europe/London")
HELSINKI = ZoneInfo("Europe/Helsinki")
MADRID = ZoneInfo("Europe/Madrid")
BRISBANE = ZoneInfo("Australia/Brisbane")
AUCKLAND = ZoneInfo("Pacific/Auckland")

AUTUMN = date(2026, 10, 25)
"""Central Europe's day of 100 quarter-hours."""
SPRING = date(2027, 3, 28)
"""Central Europe's day of 92 quarter-hours."""
ORDINARY = date(2026, 11, 30)

type Prices = dict[datetime, float]
type Attributes = dict[str, object]


def day_of(day: date, zone: ZoneInfo, minutes: int) -> Prices:
    """Return a price for each slot of a local day, each of them another one."""
    begin = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    count = round((end.astimezone(UTC) - begin) / timedelta(minutes=minutes))
    return {
        begin + timedelta(minutes=minutes * place): round(
            0.05 + 0.0031 * place - (0.4 if place % 17 == 0 else 0), 5
        )
        for place in range(count)
    }


def rows(
    prices: Prices,
    start: str,
    amount: str,
    *,
    end: str | None = None,
    minutes: int = 60,
    time: Callable[[datetime], object] = datetime.isoformat,
    factor: float = 1.0,
    more: Mapping[str, object] | None = None,
) -> list[object]:
    """Return rows with those keys."""
    return [
        {
            start: time(begin),
            **({end: time(begin + timedelta(minutes=minutes))} if end else {}),
            amount: price * factor,
            **(more or {}),
        }
        for begin, price in prices.items()
    ]


@dataclass(frozen=True)
class Shape:
    """How one integration gives its prices."""

    name: str
    zone: ZoneInfo
    minutes: int
    unit: str
    """Of the sensor."""
    attributes: Callable[[Prices, Prices, ZoneInfo], Attributes]
    per_kwh: float = 1.0
    """What the sensor's unit is worth."""


def local(zone: ZoneInfo) -> Callable[[datetime], object]:
    return lambda moment: moment.astimezone(zone)


def local_text(zone: ZoneInfo) -> Callable[[datetime], object]:
    return lambda moment: moment.astimezone(zone).isoformat()


def with_blank(zone: ZoneInfo) -> Callable[[datetime], object]:
    return lambda moment: str(moment.astimezone(zone))


def naive(zone: ZoneInfo) -> Callable[[datetime], object]:
    return lambda moment: moment.astimezone(zone).replace(tzinfo=None).isoformat()


def nordpool_custom(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "current_price": 1.0,
        "average": 0.2,
        "off_peak_1": 0.1,
        "peak": 0.3,
        "region": "NO1",
        "currency": "NOK",
        "tomorrow_valid": bool(tomorrow),
        "today": list(today.values()),
        "tomorrow": list(tomorrow.values()),
        "raw_today": rows(
            today, "start", "value", end="end", minutes=15, time=local(zone)
        ),
        "raw_tomorrow": rows(
            tomorrow, "start", "value", end="end", minutes=15, time=local(zone)
        ),
    }


def nordpool_in_ore(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "price_in_cents": True,
        "raw_today": rows(
            today, "start", "value", end="end", time=local(zone), factor=100
        ),
        "raw_tomorrow": rows(
            tomorrow, "start", "value", end="end", time=local(zone), factor=100
        ),
    }


def numbers_only(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {"today": list(today.values()), "tomorrow": list(tomorrow.values()) or None}


def energi_data_service(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    forecast = {
        moment + timedelta(days=2): price + 1 for moment, price in today.items()
    }
    return {
        "use_cent": False,
        "raw_today": rows(today, "hour", "price", time=local(zone)),
        "raw_tomorrow": rows(tomorrow, "hour", "price", time=local(zone)) or None,
        "forecast": rows(forecast, "hour", "price", time=local(zone)),
    }


def entso_e(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    times = with_blank(zone)
    return {
        "prices_today": rows(today, "time", "price", time=times),
        "prices_tomorrow": rows(tomorrow, "time", "price", time=times),
        "prices": rows(today | tomorrow, "time", "price", time=times),
    }


def epex_spot(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "data": rows(
            today | tomorrow,
            "start_time",
            "price_per_kwh",
            end="end_time",
            minutes=15,
            time=local_text(zone),
        )
    }


def ge_spot(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "today_interval_prices": rows(today, "time", "value", time=local(zone)),
        "tomorrow_interval_prices": rows(tomorrow, "time", "value", time=local(zone)),
    }


def frank_energie(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "prices": rows(
            today | tomorrow, "from", "price", end="till", time=local_text(zone)
        )
    }


def zonneplan(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "forecast": [
            {
                "start_date": moment.isoformat(),
                "end_date": (moment + timedelta(minutes=15)).isoformat(),
                "price_tax_included": {"amount": round(price * 1e7), "currency": "EUR"},
                "sustainability_score": 7,
                "tariff_group": "normal",
            }
            for moment, price in (today | tomorrow).items()
        ]
    }


def zonneplan_legacy(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "forecast": rows(
            today | tomorrow,
            "datetime",
            "electricity_price",
            factor=1e7,
            more={"solar_percentage": 20, "carbon_footprint_in_grams": 300},
        )
    }


def octopus(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    more = {"is_capped": False, "is_intelligent_adjusted": False}
    return {
        "mpan": "1",
        "rates": rows(
            today | tomorrow,
            "start",
            "value_inc_vat",
            end="end",
            minutes=30,
            time=local_text(zone),
            more=more,
        ),
    }


def amber(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "channel_type": "general",
        "forecasts": [
            {
                "duration": 30,
                "date": moment.astimezone(zone).date().isoformat(),
                "nem_date": (moment + timedelta(minutes=30)).isoformat(),
                "per_kwh": price,
                "spot_per_kwh": price / 2,
                "start_time": (moment + timedelta(seconds=1)).isoformat(),
                "end_time": (moment + timedelta(minutes=30)).isoformat(),
                "renewables": 45,
                "spike_status": "none",
                "descriptor": "low",
                "range_min": 0.1,
                "range_max": 0.3,
            }
            for moment, price in (today | tomorrow).items()
        ],
    }


def pvpc(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    attributes: Attributes = {"tariff": "2.0TD", "period": "P3", "price_position": 3}
    for prices, prefix in ((today, "price_"), (tomorrow, "price_next_day_")):
        for moment, price in prices.items():
            name = f"{prefix}{moment.astimezone(zone).hour:02d}h"
            attributes[f"{name}_d" if name in attributes else name] = price
    return attributes


def enever(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """Texts for numbers, local times without a zone."""
    times = naive(zone)
    return {
        "prices_today": [
            {"time": times(moment), "price": f"{price:.5f}"}
            for moment, price in today.items()
        ],
        "prices_tomorrow": [
            {"time": times(moment), "price": f"{price:.5f}".replace(".", ",")}
            for moment, price in tomorrow.items()
        ]
        or None,
    }


def awattar(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """Milliseconds since the epoch, EUR/MWh."""
    return {
        "data": [
            {
                "start_timestamp": moment.timestamp() * 1000,
                "end_timestamp": moment.timestamp() * 1000 + 3_600_000,
                "marketprice": price * 1000,
                "unit": "Eur/MWh",
            }
            for moment, price in (today | tomorrow).items()
        ]
    }


def tibber_graphql(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """Several amounts in a row; the sensor shows the total."""
    return {
        day: [
            {
                "total": price,
                "energy": round(price * 0.6, 5),
                "tax": round(price * 0.4, 5),
                "startsAt": moment.astimezone(zone).isoformat(timespec="milliseconds"),
                "level": "NORMAL",
            }
            for moment, price in prices.items()
        ]
        for day, prices in (("today", today), ("tomorrow", tomorrow))
    }


def under_their_time(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "friendly_name": "Price",
        "upcoming": {moment.isoformat(): p for moment, p in (today | tomorrow).items()},
    }


def hours_of_a_day(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """The hour of the day as a bare number."""
    return {
        name: [
            {"hour": moment.astimezone(zone).hour, "price": price}
            for moment, price in prices.items()
        ]
        for name, prices in (("prices_today", today), ("prices_tomorrow", tomorrow))
    }


def pairs(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """As charts like them."""
    return {
        "data": [
            [moment.timestamp() * 1000, price]
            for moment, price in (today | tomorrow).items()
        ]
    }


def date_and_time(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    return {
        "prices": [
            {
                "date": moment.astimezone(zone).date().isoformat(),
                "hour": f"{moment.astimezone(zone):%H:%M}",
                "price": price,
            }
            for moment, price in (today | tomorrow).items()
        ]
    }


def energy_charts(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """Times and amounts in two lists, seconds since the epoch, EUR/MWh."""
    both = today | tomorrow
    return {
        "license_info": "CC BY 4.0",
        "unix_seconds": [int(moment.timestamp()) for moment in both],
        "price": [price * 1000 for price in both.values()],
        "unit": "EUR / MWh",
        "deprecated": False,
    }


def as_text(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """JSON in an attribute, as sensors of MQTT may have it; in no order."""
    rows = [
        {
            "validFrom": moment.isoformat().replace("+00:00", "Z"),
            "unitPrice": str(price),
        }
        for moment, price in (today | tomorrow).items()
    ]
    return {"payload": json.dumps(rows[::-1])}


def without_a_day(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """Bare numbers under a name that says no day are of today."""
    return {"prices": list(today.values()), "tomorrow": list(tomorrow.values())}


def elpris(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """Several amounts of unknown names: the sensor shows which it is."""
    return {
        "raw_today": [
            {
                "EUR_per_kWh": round(price / 11.3, 5),
                "NOK_per_kWh": price,
                "EXR": 11.3,
                "renewables": 30,
                "time_start": moment.astimezone(zone).isoformat(),
                "time_end": (moment + timedelta(hours=1)).astimezone(zone).isoformat(),
            }
            for moment, price in (today | tomorrow).items()
        ]
    }


def by_hand(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """Dates with the day first, amounts with their unit."""
    return {
        "rates": [
            {
                "from": f"{moment.astimezone(zone):%d.%m.%Y %H:%M}",
                "price": f"{price:.5f} EUR/kWh".replace(".", ","),
            }
            for moment, price in (today | tomorrow).items()
        ]
    }


def hour_ranges(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    def rows_of(prices: Prices) -> list[object]:
        return [
            {"time": f"{moment.astimezone(zone):%H}:00-x", "price": price}
            for moment, price in prices.items()
        ]

    return {"prices_today": rows_of(today), "prices_tomorrow": rows_of(tomorrow)}


def five_minutes(today: Prices, tomorrow: Prices, zone: ZoneInfo) -> Attributes:
    """Each row says when it ends and how long it lasts."""
    return {
        "forecast": [
            {
                "interval_end": (moment + timedelta(minutes=5)).isoformat(),
                "duration": 5,
                "rate": price,
            }
            for moment, price in (today | tomorrow).items()
        ]
    }


SHAPES = (
    Shape("Nord Pool custom", OSLO, 15, "NOK/kWh", nordpool_custom),
    Shape("Nord Pool custom in cents", OSLO, 60, "Öre/kWh", nordpool_in_ore, 0.01),
    Shape("bare numbers, hours", OSLO, 60, "kr/kWh", numbers_only),
    Shape("bare numbers, quarters", HELSINKI, 15, "EUR/kWh", numbers_only),
    Shape("Energi Data Service", AMSTERDAM, 60, "DKK/kWh", energi_data_service),
    Shape("ENTSO-e", AMSTERDAM, 60, "EUR/kWh", entso_e),
    Shape("EPEX Spot", AMSTERDAM, 15, "€/kWh", epex_spot),
    Shape("GE-Spot", OSLO, 15, "SEK/kWh", ge_spot),
    Shape("Frank Energie", AMSTERDAM, 60, "EUR/kWh", frank_energie),
    Shape("Zonneplan", AMSTERDAM, 15, "€/kWh", zonneplan),
    Shape("Zonneplan, legacy", AMSTERDAM, 60, "€/kWh", zonneplan_legacy),
    Shape("Octopus Energy", LONDON, 30, "GBP/kWh", octopus),
    Shape("Amber Electric", BRISBANE, 30, "AUD/kWh", amber),
    Shape("PVPC", MADRID, 60, "€/kWh", pvpc),
    Shape("Enever", AMSTERDAM, 60, "EUR/kWh", enever),
    Shape("aWATTar", AMSTERDAM, 60, "ct/kWh", awattar, 0.01),
    Shape("Tibber's rows", OSLO, 15, "NOK/kWh", tibber_graphql),
    Shape("by their time", AUCKLAND, 30, "$/kWh", under_their_time),
    Shape("hours of a day", AMSTERDAM, 60, "EUR/kWh", hours_of_a_day),
    Shape("pairs", AMSTERDAM, 15, "EUR/kWh", pairs),
    Shape("Energy Charts", AMSTERDAM, 15, "EUR/kWh", energy_charts),
    Shape("text", LONDON, 30, "£/kWh", as_text),
    Shape("without a day", OSLO, 60, "NOK/kWh", without_a_day),
    Shape("unknown names", OSLO, 60, "NOK/kWh", elpris),
    Shape("by hand", AMSTERDAM, 60, "EUR/kWh", by_hand),
    Shape("ranges of hours", AMSTERDAM, 60, "EUR/kWh", hour_ranges),
    Shape("five minutes", BRISBANE, 5, "$/kWh", five_minutes),
    Shape("date and time", AMSTERDAM, 60, "EUR/kWh", date_and_time),
)
