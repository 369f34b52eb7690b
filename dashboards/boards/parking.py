"""Parking, for who runs car parks and spaces: how full, who comes, who stays too long, what comes next."""

from __future__ import annotations

from dashboards.board import (
    DISTRICT,
    OPERATOR,
    THING,
    Board,
    Lines,
    Number,
    Places,
    Ranking,
    Row,
    Variable,
)

BOARD = Board(
    name="parking",
    title="Parking",
    title_de="Parken",
    description="Car parks and parking spaces of an operator: occupancy, arrivals, stays, and what is foretold.",
    variables=(Variable.OPERATOR, Variable.DISTRICT, Variable.THING),
    things_of="occupancy_15min",
    domain="parking",
    rows=(
        Row(
            title="Now",
            title_de="Jetzt",
            panels=(
                Number(shows="occupancy_15min", of=OPERATOR),
                Number(shows="spaces_in_service_15min", of=OPERATOR),
                Number(shows="busy_share_day", of=OPERATOR),
                Number(shows="full_share_day", of=OPERATOR),
            ),
        ),
        Row(
            title="Yesterday",
            title_de="Gestern",
            panels=(
                Number(shows="joint_peak_occupancy_day", of=OPERATOR),
                Number(shows="arrivals_day", of=OPERATOR),
                Number(shows="turnover_day", of=OPERATOR),
                Number(shows="mean_stay_day", of=OPERATOR),
            ),
        ),
        Row(
            title="Things",
            title_de="Orte",
            panels=(
                Places(shows="occupancy_15min"),
                Ranking(shows=("occupancy_15min", "occupancy_day"), height=12),
                Lines(shows="occupancy_15min", of=THING),
                Lines(shows="available_spot_number", of=THING),
                Lines(shows="free_spaces_in_30min_15min", of=THING),
                Lines(shows="occupancy_hour", of=DISTRICT),
            ),
        ),
        Row(
            title="Stays",
            title_de="Parkvorgänge",
            panels=(
                Lines(shows="arrivals_hour", of=OPERATOR),
                Lines(shows="parked_hours_hour", of=OPERATOR),
                Ranking(shows=("median_stay_day", "stays_day"), width=24),
            ),
        ),
    ),
)
