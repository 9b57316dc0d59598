"""Write the recorded day that the simulated home repeats.

Takes one day of a household's one-minute means (columns `total_w` and one per
sub-meter), reconstructs its seconds and phases, and keeps only the changes.
Prints what the data's README states, so that the two can be compared.
"""

import argparse
import gzip
import hashlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from tools.reconstruction import (
    MINUTE_S,
    put_on_phases,
    read_minute_means,
    reconstruct,
)

DAY_S: Final = 86400
TARGET: Final = (
    Path(__file__).parents[1]
    / "custom_components/ev_lb/simulation/data/household_day.csv.gz"
)


def whole_watts(phases_w: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Round to 1 W so that the whole house's minute means stay right."""
    total = np.round(phases_w.sum(axis=0)).astype(np.int64)
    watts = np.round(phases_w).astype(np.int64)
    watts[0] = total - watts[1] - watts[2]
    return watts


def write_changes(watts: npt.NDArray[np.int64], target: Path) -> int:
    """Write the seconds at which a phase changes; the same bytes every time."""
    changed = np.flatnonzero((np.diff(watts, axis=1) != 0).any(axis=0)) + 1
    rows = [(second, *watts[:, second]) for second in (0, *changed)]
    lines = ["second,l1_w,l2_w,l3_w", *(",".join(map(str, row)) for row in rows), ""]
    text = "\n".join(lines)
    target.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return len(rows)


def checksum(minute_means_w: npt.NDArray[np.int64]) -> str:
    """Hash one day's minute means, written one whole number of watts a line."""
    return hashlib.sha256("\n".join(map(str, minute_means_w)).encode()).hexdigest()


def main() -> None:
    """Read the arguments and write the day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="gzip CSV of one-minute means")
    parser.add_argument("--day", type=int, default=4, help="day of the file, from 1")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()

    means = read_minute_means(arguments.source)
    phases = put_on_phases(reconstruct(means, arguments.seed), arguments.seed)
    end = arguments.day * DAY_S
    watts = whole_watts(phases[:, end - DAY_S : end])
    source = means["total"][(end - DAY_S) // MINUTE_S : end // MINUTE_S]
    written = np.round(watts.sum(axis=0).reshape(-1, MINUTE_S).mean(axis=1))
    if (written != source).any():
        raise SystemExit("the minute means are not those of the source")
    count = write_changes(watts, arguments.target)

    print(f"changes {count}, file {arguments.target.stat().st_size} bytes")
    print(f"minute means sha256 {checksum(source.astype(np.int64))}")
    print("hourly means W", *np.round(source.reshape(24, -1).mean(1), 1).tolist())
    print(f"energy kWh {watts.sum() / 3.6e6:.2f}")
    print("peaks A", *np.round(watts.max(axis=1) / 230, 2).tolist())


if __name__ == "__main__":
    main()
