"""The command `replay`: recorded history under the engine."""

from dataclasses import replace
from datetime import datetime
import json
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from custom_components.ev_lb.engine.codec import DocumentError, to_document
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    Circuit,
    Meter,
    MeterKind,
    Site,
)
from custom_components.ev_lb.replay.recording import RecordingError
from custom_components.ev_lb.replay.replay import Replay, replay as replay_recording
from custom_components.ev_lb.replay.report import document, sentences

from .lines import describe
from .replay_diagnostics import Repeated, read_document, read_site, repeat_decisions
from .replay_plot import plot
from .replay_recording import Wiring, read_recording
from .replay_sources import SourceError, Span, moment_s

POINTS: Final = 10_000
"""How many points and commands `--json` gives at most, each."""


SourceArgument = Annotated[
    str,
    typer.Argument(
        help="A recorder's database (home-assistant_v2.db, or an address such as "
        "postgresql://...), a CSV file, or a diagnostics download (.json)."
    ),
]
MeterOption = Annotated[
    list[str] | None,
    typer.Option(
        help="What a phase of the meter tells, L1 first: an entity id, or a column of a CSV file.",
        metavar="NAME",
    ),
]
TotalOption = Annotated[
    str | None,
    typer.Option(
        help="The power of all phases together, instead of --meter.", metavar="NAME"
    ),
]
CarOption = Annotated[
    list[str] | None,
    typer.Option(help="What a car draws, A; one for each charger.", metavar="NAME"),
]
StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        help="What a charger says of its car; one for each charger.", metavar="NAME"
    ),
]
UnitOption = Annotated[
    str | None,
    typer.Option(help="The meter's unit where the source names none: A, W or kW."),
]
InvertOption = Annotated[bool, typer.Option("--invert", help="Import is negative.")]
StartOption = Annotated[
    str | None,
    typer.Option("--from", help="From when on, such as 2026-11-20T18:00."),
]
EndOption = Annotated[str | None, typer.Option("--to", help="Until when.")]
SiteFileOption = Annotated[
    Path | None,
    typer.Option(
        "--site",
        help="A diagnostics download or a decide document: its site is taken, and "
        "the options of the site below are not used.",
    ),
]
ServiceCurrentOption = Annotated[
    float, typer.Option(min=1, help="The main fuse, A per phase.")
]
VoltageOption = Annotated[float, typer.Option(min=100, help="Phase to neutral, V.")]
PhasesOption = Annotated[
    int,
    typer.Option(min=1, max=3, help="How many the grid connection has, 1 or 3."),
]
MaxCurrentOption = Annotated[float, typer.Option(min=6, help="Of each charger, A.")]
CanExportOption = Annotated[bool, typer.Option("--can-export", help="There is solar.")]
CarCurrentOption = Annotated[
    float | None,
    typer.Option(
        min=6, help="What a car draws at most, A; else what it was seen to draw."
    ),
]
SpeedOption = Annotated[
    float,
    typer.Option(min=0.1, help="The --speed of the demo that was recorded."),
]
PictureOption = Annotated[
    Path | None, typer.Option("--plot", help="Draw it into a PNG or SVG file.")
]
AsJsonOption = Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")]


def replay_command(
    source: SourceArgument,
    meter: MeterOption = None,
    total: TotalOption = None,
    car: CarOption = None,
    status: StatusOption = None,
    unit: UnitOption = None,
    invert: InvertOption = False,
    start: StartOption = None,
    end: EndOption = None,
    site_file: SiteFileOption = None,
    service_current: ServiceCurrentOption = 25.0,
    voltage: VoltageOption = 230.0,
    phases: PhasesOption = 3,
    max_current: MaxCurrentOption = 16.0,
    can_export: CanExportOption = False,
    car_current: CarCurrentOption = None,
    speed: SpeedOption = 1.0,
    picture: PictureOption = None,
    as_json: AsJsonOption = False,
) -> None:
    """Say what would have been commanded in recorded history, and to what end."""
    try:
        if source.endswith(".json"):
            _print_repeated(repeat_decisions(read_document(Path(source))), as_json)
            return
        wiring = Wiring(
            meter=_meter(meter, total),
            cars=car or (),
            statuses=status or (),
            unit=unit,
            inverted=invert,
        )
        if site_file is None:
            site = _site(wiring, service_current, voltage, phases, max_current)
            site = replace(site, can_export=can_export)
            if total is not None:
                site = replace(site, meter=Meter(kind=MeterKind.TOTAL))
        else:
            site = read_site(read_document(site_file))
        _check(site, wiring)
        span = Span(
            None if start is None else moment_s(start),
            None if end is None else moment_s(end),
        )
        recording = read_recording(source, site, wiring, span).at_speed(speed)
        found = replay_recording(site, recording, car_current)
    except (SourceError, DocumentError) as error:
        _fail(str(error))
    except RecordingError as error:
        _fail(f"nothing is recorded of the meter's {error.source}")
    _print(found, picture, as_json)


def _print(found: Replay, picture: Path | None, as_json: bool) -> None:
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None
    names = {row.charger_id: row.charger_id for row in found.site.chargers}
    if picture is not None:
        try:
            plot(found, names, picture, zone)
        except (OSError, ValueError) as error:
            _fail(f"{picture} cannot be drawn: {error}")
    if as_json:
        print(json.dumps(document(found, names, points=POINTS, zone=zone), indent=2))
        return
    for row in found.commands:
        time = datetime.fromtimestamp(found.start_s + row.time_s, zone)
        print(
            f"{time:%Y-%m-%d %H:%M:%S} {row.charger_id} {row.before_a:g} A -> "
            f"{row.current_a:g} A ({row.limiting.factor.value})"
        )
    print()
    print("\n".join(sentences(found, names, zone)))


def _print_repeated(found: list[Repeated], as_json: bool) -> None:
    if as_json:
        rows = [
            {"decision": to_document(row.decision), "differences": row.differences}
            for row in found
        ]
        print(json.dumps(rows, indent=2))
        return
    for row in found:
        print(describe(row.decision))
        for difference in row.differences:
            print(f"  {difference}")
    same = sum(not row.differences for row in found)
    print(f"\n{same} of {len(found)} decisions are the same with this version.")


def _meter(meter: list[str] | None, total: str | None) -> list[str]:
    if bool(meter) == (total is not None):
        _fail("name the meter: either --meter for each phase, or --total")
    return meter or [total or ""]


def _site(
    wiring: Wiring, service_a: float, voltage_v: float, phases: int, max_a: float
) -> Site:
    """Return the site that the options describe."""
    count = max(1, len(wiring.cars), len(wiring.statuses))
    if phases == 2:
        _fail("a grid connection has 1 or 3 phases")
    used = ALL_PHASES[:phases]
    l1, l2, l3 = (service_a if phase in used else 0.0 for phase in ALL_PHASES)
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(l1, l2, l3)),),
        voltage_v=voltage_v,
        phases=used,
        chargers=tuple(
            Charger(
                charger_id="charger" if count == 1 else f"charger {place + 1}",
                circuit_id="grid",
                phases=used,
                max_current_a=max_a,
                measures_current=place < len(wiring.cars),
            )
            for place in range(count)
        ),
    )


def _check(site: Site, wiring: Wiring) -> None:
    """End where the site and what tells of it do not fit together."""
    whole = site.meter.kind is MeterKind.TOTAL
    expected = 1 if whole else len(site.phases)
    if len(wiring.meter) != expected:
        parts = "--total once" if whole else f"--meter {expected} times, once a phase"
        _fail(f"this site needs {parts}")
    if max(len(wiring.cars), len(wiring.statuses)) > len(site.chargers):
        _fail(f"this site has {len(site.chargers)} chargers, and more cars are named")


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"Error: {sentence}.", err=True)
    raise typer.Exit(2)
