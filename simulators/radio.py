"""Which gateways hear a device, and how well: enough to look like a city's LoRaWAN, no model of waves."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, log10, radians
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from simulators.places import Gateway, Place

CHANNELS = (868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000)
"""EU868 uplink channels in Hz (LoRaWAN regional parameters)."""
IN_REACH = 3


class Reception(NamedTuple):
    """How one gateway heard one frame: dBm and dB."""

    gateway: Gateway
    rssi: int
    snr: float


@dataclass(frozen=True, slots=True)
class Air:
    """One frame on its way: its channel, its spreading factor, and who heard it, best first."""

    channel: int
    spreading_factor: int
    heard: tuple[Reception, ...]

    @property
    def frequency(self) -> int:
        """Hertz."""
        return CHANNELS[self.channel]

    @property
    def data_rate(self) -> int:
        """Index of the data rate in EU868: 0 is SF12, 5 is SF7."""
        return 12 - self.spreading_factor


def nearest(place: Place, gateways: Sequence[Gateway]) -> tuple[tuple[Gateway, float], ...]:
    """Find the gateways in reach of a place with their distances in km, nearest first."""
    shrink = cos(radians(place.latitude))
    far = {g: 111.2 * hypot((g.longitude - place.longitude) * shrink, g.latitude - place.latitude) for g in gateways}
    return tuple(sorted(far.items(), key=lambda item: item[1])[:IN_REACH])


def transmit(reach: Sequence[tuple[Gateway, float]], chance: Random) -> Air:
    """Send one frame: one to three gateways hear it, weaker with distance (log-distance path loss, exponent 3.2)."""
    heard = tuple(_receive(gateway, far, chance) for gateway, far in reach[: chance.randint(1, len(reach))])
    best = max(reception.rssi for reception in heard)
    factor = min(12, max(7, 7 + (-best - 95) // 6))
    return Air(chance.randrange(len(CHANNELS)), factor, tuple(sorted(heard, key=lambda r: -r.rssi)))


def _receive(gateway: Gateway, far: float, chance: Random) -> Reception:
    rssi = round(-62 - 32 * log10(max(far, 0.05) / 0.05) + chance.gauss(0, 4))
    rssi = min(-40, max(-124, rssi))
    return Reception(gateway, rssi, round(min(12.0, max(-18.0, (rssi + 113) / 2.5)), 1))
