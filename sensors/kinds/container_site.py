"""A container site (Wertstoffinsel): several containers of several fractions in one place.

Its containers are things of their own and say in ``container_site`` where they stand; what is observed of the site is
told by a station that watches it as a whole.
"""

from __future__ import annotations

from datetime import timedelta

from sensors.kinds._device import BATTERY, RSSI, SNR, TEMPERATURE
from sensors.kinds.waste_container import FILLING_LEVEL
from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

FULL_CONTAINER_NUMBER = ObservedProperty(
    name="full_container_number",
    title="Full containers",
    title_de="Volle Behälter",
    unit="{container}",
    series=SeriesKind.STATE,
    description="Containers of the site that can take nothing more.",
    source="smart-data-models/dataModel.WasteManagement WasteContainerIsle; our definition",
    fail=(0.0, 100.0),
    max_hold=timedelta(hours=12),
)

KIND = SensorKind(
    name="container_site",
    domain="waste",
    title="Container site",
    title_de="Containerstellplatz",
    properties=(FILLING_LEVEL, FULL_CONTAINER_NUMBER, TEMPERATURE, BATTERY, RSSI, SNR),
    site={
        "glass_containers": "containers for glass (anzahl_glas)",
        "paper_containers": "containers for paper (anzahl_papier)",
        "textile_containers": "containers for textiles (anzahl_altkleider)",
    },
    examples=(KindExample(site={}, reading={"filling_level": 80.0, "full_container_number": 1.0}, derived={}),),
)
