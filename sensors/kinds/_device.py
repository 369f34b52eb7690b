"""What almost every device says of itself, shared by the kinds: one name means one thing everywhere."""

from __future__ import annotations

from datetime import timedelta

from sensors.model import ObservedProperty, SeriesKind

TEMPERATURE = ObservedProperty(
    name="temperature",
    title="Temperature at the sensor",
    title_de="Temperatur am Sensor",
    unit="Cel",
    series=SeriesKind.GAUGE,
    description="Temperature inside or beside the sensor's housing; sun and ground warm it, it is no weather reading.",
    source="smart-data-models/dataModel.Device Device.temperature; ranges: outdoor electronics, our definition",
    fail=(-60.0, 125.0),
    suspect=(-40.0, 85.0),
    max_hold=timedelta(hours=6),
    checks={"spike": 20.0, "rate": 600.0, "stuck_hours": 48.0, "peers": 15.0},
)

BATTERY = ObservedProperty(
    name="battery",
    title="Battery level",
    title_de="Batteriestand",
    unit="%",
    series=SeriesKind.GAUGE,
    description="Charge left as the device estimates it; -1 means unknown in some data models and is refused here.",
    source="smart-data-models/dataModel.Device Device.batteryLevel, there as a fraction 0..1",
    fail=(0.0, 100.0),
    max_hold=timedelta(days=3),
)

BATTERY_VOLTAGE = ObservedProperty(
    name="battery_voltage",
    title="Battery voltage",
    title_de="Batteriespannung",
    unit="V",
    series=SeriesKind.GAUGE,
    description="Voltage of the device's own battery under the load of the transmission.",
    source="parking sensors in TheThingsNetwork/lorawan-devices report 2.3 to 3.7 V; ranges are our definition",
    fail=(0.0, 30.0),
    suspect=(1.8, 15.0),
    max_hold=timedelta(days=3),
)

RSSI = ObservedProperty(
    name="rssi",
    title="Received signal strength",
    title_de="Empfangsfeldstärke",
    unit="dB",
    series=SeriesKind.GAUGE,
    description="Strength in dBm with which the gateway that heard it best received a message; kept where a site asks.",
    source="smart-data-models/dataModel.Device Device.rssi; UCUM has no dBm: dB by 1 mW; range of LoRa receivers",
    fail=(-160.0, 30.0),
    max_hold=timedelta(days=3),
)

SNR = ObservedProperty(
    name="snr",
    title="Signal to noise ratio",
    title_de="Signal-Rausch-Abstand",
    unit="dB",
    series=SeriesKind.GAUGE,
    description="Signal to noise ratio in dB at the gateway that heard a message best; kept where a site asks for it.",
    source="LoRaWAN network servers (rxInfo.snr, rx_metadata.snr); LoRa demodulates from about -20 dB on",
    fail=(-40.0, 60.0),
    max_hold=timedelta(days=3),
)
