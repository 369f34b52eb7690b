"""The city at a glance: what every operator's part of it comes to now, and where."""

from __future__ import annotations

from dashboards.board import (
    CITY,
    DISTRICT,
    MONTH,
    OPERATOR,
    Board,
    Lines,
    Look,
    Measured,
    Number,
    Places,
    Ranking,
    Row,
    Variable,
)

BOARD = Board(
    name="city",
    title="City overview",
    title_de="Stadt im Überblick",
    description="What the city's car parks, containers and buildings come to now, by operator and district.",
    variables=(Variable.OPERATOR, Variable.DISTRICT),
    rows=(
        Row(
            title="Now",
            title_de="Jetzt",
            panels=(
                Number(shows="occupancy_15min"),
                Number(shows="spaces_in_service_15min"),
                Number(shows="overflow_day"),
                Number(shows="energy_hour"),
                Number(shows="reporting_parking_day"),
                Number(shows="reporting_containers_day"),
                Number(shows="reporting_meters_day"),
                Measured(
                    title="Alerts that fire",
                    title_de="Alarme, die bestehen",
                    description="Alerts that fire or are acknowledged; a group counts once.",
                    query=(
                        "sum(max by (rule, severity, state, domain, operator) "
                        '(smilecity_alerts{state=~"firing|acknowledged"})) or 0 * max(smilecity_alert_changes_total)'
                    ),
                    unit="{alert}",
                    look=Look.NUMBER,
                    red_from=1.0,
                    width=6,
                    height=4,
                ),
            ),
        ),
        Row(
            title="Where",
            title_de="Wo",
            panels=(
                Places(shows="occupancy_15min", of=".*"),
                Places(shows="filling_level_smoothed_hour", of=".*"),
            ),
        ),
        Row(
            title="Course",
            title_de="Verlauf",
            panels=(
                Lines(shows="occupancy_15min", of=CITY),
                Lines(shows="energy_hour", of=CITY),
                Lines(shows="occupancy_hour", of=DISTRICT),
                Lines(shows="co2_day", of=OPERATOR, back=MONTH),
                Ranking(
                    shows=("emptyings_day", "energy_day", "valid_observations_day"),
                    of=DISTRICT,
                    width=24,
                ),
            ),
        ),
    ),
)
