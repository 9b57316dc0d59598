"""Known meters: how their entities are recognised, and what these measure.

Where no other place is named, a row's facts stand in the `sensor.py` of the integration
of that name in Home Assistant 2026.10, and its interval in `const.py` or `coordinator.py`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

type Phases = tuple[str, str, str] | tuple[()]
"""A pattern for each phase; none where nothing measures them."""


class Mark(Enum):
    """What of a registered entity a pattern is held against."""

    UNIQUE_ID = "unique_id"
    TRANSLATION_KEY = "translation_key"
    NAME = "name"
    """The name that the device gave: small letters, with blanks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFamily:
    """Meters whose entities have the same patterns.

    `*` in a pattern stands for what differs from meter to meter of the family.
    """

    name: str
    platform: str
    mark: Mark = Mark.UNIQUE_ID
    identity: str = ".+"
    """What `*` may be, as a regular expression."""
    manufacturer: str = ""
    """How the manufacturer of the device begins, small letters."""
    current: Phases = ()
    current_alone: bool = False
    """Whether these are a meter's even where nothing measures the power of each phase."""
    power: Phases = ()
    """Of each phase: the difference, or the import where there is an export."""
    export: Phases = ()
    export_comes_later: bool = False
    """Whether there are no entities for export before there is any."""
    voltage: Phases = ()
    total: str = ""
    total_export: str = ""
    inverted: bool = False
    """Whether import is negative."""
    interval_s: float
    """How often it reports, as it comes, s."""
    delay_s: float | None = None
    """How much older than its report a value may be, s; None where it is no later than
    most are. What is too short shows as soon as a car changes (`health/meter_delay.py`);
    what is too long never does, so that a reader on the home's own network has none."""


def _each(pattern: str, phases: str = "123") -> Phases:
    """Return a pattern for each phase; `#` is where its name stands."""
    first, second, third = (pattern.replace("#", phase) for phase in phases)
    return (first, second, third)


FAMILIES: Final = (
    MeterFamily(
        name="DSMR smart meter",
        platform="dsmr",
        current=_each("*_instantaneous_current_l#"),
        current_alone=True,
        power=_each("*_instantaneous_active_power_l#_positive"),
        export=_each("*_instantaneous_active_power_l#_negative"),
        voltage=_each("*_instantaneous_voltage_l#"),
        total="*_current_electricity_usage",
        total_export="*_current_electricity_delivery",
        interval_s=30.0,
    ),
    MeterFamily(
        name="DSMR-reader",
        platform="dsmr_reader",
        current=_each("*-dsmr_reading_phase_power_current_l#"),
        current_alone=True,
        power=_each("*-dsmr_reading_phase_currently_delivered_l#"),
        export=_each("*-dsmr_reading_phase_currently_returned_l#"),
        voltage=_each("*-dsmr_reading_phase_voltage_l#"),
        total="*-dsmr_reading_electricity_currently_delivered",
        total_export="*-dsmr_reading_electricity_currently_returned",
        interval_s=10.0,
    ),
    # slimmelezer.yaml and slimmelezer-be.yaml of zuidwijk/dsmr; the names are the
    # owner's to change, and the unique ID follows them.
    MeterFamily(
        name="SlimmeLezer",
        platform="esphome",
        mark=Mark.NAME,
        current=_each("current phase #"),
        power=_each("power consumed phase #"),
        export=_each("power produced phase #"),
        voltage=_each("voltage phase #"),
        total="power consumed",
        total_export="power produced",
        interval_s=10.0,
    ),
    MeterFamily(
        name="ESPHome P1 reader",
        platform="esphome",
        mark=Mark.NAME,
        current=_each("current l#"),
        power=_each("power delivered l#"),
        export=_each("power returned l#"),
        voltage=_each("voltage l#"),
        total="power delivered",
        total_export="power returned",
        interval_s=10.0,
    ),
    MeterFamily(
        name="HomeWizard",
        platform="homewizard",
        current=_each("*_active_current_l#_a"),
        power=_each("*_active_power_l#_w"),
        voltage=_each("*_active_voltage_l#_v"),
        total="*_active_power_w",
        interval_s=5.0,
    ),
    MeterFamily(
        name="P1 Monitor",
        platform="p1_monitor",
        current=_each("*_phases_current_phase_l#"),
        power=_each("*_phases_power_consumed_phase_l#"),
        export=_each("*_phases_power_produced_phase_l#"),
        voltage=_each("*_phases_voltage_phase_l#"),
        total="*_smartmeter_power_consumption",
        total_export="*_smartmeter_power_production",
        interval_s=10.0,
    ),
    MeterFamily(
        name="YouLess",
        platform="youless",
        identity=".+(?<!_extra)",
        current=_each("*_phase_#_current"),
        power=_each("*_phase_#_power"),
        voltage=_each("*_phase_#_voltage"),
        total="*_usage",
        interval_s=10.0,
    ),
    MeterFamily(
        name="EARN-E P1",
        platform="earn_e_p1",
        current=_each("*_current_l#"),
        current_alone=True,
        total="*_power_delivered",
        total_export="*_power_returned",
        interval_s=10.0,
    ),
    # Currents come less often than powers, and only with the long message.
    MeterFamily(
        name="Tibber Pulse",
        platform="tibber",
        current=_each("*_rt_currentL#"),
        current_alone=True,
        total="*_rt_power",
        total_export="*_rt_powerProduction",
        interval_s=10.0,
        # From the meter to the cloud and back; nobody states it, so this is generous.
        delay_s=10.0,
    ),
    # UtilitechAS/amsreader-firmware, src/mqtt/HomeAssistantStatic.h.
    MeterFamily(
        name="AMS reader (amsleser.no)",
        platform="mqtt",
        manufacturer="ams",
        current=_each("*_I#"),
        current_alone=True,
        power=_each("*_P#"),
        export=_each("*_PO#"),
        voltage=_each("*_U#"),
        total="*_P",
        total_export="*_PO",
        export_comes_later=True,
        interval_s=10.0,
    ),
    # toreamun/amshan-homeassistant, custom_components/amshan/sensor.py.
    MeterFamily(
        name="AMS HAN meter (amshan)",
        platform="amshan",
        current=_each("*-current_l#"),
        current_alone=True,
        total="*-active_power_import",
        total_export="*-active_power_export",
        interval_s=10.0,
    ),
    MeterFamily(
        name="Shelly Pro 3EM",
        platform="shelly",
        current=_each("*-em:0-#_current", "abc"),
        power=_each("*-em:0-#_act_power", "abc"),
        voltage=_each("*-em:0-#_voltage", "abc"),
        total="*-em:0-total_act_power",
        interval_s=5.0,
    ),
    MeterFamily(
        name="Shelly Pro 3EM (single phases)",
        platform="shelly",
        current=_each("*-em1:#-current_em1", "012"),
        power=_each("*-em1:#-power_em1", "012"),
        voltage=_each("*-em1:#-voltage_em1", "012"),
        interval_s=5.0,
    ),
    MeterFamily(
        name="Shelly 3EM",
        platform="shelly",
        current=_each("*-emeter_#-current", "012"),
        power=_each("*-emeter_#-power", "012"),
        voltage=_each("*-emeter_#-voltage", "012"),
        interval_s=15.0,
    ),
    # SunSpec meters count what leaves the site as positive.
    MeterFamily(
        name="SolarEdge meter",
        platform="solaredge_modbus",
        identity=".+_meter_.+",
        current=_each("*_ac_current_phase_#", "abc"),
        power=_each("*_ac_power_phase_#", "abc"),
        voltage=_each("*_ac_voltage_phase_#n", "abc"),
        total="*_ac_power",
        inverted=True,
        interval_s=10.0,
    ),
    # WillCodeForCats/solaredge-modbus-multi, sensor.py; polled each 300 s by default.
    MeterFamily(
        name="SolarEdge Modbus Multi meter",
        platform="solaredge_modbus_multi",
        current=_each("*_ac_current_#", "abc"),
        power=_each("*_ac_power_#", "abc"),
        voltage=_each("*_ac_voltage_#n", "abc"),
        inverted=True,
        interval_s=300.0,
    ),
    # davidrapan/ha-solarman, inverter_definitions/deye_p3.yaml. The internal clamps
    # are the inverter's own and miss what hangs before it.
    MeterFamily(
        name="Deye (Solarman)",
        platform="solarman",
        mark=Mark.TRANSLATION_KEY,
        current=_each("external_ct#_current"),
        power=_each("external_ct#_power"),
        voltage=_each("grid_l#_voltage"),
        total="external_power",
        interval_s=10.0,
    ),
    MeterFamily(
        name="Solarman smart meter",
        platform="solarman",
        current=_each("*_#_current", "abc"),
        power=_each("*_#_act_power", "abc"),
        export=_each("*_#_act_ret_power", "abc"),
        voltage=_each("*_#_voltage", "abc"),
        total="*_total_act_power",
        total_export="*_total_act_ret_power",
        interval_s=30.0,
    ),
    MeterFamily(
        name="Fronius Smart Meter",
        platform="fronius",
        current=_each("*-current_ac_phase_#"),
        power=_each("*-power_real_phase_#"),
        voltage=_each("*-voltage_ac_phase_#"),
        interval_s=60.0,
    ),
    MeterFamily(
        name="Fronius power flow",
        platform="fronius",
        total="*-power_flow-power_grid_import",
        total_export="*-power_flow-power_grid_export",
        interval_s=10.0,
    ),
    # wlcrs/huawei_solar, sensor.py and const.py. Positive is export, as register 37113
    # of Huawei's Modbus interface definition says.
    MeterFamily(
        name="Huawei power meter",
        platform="huawei_solar",
        current=(
            "*_active_grid_a_current",
            "*_active_grid_b_current",
            "*_active_grid_c_current",
        ),
        power=_each("*_active_grid_#_power", "abc"),
        voltage=_each("*_grid_#_voltage", "abc"),
        total="*_power_meter_active_power",
        inverted=True,
        interval_s=30.0,
    ),
    MeterFamily(
        name="Enphase Envoy",
        platform="enphase_envoy",
        identity="[^_]+",
        current=_each("*_net_ct_current_l#"),
        power=_each("*_net_consumption_l#"),
        voltage=_each("*_voltage_l#"),
        total="*_net_consumption",
        interval_s=60.0,
    ),
    # The library victron-mqtt 2026.9.5, _victron_topics.py.
    MeterFamily(
        name="Victron grid meter",
        platform="victron_gx",
        identity=".+_grid_[^_]+",
        current=_each("*_grid_current_L#"),
        power=_each("*_grid_power_L#"),
        voltage=_each("*_grid_voltage_L#"),
        total="*_grid_power",
        interval_s=5.0,
    ),
    # sfstar/hass-victron, custom_components/victron/const.py.
    MeterFamily(
        name="Victron grid meter (Modbus)",
        platform="victron",
        current=_each("*_grid_L#_current"),
        power=_each("*_grid_L#_power"),
        voltage=_each("*_grid_L#_voltage"),
        interval_s=30.0,
    ),
    # Codes of the library pysma 1.1.8, definitions/webconnect.py.
    MeterFamily(
        name="SMA energy meter",
        platform="sma",
        current=("*-6100_40466500_0", "*-6100_40466600_0", "*-6100_40466B00_0"),
        power=_each("*-6100_0046E#00_0", "BCD"),
        export=_each("*-6100_0046E#00_0", "89A"),
        voltage=_each("*-6100_0046E#00_0", "567"),
        total="*-6100_40463700_0",
        total_export="*-6100_40463600_0",
        interval_s=5.0,
    ),
    # Ids of the library goodwe 0.4.10, et.py. What it sells is positive.
    MeterFamily(
        name="GoodWe meter",
        platform="goodwe",
        current=_each("goodwe-meter_current#-*"),
        power=_each("goodwe-meter_active_power#-*"),
        voltage=_each("goodwe-meter_voltage#-*"),
        total="goodwe-meter_active_power_total-*",
        inverted=True,
        interval_s=10.0,
    ),
    MeterFamily(
        name="inexogy / Discovergy",
        platform="discovergy",
        power=_each("*-power#"),
        voltage=_each("*-phase#Voltage"),
        total="*-power",
        interval_s=30.0,
        # The cloud is asked for the last value that it has: at worst the one before.
        delay_s=30.0,
    ),
    MeterFamily(
        name="IOmeter",
        platform="iometer",
        power=_each("*_power_phase_#"),
        total="*_power",
        interval_s=10.0,
    ),
    MeterFamily(
        name="IamMeter",
        platform="iammeter",
        current=_each("*_Current_#", "ABC"),
        power=_each("*_Power_#", "ABC"),
        voltage=_each("*_Voltage_#", "ABC"),
        interval_s=30.0,
    ),
    MeterFamily(
        name="Tesla Powerwall gateway",
        platform="powerwall",
        total="*_site_instant_power",
        interval_s=30.0,
    ),
)
