"""On how many phases a charge point that counts in watts lets a power flow.

Some share it by the phases that the car uses, some by the number in the profile, some
by all that they are wired to (OCPP 1.6, section 7.13). By more than the car uses it
gets too little, which shows; by fewer it would get too much.
"""

from custom_components.ev_lb.engine.model import Reading

from .ocpp_given import settled
from .ocpp_measured import IN_USE_A, LEAST_A


class PowerShare:
    """Follows on how many phases one connector's power flows."""

    def __init__(self, wires: int) -> None:
        """Take how many phases the charger is wired to."""
        self._wires = wires
        self.car_phases = wires
        """On how many phases the car draws, as far as is known."""
        self._spreads: bool | None = None
        """Whether it shares a power by all its wires; None while that is open."""

    @property
    def phases(self) -> int:
        """Return the phases to reckon a power with."""
        return self._wires if self._spreads else self.car_phases

    def forget_car(self) -> None:
        """Note that the car has gone: the next one may use all phases."""
        self.car_phases = self._wires

    def notice_car(self, phases: int | None) -> None:
        """Take on how many phases the car was measured."""
        if phases is not None:
            self.car_phases = phases

    def notice_given(
        self, told: Reading | None, given_a: float | None, now_s: float
    ) -> None:
        """Take what a car gets, A, that was told a limit; None where that is unknown."""
        given = settled(told, given_a, now_s)
        if given is None:
            return
        if self._spreads and given.given_a > given.told_a + IN_USE_A:
            self._spreads = False
        spread_a = given.told_a * self.car_phases / self._wires
        if self._spreads is not None or not given.can_tell_from(spread_a):
            return
        too_little = given.given_a <= 0 and spread_a < LEAST_A <= given.told_a
        if too_little or given.is_at(spread_a):
            self._spreads = True
