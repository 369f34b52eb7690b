"""Heat meters over wireless M-Bus, as wmbusmeters names what they send: Kamstrup (kamheat) and their like."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

MODEL = DeviceModel(
    name="wmbus_heat",
    vendor="wmbusmeters",
    model="Wireless M-Bus heat meters",
    source="wmbusmeters/wmbusmeters src/driver_kamheat.cc",
    fields={
        "total_energy_consumption_kwh": Field(property="total_heat_energy"),
        "total_energy_consumption_gj": Field(property="total_heat_energy", unit="GJ"),
        "total_energy_consumption_mj": Field(property="total_heat_energy", unit="MJ"),
        "total_volume_m3": Field(property="total_volume"),
        "total_m3": Field(property="total_volume"),
        "power_kw": Field(property="thermal_power"),
        "volume_flow_m3h": Field(property="volume_flow"),
        "t1_temperature_c": Field(property="flow_temperature"),
        "flow_temperature_c": Field(property="flow_temperature"),
        "t2_temperature_c": Field(property="return_temperature"),
        "return_temperature_c": Field(property="return_temperature"),
    },
    examples=(
        DeviceExample(
            kind="heat_meter",
            fields={
                "status": "OK",
                "total_energy_consumption_kwh": 7173,
                "total_volume_m3": 268.71,
                "volume_flow_m3h": 0.071,
                "power_kw": 2.2,
                "max_power_kw": 12.4,
                "t1_temperature_c": 52.29,
                "t2_temperature_c": 23.01,
            },
            results={
                "total_heat_energy": 7173.0,
                "total_volume": 268.71,
                "volume_flow": 0.071,
                "thermal_power": 2.2,
                "flow_temperature": 52.29,
                "return_temperature": 23.01,
            },
            source="wmbusmeters/wmbusmeters src/driver_kamheat.cc, test HeatInlet",
        ),
        DeviceExample(
            kind="heat_meter",
            fields={"total_energy_consumption_gj": 18.44, "flow_temperature_c": 64.2},
            results={"total_heat_energy": 5122.2222, "flow_temperature": 64.2},
            source="the names of wmbusmeters' heat drivers in GJ; the values are made up",
        ),
    ),
)
