"""Prints what the engine makes of one lie per home: `python -m benchmarks.witnesses`."""

from argparse import ArgumentParser
from statistics import mean

from .witness_homes import Home, Lie, random_home


def main() -> None:
    """Run homes of each lie and of the truth."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--lie", action="append", choices=[row.name for row in Lie])
    parser.add_argument("--each", action="store_true")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.homes)
    lies = [Lie[name] for name in arguments.lie or [row.name for row in Lie]]
    print(
        "lie | steps | doubt in 1/3 | named in 3/8/ever | A s mean/worst | over x answer"
    )
    for lie in lies:
        homes = []
        for seed in seeds:
            home = random_home(seed, lie, arguments.seconds)
            home.live(arguments.seconds)
            homes.append(home)
            if arguments.each:
                print("   ", seed, _one(home))
        print(_row(lie, homes), flush=True)


def _one(home: Home) -> str:
    charger = home.bays[0].charger
    return (
        f"{home.kind.value} {len(charger.phases)}ph {len(home.bays)} cars period "
        f"{home.period_s} from {home.from_s} x{home.factor} steps {home.steps} doubt "
        f"{home.doubted_after} named {home.named_after} {sorted(home.blamed)} "
        f"{home.overload_as:.0f} A s {home.longest_over_s} s of {home.answer_s:.0f}"
    )


def _row(lie: Lie, homes: list[Home]) -> str:
    told = [row for row in homes if row.steps]
    doubts = [_within(told, "doubted_after", most) for most in (1, 3)]
    named = [_within(told, "named_after", most) for most in (3, 8, 10**6)]
    amounts = [row.overload_as for row in homes]
    longest = max(row.longest_over_s / row.answer_s for row in homes)
    beyond = sum(row.longest_over_s > 2 * row.answer_s for row in homes)
    return (
        f"{lie.value} | {mean(row.steps for row in homes):.0f} | "
        f"{'/'.join(map(str, doubts))} | {'/'.join(map(str, named))} of {len(told)} | "
        f"{mean(amounts):.0f}/{max(amounts):.0f} | {longest:.1f}, {beyond} beyond 2"
    )


def _within(homes: list[Home], name: str, most: int) -> int:
    values = [getattr(row, name) for row in homes]
    return sum(row is not None and row <= most for row in values)


if __name__ == "__main__":
    main()
