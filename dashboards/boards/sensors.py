"""Sensor health and data quality: which sensors need a person, and how far what they say can be trusted."""

from __future__ import annotations

from dashboards.board import (
    EVERY_DISTRICT,
    EVERY_OPERATOR,
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
    name="sensors",
    title="Sensor health and data quality",
    title_de="Zustand der Sensoren und Datenqualität",
    description="Sensors by their health, completeness, doubtful values, latency and lost uplinks.",
    variables=(Variable.KIND, Variable.THING),
    span="7d",
    rows=(
        Row(
            title="Who reports",
            title_de="Wer meldet",
            panels=(
                Number(shows="reporting_parking_day", width=8),
                Number(shows="reporting_containers_day", width=8),
                Number(shows="reporting_meters_day", width=8),
                Lines(shows="valid_observations_day", of=EVERY_OPERATOR),
                Lines(shows="valid_observations_day", of=EVERY_DISTRICT),
            ),
        ),
        Row(
            title="Health",
            title_de="Zustand",
            panels=(
                Places(shows="health_day", width=8),
                Ranking(
                    shows=("health_day", "completeness_day", "doubtful_share_day"),
                    width=16,
                    height=12,
                ),
                Lines(shows="completeness_day", of=THING),
                Lines(shows="doubtful_share_day", of=THING),
            ),
        ),
        Row(
            title="Line",
            title_de="Übertragung",
            panels=(
                Lines(shows="latency_p95_day", of=THING),
                Lines(shows="message_interval_day", of=THING),
                Lines(shows="lost_uplinks_day", of=THING),
                Lines(shows="battery", of=THING),
            ),
        ),
    ),
)
