from __future__ import annotations

from random import Random

from simulators.places import read_places
from simulators.radio import nearest, transmit

ROSTOCK = read_places()


def test_the_nearest_gateways_come_first():
    reach = nearest(ROSTOCK.places[0], ROSTOCK.gateways)
    far = [kilometres for _, kilometres in reach]
    assert len(far) == 3
    assert far == sorted(far)
    assert 0 < far[0] < 3


def test_one_to_three_gateways_hear_a_frame_best_first():
    reach = nearest(ROSTOCK.places[0], ROSTOCK.gateways)
    heard = [transmit(reach, Random(i)) for i in range(200)]
    assert {len(air.heard) for air in heard} == {1, 2, 3}
    for air in heard:
        strengths = [reception.rssi for reception in air.heard]
        assert strengths == sorted(strengths, reverse=True)
        assert all(-124 <= rssi <= -40 for rssi in strengths)
        assert air.data_rate == 12 - air.spreading_factor
        assert 7 <= air.spreading_factor <= 12
        assert 867_000_000 < air.frequency < 869_000_000
