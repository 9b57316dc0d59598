"""The command line of the demo."""

import argparse
import asyncio
from pathlib import Path
import sys

from tools.home_assistant_client import RequestError
from tools.home_assistant_process import ROOT, ProcessError

from .run import Demo, Settings
from .scenes import DEFAULT_SCENE, SCENES

DEFAULT_FOLDER = ROOT / ".demo"
DEFAULT_PORT = 8123
DEFAULT_SPEED = 1.0
# What the simulated home takes.
LOWEST_SPEED, HIGHEST_SPEED = 0.1, 1000.0


def main() -> int:
    """Run the demo and return the exit code: 1 if the car tripped a breaker, 2 on errors."""
    try:
        return asyncio.run(Demo(_settings()).run())
    except (ProcessError, RequestError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


def _settings() -> Settings:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Watch a real Home Assistant keep a car and a house inside the "
        "main fuse. Nothing but this machine can reach it.",
    )
    parser.add_argument(
        "--minutes",
        type=minutes,
        metavar="N",
        help="end by itself after N minutes (default: run until Ctrl-C)",
    )
    scenes = "; ".join(f"{name}: {scene.words}" for name, scene in SCENES.items())
    parser.add_argument(
        "--scene",
        choices=SCENES,
        default=DEFAULT_SCENE,
        metavar="S",
        help=f"what to show ({scenes}; default: {DEFAULT_SCENE})",
    )
    parser.add_argument(
        "--speed",
        type=speed,
        default=DEFAULT_SPEED,
        metavar="X",
        help="let X seconds of the simulated home pass in each second (default: 1)",
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="P",
        help=f"port to listen on (default: {DEFAULT_PORT}, or a free one)",
    )
    parser.add_argument(
        "--headless", action="store_true", help="make no dashboard to look at"
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="after --minutes, leave Home Assistant running until Ctrl-C",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=DEFAULT_FOLDER,
        metavar="F",
        help="Home Assistant's folder, which later runs start from (default: .demo)",
    )
    arguments = parser.parse_args()
    return Settings(
        minutes=arguments.minutes,
        scene=SCENES[arguments.scene],
        speed=arguments.speed,
        port=arguments.port,
        default_port=DEFAULT_PORT,
        dashboard=not arguments.headless,
        keep=arguments.keep,
        folder=arguments.folder.absolute(),
    )


def minutes(text: str) -> float:
    """Return a time that argparse checks."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def speed(text: str) -> float:
    """Return a factor that argparse checks."""
    value = float(text)
    if not LOWEST_SPEED <= value <= HIGHEST_SPEED:
        raise argparse.ArgumentTypeError(
            f"must be from {LOWEST_SPEED:g} to {HIGHEST_SPEED:g}"
        )
    return value


if __name__ == "__main__":
    sys.exit(main())
