from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smilecity.moments import moment

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29T01:00:00Z", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("2026-03-29T01:00:00+02:00", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-03-29", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-03-30", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("-90min", datetime(2026, 3, 29, 10, 30, tzinfo=UTC)),
        ("-1.5h", datetime(2026, 3, 29, 10, 30, tzinfo=UTC)),
        ("-1d", datetime(2026, 3, 28, 12, tzinfo=UTC)),
        ("-1w", datetime(2026, 3, 22, 12, tzinfo=UTC)),
        ("+2h", datetime(2026, 3, 29, 14, tzinfo=UTC)),
    ],
)
def test_moments_are_read_in_the_city_s_zone(text: str, expected: datetime):
    assert moment(text, "Europe/Berlin", NOW) == expected


@pytest.mark.parametrize("text", ["", "gestern", "-5", "24h", "2026-13-01"])
def test_what_is_no_moment_names_the_forms(text: str):
    with pytest.raises(ValueError, match="-24h"):
        moment(text, "Europe/Berlin", NOW)
