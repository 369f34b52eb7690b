"""Electricity meters over wireless M-Bus, as wmbusmeters names what they send: the unit stands in the name.

One declaration for abbb23, amiplus, ebzwmbe, ehzp, eltako, em24, gransystems, iem3000, nemo and every driver that keeps
to these names. The power factor is left out: iEM3000 writes 1.67 for a leading one, NEMO 200 for none.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field

_PHASES = (1, 2, 3)
_TARIFFS = (1, 2, 3, 4)
_VOLTAGE = ("voltage_at_phase_{}_v", "voltage_l{}_n_v")
_CURRENT = ("current_at_phase_{}_a", "current_l{}_a", "amperage_at_phase_{}_a")
_DRIVERS = "wmbusmeters/wmbusmeters drivers/src"

MODEL = DeviceModel(
    name="wmbus_electricity",
    vendor="wmbusmeters",
    model="Wireless M-Bus electricity meters",
    source=f"{_DRIVERS}/*.xmq and src/driver_*.cc",
    fields={
        "total_energy_consumption_kwh": Field(property="total_active_energy_import"),
        "total_kwh": Field(property="total_active_energy_import"),
        "total_active_positive_3phase_kwh": Field(property="total_active_energy_import"),
        "total_energy_consumption_l1_kwh": Field(
            property="total_active_energy_import",
            plus=("total_energy_consumption_l2_kwh", "total_energy_consumption_l3_kwh"),
        ),
        "total_energy_production_kwh": Field(property="total_active_energy_export"),
        **{
            f"{start}_tariff_{number}_kwh": Field(property=f"total_active_energy_{way}_tariff_{number}")
            for start, way in (
                ("total_energy_consumption", "import"),
                ("total", "import"),
                ("total_energy_production", "export"),
            )
            for number in _TARIFFS
        },
        "total_reactive_energy_consumption_kvarh": Field(property="total_reactive_energy_import"),
        "total_reactive_energy_production_kvarh": Field(property="total_reactive_energy_export"),
        "current_power_consumption_kw": Field(property="active_power", minus=("current_power_production_kw",)),
        "active_consumption_kw": Field(property="active_power"),
        "active_power_overall_kw": Field(property="active_power"),
        "active_positive_3phase_kw": Field(property="active_power", minus=("active_negative_3phase_kw",)),
        "active_power_at_phase_1_kw": Field(
            property="active_power", plus=("active_power_at_phase_2_kw", "active_power_at_phase_3_kw")
        ),
        "power_kw": Field(property="active_power"),
        **{name.format(phase): Field(property=f"voltage_l{phase}") for name in _VOLTAGE for phase in _PHASES},
        **{name.format(phase): Field(property=f"current_l{phase}") for name in _CURRENT for phase in _PHASES},
        "frequency_hz": Field(property="frequency"),
    },
    examples=(
        DeviceExample(
            kind="energy_meter",
            fields={
                "total_energy_consumption_kwh": 15_694.05,
                "current_power_consumption_kw": 0.33,
                "total_energy_production_kwh": 7.48,
                "current_power_production_kw": 0,
                "voltage_at_phase_1_v": 236,
                "device_datetime": "2019-03-20 12:57",
            },
            results={
                "total_active_energy_import": 15_694.05,
                "active_power": 0.33,
                "total_active_energy_export": 7.48,
                "voltage_l1": 236.0,
            },
            source=f"{_DRIVERS}/amiplus.xmq",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "current_power_consumption_kw": 0,
                "current_power_production_kw": 1.5,
                "total_energy_consumption_tariff_1_kwh": 25_011.061,
                "total_energy_consumption_tariff_2_kwh": 18_530.681,
                "total_energy_production_tariff_1_kwh": 4.999,
            },
            results={
                "active_power": -1.5,
                "total_active_energy_import_tariff_1": 25_011.061,
                "total_active_energy_import_tariff_2": 18_530.681,
                "total_active_energy_export_tariff_1": 4.999,
            },
            source=f"{_DRIVERS}/amiplus.xmq, its power made a production",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "power_kw": 0,
                "total_energy_consumption_kwh": 0.1,
                "total_reactive_energy_consumption_kvarh": 0,
                "amperage_at_phase_1_a": 0,
                "voltage_at_phase_1_v": 232.7,
                "frequency_hz": 50,
            },
            results={
                "active_power": 0.0,
                "total_active_energy_import": 0.1,
                "total_reactive_energy_import": 0.0,
                "current_l1": 0.0,
                "voltage_l1": 232.7,
                "frequency": 50.0,
            },
            source="wmbusmeters/wmbusmeters src/driver_em24.cc, shortened",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "partial_energy_consumption_kwh": 33_385.482,
                "total_energy_consumption_l1_kwh": 11_080.546,
                "total_energy_consumption_l2_kwh": 11_339.904,
                "total_energy_consumption_l3_kwh": 10_965.048,
                "total_energy_consumption_tariff_1_kwh": 0,
                "total_energy_consumption_tariff_2_kwh": 0,
            },
            results={
                "total_active_energy_import": 33_385.498,
                "total_active_energy_import_tariff_1": 0.0,
                "total_active_energy_import_tariff_2": 0.0,
            },
            source="wmbusmeters/wmbusmeters src/driver_iem3000.cc, shortened",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={
                "total_kwh": 289.68,
                "active_power_overall_kw": 0.98,
                "current_l1_a": 1.6,
                "voltage_l1_n_v": 238,
                "total_tariff_1_kwh": 289.68,
            },
            results={
                "total_active_energy_import": 289.68,
                "active_power": 0.98,
                "current_l1": 1.6,
                "voltage_l1": 238.0,
                "total_active_energy_import_tariff_1": 289.68,
            },
            source=f"{_DRIVERS}/eltako.xmq, shortened",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"total_active_positive_3phase_kwh": 6_735_835, "active_positive_3phase_kw": 97.83},
            results={"total_active_energy_import": 6_735_835.0, "active_power": 97.83},
            source="wmbusmeters/wmbusmeters src/driver_nemo.cc, shortened",
        ),
    ),
)
