"""Things and devices from CSV: our own columns, a city's registers, what is refused and how, and the way back."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.coordinates import DEGREES_OF_GERMANY, Reference, position
from sensors.entries import Assumed
from sensors.eui import device_id
from sensors.geojson import things_from_geojson
from sensors.model import Device, Thing
from sensors.register import RESERVED, csv_from_things, things_from_csv
from sensors.registers import registers

COLLECTION = Path(__file__).resolve().parents[3] / "shared" / "data"
LOT = Assumed(kind="parking_lot")
SPOT = Assumed(kind="parking_spot")
AT = position(307845, 6005103, Reference.UTM33)


def only(text: str, assumed: Assumed = SPOT) -> Thing:
    parsed = things_from_csv(text, assumed)
    assert parsed.refused == ()
    (thing,) = parsed.things
    return thing


def test_a_row_is_a_thing_with_its_device():
    parsed = things_from_csv(
        "id,name,kind,longitude,latitude,operator,district,public,device,model,capacity,fee\n"
        "x,Tiefgarage City,parking_lot,12.13,54.09,PGR,Stadtmitte,true,24-E1-24-71-3C-40-19-25,plain,350,\n"
    )
    thing = Thing(
        id="x",
        name="Tiefgarage City",
        kind="parking_lot",
        longitude=12.13,
        latitude=54.09,
        operator="PGR",
        district="Stadtmitte",
        public=True,
        properties={"capacity": 350},
    )
    assert parsed.things == (thing,)
    assert parsed.devices == (Device(id="24e124713c401925", model="plain", thing=thing),)
    assert parsed.refused == ()


def test_a_spreadsheet_in_german_is_read():
    text = "\ufeffID;Name;Kind;Longitude;Latitude;public;max_stay_min;hours;plz\r\n"
    thing = only(text + "7;Platz 7;parking_spot;12,1335;54,0896;ja;1,5;8.30;01809\r\n\r\n")
    assert (thing.id, thing.longitude, thing.latitude, thing.public) == ("7", 12.1335, 54.0896, True)
    assert thing.properties == {"max_stay_min": 1.5, "hours": "8.30", "plz": "01809"}


def test_a_thousand_that_may_be_a_fraction_is_no_number():
    text = "id;rechtswert;hochwert;capacity\nx;307845;6005103;1.234\n"
    (sentence,) = things_from_csv(text, LOT).refused
    assert "'capacity' is '1.234', but must be a number" in sentence


def test_a_thing_with_two_devices_stands_in_two_rows():
    text = "id,kind,lon,lat,device,model\nx,parking_spot,12,54,a,plain\nx,parking_spot,12,54,b,plain\n"
    parsed = things_from_csv(text)
    assert parsed.refused == ()
    assert len(parsed.things) == 1
    assert [device.id for device in parsed.devices] == ["a", "b"]
    assert "same id" in things_from_csv(text.replace("54,b", "53,b")).refused[0]
    assert "'a' belongs to 'x' already" in things_from_csv(text.replace(",b,", ",a,")).refused[0]


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("rechtswert;hochwert", "307845;6005103"),
        ("Rechtswert;Hochwert", "307845,0;6005103,0"),
        ("x;y", "307845;6005103"),
        ("koordinate_x;koordinate_y", "33307845;6005103"),
        ("longitude;latitude;crs", "307845;6005103;EPSG:25833"),
        ("x;y;crs", f"{AT[0]};{AT[1]};EPSG:4326"),
        ("lon;lat", f"{AT[0]};{AT[1]}"),
        ("geometrie", "POINT (307845 6005103)"),
        ("geometrie", "SRID=25833;POINT(307845 6005103)"),
        ("wkt", f"SRID=4326;POINT({AT[0]} {AT[1]})"),
    ],
)
def test_a_column_says_in_what_a_place_is_told(columns: str, cells: str):
    cells = f'"{cells}"' if "SRID" in cells else cells
    thing = only(f"id;{columns}\nz;{cells}\n")
    assert (thing.longitude, thing.latitude) == pytest.approx(AT, abs=1e-9)
    assert thing.properties == {}


@pytest.mark.parametrize(
    ("columns", "cells", "words"),
    [
        ("longitude,latitude", "307845,6005103", "declare EPSG:25833"),
        ("longitude,latitude", "54.09,12.13", "are swapped: column 'longitude' first, then 'latitude'"),
        ("longitude,latitude", ",54", "its 'longitude' is '', but must be a number"),
        ("longitude,latitude", "N12,54", "its 'longitude' is 'N12'"),
        ("longitude,latitude", "1e999,54", "must be a number"),
        ("x,y", "12.13,54.09", "degrees where metres"),
        ("x,y,crs", "12.13,54.09,EPSG:31468", "'EPSG:31468' is not understood"),
        ("wkt", "POINT (12 54)", "does not say in what"),
        ("geometrie", "POINT (12 54)", "degrees where metres"),
        ("geometrie", "POLYGON ((1 2))", "must be a point such as"),
        ("geometrie", "POINT (a b)", "must be a number"),
        ("lon,lat,public", "12,54,maybe", "'public' is 'maybe'"),
        ("lon,lat,model", "12,54,plain", "names the model 'plain', but no device"),
        ("lon,lat,device,model", "12,54,a,plan", "Did you mean 'plain'?"),
        ("lon,lat,device", "12,54,a", "no device model is called None"),
        ("lon,lat,kind", "12,54,parking_spt", "Did you mean 'parking_spot'?"),
        ("lon,lat", "12,54,5", "text that holds the delimiter must stand in quotes"),
        ("lon,lat,", "12,54,5", "under no column name"),
    ],
)
def test_what_cannot_be_taken_is_told_by_row(columns: str, cells: str, words: str):
    parsed = things_from_csv(f"id,{columns}\nx,{cells}\n", SPOT)
    (sentence,) = parsed.refused
    assert parsed.things == ()
    assert sentence.startswith("row 2 'x': ")
    assert words in sentence
    assert sentence[-1] in ".?"


def test_a_refused_row_leaves_the_others_and_bears_the_spreadsheets_number():
    parsed = things_from_csv("id,lon,lat\na,12,54\n\n,12,54\nc,0,0\nd/e,12,54\nf,12,54\n", SPOT)
    assert [thing.id for thing in parsed.things] == ["a", "f"]
    assert [refusal.place for refusal in parsed.refusals] == ["row 4", "row 5 'c'", "row 6 'd/e'"]
    assert "has no id: its cell is empty" in parsed.refused[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("\ufeff\n \n", "the file is empty"),
        ("name,lon,lat\n", "no column is called 'id'; the columns are: name, lon, lat"),
        ("id,name\n", "no columns tell where things stand"),
        ("id,lon,lat,lon\n", "two columns have the same name: lon"),
        ("id,lon,lat,devices\n", "write 'device' and 'model'"),
        ("id,lon,lat\nx,12," + "5" * 200_000, "no CSV table"),
    ],
)
def test_what_is_no_table_of_things_is_refused_as_a_whole(text: str, words: str):
    parsed = things_from_csv(text, SPOT)
    assert parsed.things == ()
    assert words in parsed.refused[0]


def test_a_kind_that_nothing_says_is_asked_for():
    assert "--kind" in things_from_csv("id,lon,lat\nx,12,54\n").refused[0]


REGISTERS = {
    "abfallbehaelter_hro": (
        "id,typ,aufstellungsjahr,eigentuemer,bewirtschafter,pflegeobjekt,haltestelle,aktiv,deaktiviert,geometrie",
        "00000017,Abfallbehälter,2015,HRO,Stadtentsorgung Rostock GmbH,Lange Straße,t,t,,",
        ("00000017", "00000017", "waste_container", "Stadtentsorgung Rostock GmbH"),
        {"fraction": "litter", "pflegeobjekt": "Lange Straße", "aufstellungsjahr": 2015},
    ),
    "containerstellplaetze_hro": (
        "id,bezeichnung,privat,anzahl_glas,anzahl_glas_unterflur,anzahl_papier,anzahl_altkleider,bewirtschafter_glas,geometrie",
        "12-03,Am Kabutzenhof,f,2,,3,1,Veolia,",
        ("12-03", "Am Kabutzenhof", "container_site", "Veolia"),
        {"glass_containers": 2, "paper_containers": 3, "textile_containers": 1, "privat": "f"},
    ),
    "parkmoeglichkeiten_hro": (
        "uuid,art,standort,betreiber,stellplaetze_pkw,stellplaetze_bus,parkandride,geometrie",
        "6b6e,Parkplatz,Am Stadthafen,PGR,639,,f,",
        ("6b6e", "Am Stadthafen", "parking_lot", "PGR"),
        {"capacity": 639, "art": "Parkplatz"},
    ),
    "parkscheinautomaten_hro": (
        "nummer,bezeichnung,zone,handyparkzone,bewohnerparkgebiet,stellplaetze_pkw,kind,geometrie",
        "17,Neuer Markt,A,180001,,40,parking_lot,",
        ("17", "Neuer Markt", "parking_lot", ""),
        {"capacity": 40, "zone": "A", "handyparkzone": 180001},
    ),
    "ladestationen_elektrofahrzeuge_hro": (
        "uuid,bezeichnung,betreiber,verbund,betriebsart,anzahl_ladepunkte,arten_ladepunkte,geplant,geometrie",
        "77aa,Doberaner Platz,Stadtwerke Rostock AG,,öffentlich,2,Typ 2,f,",
        ("77aa", "Doberaner Platz", "charging_point", "Stadtwerke Rostock AG"),
        {"connectors": "Typ 2", "anzahl_ladepunkte": 2},
    ),
    "car parks of Rostock": (
        "id,name,kind,operator,capacity,capacity_year,lon,lat,coord_quality,geometrie",
        "hro-tg-city,Tiefgarage City,underground,PGR,350,2022,12.057,54.158,estimate,",
        ("hro-tg-city", "Tiefgarage City", "parking_lot", "PGR"),
        {"capacity": 350, "construction": "underground"},
    ),
}
DEPTHS = Assumed(site={"distance_empty_mm": 900, "distance_full_mm": 100})


def test_every_register_has_a_row_here():
    assert {register.title for register in registers()} == set(REGISTERS)


@pytest.mark.parametrize("title", REGISTERS)
def test_a_citys_own_columns_are_understood(title: str):
    header, row, told, site = REGISTERS[title]
    thing = only(f"{header}\n{row}POINT (307845 6005103)\n", DEPTHS)
    assert (thing.id, thing.name, thing.kind, thing.operator) == told
    assert site.items() <= thing.properties.items()
    assert (thing.longitude, thing.latitude) == pytest.approx(AT, abs=0.001)


@pytest.mark.parametrize("title", REGISTERS)
def test_the_same_columns_are_understood_in_geojson(title: str):
    header, row, told, site = REGISTERS[title]
    properties: dict[str, Any] = {
        name: int(cell) if cell.isdigit() and cell[0] != "0" else cell or None
        for name, cell in zip(header.split(","), row.split(","), strict=True)
    }
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [307845, 6005103]},
        "properties": properties,
    }
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25833"}}
    parsed = things_from_geojson({"type": "FeatureCollection", "crs": crs, "features": [feature]}, DEPTHS)
    assert parsed.refused == ()
    (thing,) = parsed.things
    assert (thing.id, thing.name, thing.kind, thing.operator) == told
    assert site.items() <= thing.properties.items()
    assert (thing.longitude, thing.latitude) == AT


def test_geojson_in_an_unknown_reference_system_is_refused_as_a_whole():
    parsed = things_from_geojson({"type": "FeatureCollection", "crs": "EPSG:31468", "features": []})
    assert "'EPSG:31468' is not understood" in parsed.refused[0]


def test_what_the_register_has_taken_down_is_refused():
    header, row, _, _ = REGISTERS["abfallbehaelter_hro"]
    gone = row.replace(",t,,", ",f,2024-05-01,")
    (sentence,) = things_from_csv(f"{header}\n{gone}POINT (307845 6005103)\n", DEPTHS).refused
    assert sentence == "row 2 '00000017': the register says that it was taken down on 2024-05-01."


def test_a_kind_said_outside_wins_over_the_registers():
    header, row, _, _ = REGISTERS["abfallbehaelter_hro"]
    assert only(f"{header}\n{row}POINT (307845 6005103)\n", SPOT).kind == "parking_spot"


def test_a_column_of_our_word_beside_the_registers_keeps_it():
    thing = only("id,uuid,art,standort,name,stellplaetze_pkw,lon,lat\n1,u,P,Am Strande,Strand,5,12.1,54.1\n", LOT)
    assert (thing.id, thing.name) == ("1", "Strand")
    assert thing.properties == {"uuid": "u", "art": "P", "standort": "Am Strande", "capacity": 5}


@pytest.mark.skipif(not COLLECTION.exists(), reason="the collection of real registers is not here")
def test_the_real_registers_are_read():
    parsed = things_from_csv((COLLECTION / "rostock_carparks.csv").read_text(encoding="utf-8"))
    assert {thing.name: thing.properties["capacity"] for thing in parsed.things}["Tiefgarage City"] == 350
    assert len(parsed.things) + len(parsed.refused) == 12
    assert all("needs the property 'capacity'" in sentence for sentence in parsed.refused)
    districts = (COLLECTION / "rostock_districts.csv").read_text(encoding="utf-8")
    assert "no column is called 'id'" in things_from_csv(districts).refused[0]
    named = districts.replace("district,", "id,", 1).replace("Gartenstadt/", "Gartenstadt ")
    assert len(things_from_csv(named, SPOT).things) == 35
    buildings = json.loads((COLLECTION / "rostock_points.geojson").read_text(encoding="utf-8"))
    sentences = things_from_geojson(buildings).refused
    assert len(sentences) == len(buildings["features"])
    assert "no sensor kind is called 'polling_station_2017'" in sentences[0]


@pytest.mark.parametrize("name", ["longitude", "Device", "crs", "devices", "", " a", "a\nb"])
def test_a_property_that_cannot_head_a_column_is_not_written(name: str):
    thing = Thing(id="x", name="x", kind="parking_spot", longitude=12, latitude=54, properties={name: 1})
    with pytest.raises(ValueError, match="Rename it"):
        csv_from_things([thing])


def test_what_no_cell_can_hold_is_not_written():
    thing = Thing(id="x", name="x", kind="parking_spot", longitude=12, latitude=54, properties={"a": float("nan")})
    with pytest.raises(ValueError, match="no cell can hold nan"):
        csv_from_things([thing])


texts = st.text(max_size=8) | st.sampled_from(
    ["1", "1,5", "1.5", "007", "true", "null", '"', '"a"', "[1]", "{", "a;b", "a,b", " a ", "\r", "\n", "-", "1e5"]
)
printable = st.text(st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="/+#"), min_size=1, max_size=12)
printable = printable.filter(lambda text: text.isprintable() and text.strip() != "")
headings = printable.filter(lambda name: name == name.strip() and name.lower() not in RESERVED and name != "capacity")
finite = st.floats(-1e15, 1e15)
whole = st.integers(-(2**63) + 1, 2**63 - 1)
values = st.none() | st.booleans() | whole | finite | texts | st.lists(whole | texts)
(west, east), (south, north) = DEGREES_OF_GERMANY
places = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).filter(
    lambda at: at != (0, 0) and not (west <= at[1] <= east and south <= at[0] <= north)
)


@st.composite
def cities(draw: st.DrawFn) -> list[Thing]:
    def thing(name: str) -> Thing:
        longitude, latitude = draw(places)
        return Thing(
            id=name,
            name=draw(texts.filter(bool)),
            kind="parking_lot",
            longitude=longitude,
            latitude=latitude,
            operator=draw(texts),
            district=draw(texts),
            public=draw(st.booleans()),
            properties={
                **draw(st.dictionaries(headings, values, max_size=3)),
                "capacity": draw(st.integers(0, 10**15)),
            },
        )

    return [thing(name) for name in draw(st.lists(printable, max_size=4, unique=True))]


@given(cities(), st.data())
def test_what_is_written_is_read_back(city: list[Thing], data: st.DataObject):
    names = data.draw(st.lists(printable.map(device_id), max_size=4, unique=True)) if city else []
    count = len(names)
    observed = sorted(data.draw(st.lists(st.integers(0, max(0, len(city) - 1)), min_size=count, max_size=count)))
    devices = [Device(id=name, model="plain", thing=city[at]) for name, at in zip(names, observed, strict=True)]
    parsed = things_from_csv(csv_from_things(city, devices))
    assert parsed.refused == ()
    assert list(parsed.things) == city
    assert list(parsed.devices) == devices


@given(cities(), st.sampled_from(",;\t"))
def test_the_delimiter_is_found_out(city: list[Thing], delimiter: str):
    sheet = StringIO()
    rows = list(csv.reader(StringIO(csv_from_things(city), newline="")))
    csv.writer(sheet, delimiter=delimiter).writerows(rows)
    parsed = things_from_csv("\ufeff" + sheet.getvalue())
    assert parsed.refused == ()
    assert [(thing.id, thing.name) for thing in parsed.things] == [(thing.id, thing.name) for thing in city]


@given(st.text() | st.lists(st.lists(texts)).map(lambda rows: "id,lon,lat,kind\n" + "\n".join(map(",".join, rows))))
def test_nothing_makes_it_raise(text: str):
    parsed = things_from_csv(text, SPOT)
    assert all(str(refusal)[-1] in ".?" for refusal in parsed.refusals)
