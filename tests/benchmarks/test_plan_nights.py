"""What the comparison of policies by nights says, and that it cheats for nobody."""

import pytest

from benchmarks.data import SHIPPED, DataFolder
from benchmarks.plan_nights import (
    RULES,
    Outcome,
    evening_stays,
    followed,
    joint,
    night,
    program,
)
from benchmarks.planning_homes import recorded
from custom_components.ev_lb.engine.planning.request import PlanRequest

NIGHTS = 4


@pytest.fixture(scope="module")
def nights() -> list[PlanRequest]:
    data, stays = recorded(), evening_stays(DataFolder(SHIPPED))
    return [night(stays, data, seed) for seed in range(NIGHTS)]


def test_the_joint_plan_is_about_the_best_there_is(nights: list[PlanRequest]) -> None:
    for asked in nights:
        best, made = program(asked), joint(asked)
        assert made.short_kwh <= best.short_kwh + 0.2
        assert best.money <= made.money <= best.money * 1.02


@pytest.mark.parametrize("name", RULES)
def test_no_rule_delivers_more_than_there_is_room_for(
    nights: list[PlanRequest], name: str
) -> None:
    for asked in nights:
        made = followed(asked, RULES[name])
        assert made.short_kwh >= program(asked).short_kwh - 0.01
        assert len(made.starts) == len(asked.goals)


def test_a_time_without_a_break_has_fewer_starts_and_is_dearer(
    nights: list[PlanRequest],
) -> None:
    """With one car that has all the room, as its rules are meant."""
    for asked in nights:
        rows: dict[str, Outcome] = {}
        for name, rule in RULES.items():
            one = PlanRequest(
                site=asked.site,
                slots=asked.slots,
                goals=asked.goals[1:2],
                now_s=asked.now_s,
            )
            rows[name] = followed(one, rule)
        assert rows["continuous"].starts <= rows["cheapest slots"].starts
        if max(row.short_kwh for row in rows.values()) < 0.01:
            assert rows["cheapest slots"].money <= rows["continuous"].money + 0.01
            assert rows["continuous"].money <= rows["late"].money + 0.01
