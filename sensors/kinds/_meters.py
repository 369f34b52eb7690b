"""What meters of heat, water and gas share: volumes, flows and temperatures."""

from __future__ import annotations

from datetime import timedelta

from sensors.model import ObservedProperty, SeriesKind

TOTAL_VOLUME = ObservedProperty(
    name="total_volume",
    title="Volume counted",
    title_de="Zählerstand Volumen",
    unit="m3",
    series=SeriesKind.COUNTER,
    description="The meter's cumulative volume of its medium: water, gas as metered, or heating water.",
    source="smart-data-models/dataModel.WaterConsumption; OBIS 8-0:1.0.0 (water), 7-0:3.0.0 (gas), 6-0:2.0.0 (heat)",
    fail=(0.0, 1e9),
    max_hold=timedelta(hours=26),
)

VOLUME_FLOW = ObservedProperty(
    name="volume_flow",
    title="Flow",
    title_de="Durchfluss",
    unit="m3/h",
    series=SeriesKind.GAUGE,
    description="Volume of the medium per hour, now; negative where it flows back.",
    source="EN 1434 (heat) and OIML R 49 (water): actual flow; OBIS 8-0:2.0.0",
    fail=(-1e5, 1e5),
    max_hold=timedelta(hours=2),
)


def temperature_of(name: str, title: str, title_de: str, description: str, source: str) -> ObservedProperty:
    """Declare the temperature of a medium in a pipe."""
    return ObservedProperty(
        name=name,
        title=title,
        title_de=title_de,
        unit="Cel",
        series=SeriesKind.GAUGE,
        description=description,
        source=source,
        fail=(-50.0, 250.0),
        suspect=(-10.0, 180.0),
        max_hold=timedelta(hours=2),
        checks={"spike": 40.0},
    )


PULSES = "pulses per cubic metre as printed on the meter, where a pulse counter reads it"
