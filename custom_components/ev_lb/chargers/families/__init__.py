"""The families of chargers whose facts are known, by the name in a config entry."""

from collections.abc import Mapping
from typing import Final

from custom_components.ev_lb.chargers.facts import Family

from .alfen import ALFEN, ALFEN_SECOND
from .amina import AMINA
from .easee import EASEE
from .goe import GO_E
from .keba import KEBA, KEBA_CUSTOM
from .lektrico import LEKTRICO
from .openevse import OPENEVSE
from .peblar import PEBLAR
from .smartevse import SMARTEVSE
from .tesla import TESLA_FLEET, TESLEMETRY, TESSIE
from .wallbox import WALLBOX
from .zaptec import ZAPTEC

FAMILIES: Final[Mapping[str, Family]] = {
    "alfen": ALFEN,
    "alfen_second": ALFEN_SECOND,
    "amina": AMINA,
    "easee": EASEE,
    "go_e": GO_E,
    "keba": KEBA,
    "keba_custom": KEBA_CUSTOM,
    "lektrico": LEKTRICO,
    "openevse": OPENEVSE,
    "peblar": PEBLAR,
    "smartevse": SMARTEVSE,
    "tesla_fleet": TESLA_FLEET,
    "teslemetry": TESLEMETRY,
    "tessie": TESSIE,
    "wallbox": WALLBOX,
    "zaptec": ZAPTEC,
}
