"""Pipiot levelSense: an ultrasonic and a laser distance side by side; sound sees soft waste better, so it is first."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="pipiot_level_sense",
    vendor="Pipiot",
    model="levelSense",
    source="akenza-io/device-type-library types/pipiot/levelSense; that distances are mm is inferred from their size",
    fields={
        "ultrasonicDistanceExt": Field(property="distance", unit="mm"),
        "laserDistanceExt": Field(property="distance", unit="mm"),
        "temperature": Field(property="temperature"),
    },
    codec="pipiot_level_sense.js",
    examples=(
        DeviceExample(
            kind="waste_container",
            fields={"ultrasonicDistanceExt": 838, "laserDistanceExt": 43},
            results={"distance": 838.0},
            source="akenza-io/device-type-library types/pipiot/levelSense/uplink.spec.js",
        ),
        DeviceExample(
            kind="waste_container",
            fields={"laserReflectance": 119296, "temperature": 25, "tiltAngle": 4},
            results={"temperature": 25.0},
            source="akenza-io/device-type-library types/pipiot/levelSense/uplink.spec.js",
        ),
    ),
)
