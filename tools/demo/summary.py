"""What the demo came to, from the entities of the simulated home."""

from dataclasses import dataclass

from tools.home_assistant_client import HomeAssistantClient, RequestError

from .home import SimulatedHome

# What is shown of the plant: its entity's key, words, unit and decimals.
_ROWS = (
    ("energy_delivered", "Energy into the car", "kWh", 2),
    ("peak_current", "Highest current on a phase", "A", 1),
    ("car_overload_time", "Time above the limit because of the car", "s", 0),
    ("car_breaker_trips", "Breaker trips caused by the car", "", 0),
    ("commands", "Commands to the charger", "", 0),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """Words, value and unit of each row, and what decides the exit code."""

    rows: list[tuple[str, str, str]]
    car_trips: float

    def as_table(self) -> str:
        """Return the rows, aligned."""
        wide = max(len(words) for words, _, _ in self.rows)
        widest = max(len(value) for _, value, _ in self.rows)
        return "\n".join(
            f"{words:<{wide}}  {value:>{widest}} {unit}".rstrip()
            for words, value, unit in self.rows
        )


async def read_summary(client: HomeAssistantClient, home: SimulatedHome) -> Summary:
    """Read how the plant fared since this Home Assistant started."""
    values: dict[str, float] = {}
    for key, *_ in _ROWS:
        state = (await client.state(home.plant[key]))["state"]
        try:
            values[key] = float(state)
        except ValueError as error:
            raise RequestError(f"{home.plant[key]} is {state}, not a number") from error
    return Summary(
        rows=[
            (words, f"{values[key]:.{decimals}f}", unit)
            for key, words, unit, decimals in _ROWS
        ],
        car_trips=values["car_breaker_trips"],
    )
