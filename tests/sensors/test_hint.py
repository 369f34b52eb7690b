"""The end of an error sentence."""

from sensors.hint import did_you_mean, nearest


def test_the_nearest_word_is_offered():
    assert did_you_mean("parking_lt", ["parking_lot", "parking_spot"]) == " Did you mean 'parking_lot'?"


def test_where_none_is_near_all_are_named():
    assert did_you_mean("zebra", ["b", "a"]) == " Known: a, b."


def test_where_none_is_known_nothing_is_said():
    assert did_you_mean("zebra", []) == ""


def test_a_word_beyond_all_length_is_not_compared():
    assert nearest("x" * 100_000, ["x" * 100_000]) == ""
