"""Energy, for the utility: what buildings take, when most, what they would usually take, and other media."""

from __future__ import annotations

from dashboards.board import DISTRICT, OPERATOR, THING, Board, Lines, Number, Places, Ranking, Row, Variable

BOARD = Board(
    name="energy",
    title="Energy",
    title_de="Energie",
    description="Meters of a utility: consumption, peaks, base load, feed-in, heat, gas and water.",
    variables=(Variable.OPERATOR, Variable.DISTRICT, Variable.THING),
    things_of="energy_15min",
    span="7d",
    domain="energy",
    rows=(
        Row(
            title="Yesterday",
            title_de="Gestern",
            panels=(
                Number(shows="energy_day", of=OPERATOR),
                Number(shows="generation_day", of=OPERATOR),
                Number(shows="co2_day", of=OPERATOR),
                Number(shows="night_energy_day", of=OPERATOR),
                Number(shows="simultaneity_day", of=OPERATOR),
                Number(shows="reporting_meters_day", of=OPERATOR),
                Number(shows="heat_energy_day", of=OPERATOR),
                Number(shows="water_volume_day", of=OPERATOR),
            ),
        ),
        Row(
            title="Load",
            title_de="Last",
            panels=(
                Lines(shows="mean_power_15min", of=THING),
                Lines(shows="energy_hour", of=OPERATOR),
                Lines(shows="active_power", of=THING),
                Lines(shows="energy_day", of=DISTRICT),
                Ranking(shows=("peak_demand_day", "load_factor_day", "base_load_day"), width=24),
            ),
        ),
        Row(
            title="Buildings",
            title_de="Gebäude",
            panels=(
                Places(shows="energy_day", width=8),
                Ranking(shows=("energy_intensity_day", "night_day_ratio_day", "energy_day"), width=16, height=12),
            ),
        ),
        Row(
            title="Other media",
            title_de="Weitere Medien",
            panels=(
                Lines(shows="heat_energy_hour", of=OPERATOR),
                Lines(shows="gas_volume_hour", of=OPERATOR),
                Lines(shows="water_volume_hour", of=OPERATOR),
                Lines(shows="generation_15min", of=OPERATOR),
            ),
        ),
    ),
)
