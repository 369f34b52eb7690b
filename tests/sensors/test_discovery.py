"""Declarations are found, and never entered in a list."""

import pytest

from sensors import envelopes, kinds
from sensors.discovery import declarations, module_names


def test_modules_are_named_in_order_without_the_private_ones():
    names = module_names(kinds)
    assert list(names) == sorted(names)
    assert "waste_container" in names
    assert not any(name.startswith("_") for name in names)


def test_what_every_module_offers_is_collected():
    assert [kind.name for kind in declarations(kinds, "KIND")] == list(module_names(kinds))


def test_a_module_that_does_not_declare_it_is_named():
    with pytest.raises(AttributeError, match=r"sensors\.envelopes\.chirpstack"):
        declarations(envelopes, "NONE")
