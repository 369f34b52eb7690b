"""One spelling for a device's identifier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.eui import device_id


@pytest.mark.parametrize(
    "spelling", ["24E124713C401925", "24e124713c401925", "24-E1-24-71-3C-40-19-25", "24:e1:24:71:3c:40:19:25"]
)
def test_every_spelling_is_one(spelling: str):
    assert device_id(spelling) == "24e124713c401925"


@pytest.mark.parametrize(
    "name", ["", "dev1", "eui-1000000000000001", "KWH - 22310024", "24-E1:24-71-3C-40-19-25", "24E124713C40192", "ABC"]
)
def test_other_names_stay(name: str):
    assert device_id(name) == name


@given(st.text())
def test_normal_is_normal(name: str):
    assert device_id(device_id(name)) == device_id(name)
