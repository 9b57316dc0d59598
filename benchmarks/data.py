"""Finds the recorded data of a folder: loads, irradiance, charging sessions.

Any folder will do whose files have the names and columns of `data/README.md`:
other homes, months and sites are found by the pattern of their names.
"""

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
import gzip
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.reconstruction import MINUTE_S, read_minute_means

type Floats = npt.NDArray[np.float64]

DAY_S = 86400
USUAL_DRIVER = "AdO1-3"
SHIPPED = Path(__file__).parent / "data"


class DataMissingError(Exception):
    """A scenario's data is not in the folder; says what was looked for."""


@dataclass(frozen=True, slots=True)
class Irradiance:
    """Sunlight on the ground, one value a minute."""

    start: datetime
    """Coordinated universal time."""
    global_w_per_m2: Floats
    diffuse_w_per_m2: Floats
    air_c: Floats


@dataclass(frozen=True, slots=True)
class Stay:
    """A car that was plugged in somewhere, in seconds from a site's first day."""

    station: str
    arrival_s: int
    departure_s: int
    need_kwh: float


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A folder with recorded data."""

    path: Path

    def find(self, *patterns: str) -> Path:
        """Return the first file of the first pattern that has one.

        Raises DataMissingError if there is none.
        """
        for pattern in patterns:
            found = sorted(self.path.glob(pattern))
            if found:
                return found[0]
        wanted = " or ".join(patterns)
        raise DataMissingError(f"no file {wanted} in {self.path}")

    def minute_means_w(self, *patterns: str, days: int) -> dict[str, Floats]:
        """Read a household's first days, W; raises DataMissingError."""
        means = read_minute_means(self.find(*patterns))
        minutes = min(days * DAY_S // MINUTE_S, len(means["total"]))
        return {name: values[:minutes] for name, values in means.items()}

    def irradiance(self, *patterns: str) -> Irradiance:
        """Read a month of sunlight; gaps are bridged; raises DataMissingError."""
        path = self.find(*patterns)
        with gzip.open(path, "rt", newline="") as file:
            heading, *rows = csv.reader(file)
        values = np.array([[float(cell or "nan") for cell in row] for row in rows])
        minutes = np.arange(int(values[-1, 0]) + 1)
        columns = []
        for column in range(1, 4):
            good = ~np.isnan(values[:, column])
            known = values[good]
            columns.append(np.interp(minutes, known[:, 0], known[:, column]))
        start = heading[0].removeprefix("minute_since_").removesuffix("Z")
        return Irradiance(datetime.fromisoformat(start), *columns)

    def home_stays(self) -> list[Stay]:
        """Read one private driver's sessions; raises DataMissingError.

        The usual one where the file has him, else a busy one.
        """
        with gzip.open(
            self.find("ev_sessions_trondheim*.csv.gz"), "rt", newline=""
        ) as file:
            rows = [row for row in csv.DictReader(file) if _is_usable(row)]
        users = sorted({row["user"] for row in rows})
        counts = {user: sum(row["user"] == user for row in rows) for user in users}
        wanted = USUAL_DRIVER if USUAL_DRIVER in counts else _busy_driver(counts)
        rows = [row for row in rows if row["user"] == wanted]
        stays = [
            (
                datetime.fromisoformat(row["plug_in_local"]),
                datetime.fromisoformat(row["plug_out_local"]),
                float(row["kwh"]),
                wanted,
            )
            for row in rows
        ]
        return _from_first_day(stays)

    def workplace_stays(self) -> list[Stay]:
        """Read a car park's sessions, in its local time; raises DataMissingError."""
        path = self.find("ev_sessions_acn_jpl*.csv.gz", "ev_sessions_acn_*.csv.gz")
        with gzip.open(path, "rt", newline="") as file:
            rows = list(csv.DictReader(file))
        stays = [
            (
                _pacific(row["arrival_utc"]),
                _pacific(row["departure_utc"]),
                float(row["delivered_kwh"]),
                row["station"],
            )
            for row in rows
            if row["delivered_kwh"]
        ]
        return _from_first_day(stays)


def _is_usable(row: dict[str, str]) -> bool:
    return row["user_type"] == "Private" and bool(row["plug_out_local"] and row["kwh"])


def _busy_driver(counts: dict[str, int]) -> str:
    """Choose who has more sessions than three quarters of the drivers."""
    busy = sorted(counts, key=lambda user: (-counts[user], user))
    return busy[len(busy) // 4]


def _pacific(text: str) -> datetime:
    """Return the local standard time of California, where the stations are."""
    return datetime.fromisoformat(text.removesuffix("Z")) - timedelta(hours=8)


def _from_first_day(stays: list[tuple[datetime, datetime, float, str]]) -> list[Stay]:
    stays = sorted(row for row in stays if row[1] > row[0] and row[2] > 0)
    first = stays[0][0].replace(hour=0, minute=0, second=0)
    return [
        Stay(
            station,
            int((arrival - first).total_seconds()),
            int((departure - first).total_seconds()),
            need_kwh,
        )
        for arrival, departure, need_kwh, station in stays
    ]
