"""What solar panels give under a measured sky: real clouds, modelled panels.

Position of the sun: J. W. Spencer, Fourier series representation of the
position of the sun, Search 2 (1971); isotropic sky; cell temperature by NOCT.
"""

from dataclasses import dataclass

import numpy as np

from tools.reconstruction import MINUTE_S

from .data import Floats, Irradiance


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Panels that look south, and where they are."""

    peak_kw: float
    latitude: float = 55.79
    longitude: float = 12.52
    tilt: float = 30.0
    """From the horizontal, degrees."""


def solar_power_w(sky: Irradiance, panels: Panels) -> Floats:
    """Return what the inverter gives, W at each second, from the sky's start."""
    minutes = np.arange(len(sky.global_w_per_m2))
    moments = np.datetime64(sky.start) + minutes.astype("timedelta64[m]")
    days = moments.astype("datetime64[D]")
    day_of_year = (days - moments.astype("datetime64[Y]")).astype(int) + 1
    hours = (moments - days).astype("timedelta64[m]").astype(float) / 60
    cos_zenith, cos_incidence = _sun(day_of_year, hours, panels)
    diffuse = np.minimum(sky.diffuse_w_per_m2, sky.global_w_per_m2)
    # Near the horizon the quotient says nothing.
    high = np.maximum(cos_zenith, 0.065)
    beam = np.where(cos_zenith > 0.065, (sky.global_w_per_m2 - diffuse) / high, 0)
    slope = np.cos(np.radians(panels.tilt))
    on_panels = np.clip(beam, 0, 1050) * cos_incidence
    on_panels += diffuse * (1 + slope) / 2 + 0.2 * sky.global_w_per_m2 * (1 - slope) / 2
    cell_c = sky.air_c + on_panels * 25 / 800
    power_w = panels.peak_kw * on_panels * (1 - 0.004 * (cell_c - 25)) * 0.93
    power_w = np.clip(power_w, 0, 1000 * panels.peak_kw)
    seconds = np.arange(MINUTE_S * len(minutes)) / MINUTE_S
    return np.interp(seconds, minutes, power_w)


def _sun(day_of_year: Floats, hours: Floats, panels: Panels) -> tuple[Floats, Floats]:
    """Return the cosines of the zenith angle and of the incidence on the panels."""
    angle = 2 * np.pi * (day_of_year - 1 + (hours - 12) / 24) / 365
    time_min = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    declination = (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
        - 0.002697 * np.cos(3 * angle)
        + 0.00148 * np.sin(3 * angle)
    )
    hour_angle = np.radians((hours * 60 + time_min + 4 * panels.longitude) / 4 - 180)
    latitude, tilt = np.radians(panels.latitude), np.radians(panels.tilt)
    cos_zenith = np.sin(latitude) * np.sin(declination)
    cos_zenith += np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    # Panels that look south see the sun as level ones do, further south.
    level = latitude - tilt
    cos_incidence = np.sin(level) * np.sin(declination)
    cos_incidence += np.cos(level) * np.cos(declination) * np.cos(hour_angle)
    return cos_zenith, np.maximum(0, cos_incidence)
