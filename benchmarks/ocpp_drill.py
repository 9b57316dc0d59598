"""Random mixtures of OCPP stations and what happens to them, judged at the stations.

They are played in Home Assistant's test kit, which only its test runner sets up.
"""

import os
from pathlib import Path
import subprocess
import sys
from typing import Final

ROOT: Final = Path(__file__).parents[1]
MIXTURES: Final = "tests/integration/test_ocpp_mixtures.py"
HEADER: Final = (
    "| seed | stations | over the fuse | nobody could help | share | calls |"
)


def run(count: int, *, first_seed: int, stations: int) -> bool:
    """Play mixtures, print a row for each; return whether the fuse held in all.

    Of so many stations each; 0 for what their seed says.
    """
    sys.stdout.write(f"{HEADER}\n")
    sys.stdout.flush()
    settings = {
        "EV_LB_OCPP_DRILL": str(count),
        "EV_LB_OCPP_DRILL_SEED": str(first_seed),
        "EV_LB_OCPP_DRILL_STATIONS": str(stations),
    }
    quiet = ("-q", "-n", "0", "-s", "--no-header", "--show-capture=no", "--tb=no")
    played = subprocess.Popen(
        [sys.executable, "-m", "pytest", *quiet, MIXTURES],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with played:
        for line in played.stdout or ():
            if line.startswith("|") or " passed" in line or " failed" in line:
                sys.stdout.write(line)
                sys.stdout.flush()
    return played.returncode == 0
