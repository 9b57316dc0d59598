"""What flows though it is not allocated: its cause, and that nobody else gets it."""

from dataclasses import replace

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Decision,
    MeterLoss,
    MeterLossBehavior,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.reservation import ReservationCause

FUSE_A = 63.0
VOLTAGE_V = 230.0


class Home:
    """A house without load, and cars of which each may be out of control."""

    def __init__(self, **cars_a: float) -> None:
        """Begin after a restart, with all chargers on L1 as they were left."""
        self.site = Site(
            circuits=(Circuit(circuit_id="grid", limit_a=(FUSE_A, FUSE_A, FUSE_A)),),
            chargers=tuple(
                Charger(
                    charger_id=name,
                    circuit_id="grid",
                    phases=(Phase.L1,),
                    measures_current=True,
                    response=Response(dead_time_s=8.0),
                )
                for name in cars_a
            ),
            meter_loss=MeterLoss(behavior=MeterLossBehavior.IGNORE),
        )
        self.cars_a = dict(cars_a)
        self.state = resume(self.site, cars_a, 0.0)
        self.accepted = {name: Reading(amps, -1.0) for name, amps in cars_a.items()}
        self.stuck: set[str] = set()
        self.away: set[str] = set()
        self.refusing: set[str] = set()
        self.unplugged: set[str] = set()
        self.meter_lost = False
        self.now_s = 0.0

    def set_up(self, name: str, **changes: object) -> None:
        """Change settings of a charger."""
        chargers = tuple(
            replace(row, **changes) if row.charger_id == name else row  # type: ignore[arg-type] # as the test says
            for row in self.site.chargers
        )
        self.site = replace(self.site, chargers=chargers)

    def report(self) -> Decision:
        """Let 5 s pass and decide; cars follow until the next report."""
        self.now_s += 5.0
        load = Reading(sum(self.cars_a.values()), self.now_s)
        none = Reading(0.0, self.now_s)
        first = None if self.meter_lost else load
        snapshot = Snapshot(
            phase_currents_a=(first, none, none),
            chargers=tuple(self._reading(name) for name in self.cars_a),
        )
        decision = decide(self.site, self.state, snapshot, self.now_s)
        self.state = decision.state
        for row in decision.chargers:
            name = row.charger_id
            if name in self.away | self.refusing:
                continue
            if row.send or self.accepted[name].value != row.set_a:
                self.accepted[name] = Reading(row.set_a, self.now_s)
            if name not in self.stuck | self.unplugged:
                self.cars_a[name] = row.set_a
        return decision

    def _reading(self, name: str) -> ChargerReading:
        if name in self.away:
            return ChargerReading(charger_id=name, available=False)
        if name in self.unplugged:
            return ChargerReading(charger_id=name, status=ChargerStatus.DISCONNECTED)
        return ChargerReading(
            charger_id=name,
            status=ChargerStatus.CHARGING,
            measured_a=(Reading(self.cars_a[name], self.now_s),),
            accepted=self.accepted[name],
        )


def causes(decision: Decision) -> dict[str, tuple[float, ReservationCause]]:
    return {row.charger_id: (row.current_a, row.cause) for row in decision.reservations}


def test_nothing_is_reserved_while_all_follow() -> None:
    home = Home(one=10.0, two=12.0)
    for _ in range(5):
        assert causes(home.report()) == {}


def test_charger_that_cannot_be_reached_keeps_what_it_has() -> None:
    home = Home(one=10.0, two=12.0)
    for _ in range(20):
        home.report()
    home.away.add("two")
    home.set_up("two", manual_limit_a=8.0)
    # For longer, what the meter leaves its car bounds that (test_unreachable.py).
    for _ in range(20):
        decision = home.report()
    assert causes(decision) == {
        "two": (home.cars_a["two"], ReservationCause.UNREACHABLE)
    }


def test_chargers_keep_what_they_have_while_the_meter_is_lost() -> None:
    home = Home(one=10.0, two=12.0)
    home.report()
    home.meter_lost = True
    for _ in range(30):
        decision = home.report()
    assert {cause for _, cause in causes(decision).values()} == {
        ReservationCause.METER_LOST
    }
    assert causes(decision).keys() == home.cars_a.keys()


def test_car_that_is_being_stopped_may_still_draw() -> None:
    home = Home(one=16.0, two=12.0)
    home.report()
    home.set_up("two", enabled=False)
    had_a = home.cars_a["two"]
    assert causes(home.report()) == {"two": (had_a, ReservationCause.STOPPING)}
    for _ in range(30):
        decision = home.report()
    assert causes(decision) == {}


def test_car_that_has_left_draws_nothing_though_its_charger_takes_no_stop() -> None:
    home = Home(one=16.0, two=12.0)
    home.report()
    home.refusing.add("two")
    home.unplugged.add("two")
    home.cars_a["two"] = 0.0
    for _ in range(12):
        decision = home.report()
    assert causes(decision) == {}


def test_car_that_draws_more_than_it_was_given() -> None:
    home = Home(one=10.0, two=12.0)
    home.report()
    home.stuck.add("two")
    home.set_up("two", manual_limit_a=6.0)
    for _ in range(20):
        decision = home.report()
    assert causes(decision)["two"][1] is ReservationCause.NOT_FOLLOWING


def test_what_stops_is_there_for_no_car_that_starts_beside_one_that_does_not_follow() -> (
    None
):
    """The import limit holds while a car still draws that has just been stopped."""
    home = Home(stubborn=10.0, leaving=10.0, coming=0.0)
    home.site = replace(home.site, import_cap_w=30 * VOLTAGE_V)
    home.unplugged.add("coming")
    home.stuck.add("stubborn")
    home.set_up("stubborn", manual_limit_a=6.0)
    home.set_up("leaving", manual_limit_a=10.0)
    for _ in range(20):
        home.report()
    home.set_up("leaving", enabled=False)
    home.unplugged.clear()
    drawn_a = home.cars_a["stubborn"] + home.cars_a["leaving"]
    coming = next(row for row in home.report().chargers if row.charger_id == "coming")
    assert 0 < coming.set_a <= 30 - drawn_a
