"""Waste, for the dispatcher: which containers are full, which will be, and how the rounds went."""

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
    name="waste",
    title="Waste",
    title_de="Abfall",
    description="Containers of an operator: levels, which are full before their next round, emptyings, overflow.",
    variables=(Variable.OPERATOR, Variable.DISTRICT, Variable.THING),
    things_of="filling_level_smoothed_hour",
    span="7d",
    domain="waste",
    rows=(
        Row(
            title="Yesterday",
            title_de="Gestern",
            panels=(
                Number(shows="reporting_containers_day", of=OPERATOR),
                Number(shows="emptyings_day", of=OPERATOR),
                Number(shows="collected_volume_day", of=OPERATOR),
                Number(shows="overflow_rate_day", of=OPERATOR),
                Number(shows="planned_emptyings_day", of=OPERATOR),
                Number(shows="late_emptyings_day", of=OPERATOR),
                Number(shows="avoidable_emptyings_day", of=OPERATOR),
                Number(shows="overflow_day", of=OPERATOR),
            ),
        ),
        Row(
            title="To be emptied",
            title_de="Zu leeren",
            panels=(
                Places(shows="filling_level_smoothed_hour", width=8),
                Ranking(
                    shows=("filling_level_smoothed_hour", "full_before_round_hour", "time_to_full_hour"),
                    width=16,
                    height=12,
                ),
                Lines(shows="filling_level_smoothed_hour", of=THING),
                Lines(shows="full_before_round_hour", of=THING),
                Lines(shows="fill_rate_hour", of=THING),
                Lines(shows="temperature", of=THING),
            ),
        ),
        Row(
            title="Rounds",
            title_de="Touren",
            panels=(
                Lines(shows="emptyings_day", of=OPERATOR),
                Lines(shows="filling_level_smoothed_hour", of=DISTRICT),
                Ranking(shows=("level_at_emptying_day", "emptying_interval_day", "overflow_day"), width=24),
            ),
        ),
    ),
)
