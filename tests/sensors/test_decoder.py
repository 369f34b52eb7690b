"""A rejected message names what could not read it, and a change of that is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sensors import codec, own_models, topics
from sensors.decode import decode
from sensors.decoder import decoder_of, is_older, smile_city
from sensors.devices import models
from sensors.own_models import model_of
from sensors.plain_format import PlainFormat
from tests.sensors.cities import by_id, device, message

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = 'name = "harbour_bin"\ncodec = "bin.js"\n[fields]\nabstand = "{}"\n'
BIN = device("bin", "harbour_bin", "waste_container", of="bin")


@pytest.fixture
def _own() -> Iterator[None]:
    own_models.know([model_of(OWN.format("distance"))])
    yield
    own_models.know([])
    codec.know({})
    topics.listen_also([])


def named(*devices: str) -> str:
    known = by_id(*(device(name, model, "waste_container") for name, model in (each.split("=") for each in devices)))
    return decoder_of(message("city/waste/x", {}), [each for several in known.values() for each in several])


def test_a_message_of_no_known_device_names_the_version():
    decoded = decode([message("city/waste/who", {"a": 1}), message("nowhere/x", {})], {})
    assert [why.decoder for _, why in decoded.rejected] == [smile_city(), smile_city()]


@pytest.mark.usefixtures("_own")
def test_a_message_of_a_known_device_names_its_model():
    decoded = decode([message("city/waste/bin", {"abstand": "far"})], by_id(BIN))
    ((_, why),) = decoded.rejected
    version, model = why.decoder.split(" ")
    assert version == smile_city()
    assert model.startswith("harbour_bin@")
    assert len(model) == len("harbour_bin@") + 8
    assert not is_older(why.decoder, [BIN])


@pytest.mark.usefixtures("_own")
def test_it_is_older_once_the_model_or_its_codec_changed():
    noted = decoder_of(message("city/waste/bin", {}), [BIN])
    codec.know({"bin.js": "function decodeUplink(input) { return {data: {}}; }"})
    assert is_older(noted)
    with_codec = decoder_of(message("city/waste/bin", {}), [BIN])
    own_models.know([model_of(OWN.format("filling_level"))])
    assert is_older(with_codec)
    own_models.know([model_of(OWN.format("distance"))])
    assert not is_older(with_codec)
    own_models.know([])
    assert is_older(with_codec)


def test_it_is_older_once_the_device_is_known():
    assert not is_older(smile_city())
    assert is_older(smile_city(), [device("bin", "plain", "waste_container")])


@pytest.mark.usefixtures("_own")
def test_it_is_older_once_the_citys_own_format_changed():
    first = PlainFormat(name="bins", topics=("stadt/+",), device="id")
    topics.listen_also([first.envelope()])
    noted = decoder_of(message("stadt/1", {}))
    assert noted.startswith(f"{smile_city()} format:bins@")
    assert not is_older(noted)
    topics.listen_also([PlainFormat(name="bins", topics=("stadt/+",), device="name").envelope()])
    assert is_older(noted)


def test_another_version_and_what_was_never_noted_are_older():
    assert is_older("0.0.1")
    assert is_older("")


def test_every_model_has_a_mark_that_stays():
    for name in models():
        noted = named(f"d={name}")
        assert noted == f"{smile_city()} {name}@{noted[-8:]}"
        assert not is_older(noted)


def test_models_differ():
    marks = [named(f"d={name}")[-8:] for name in models()]
    assert len(set(marks)) == len(marks)


def test_of_a_device_that_was_of_two_models_both_are_named():
    assert [part.split("@")[0] for part in named("a=plain", "b=elsys_elt_2", "c=plain").split(" ")[1:]] == [
        "plain",
        "elsys_elt_2",
    ]
