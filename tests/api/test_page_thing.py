"""The page of one thing: its address, history, comparing, files, forecast with report card, alerts and sensor."""

from __future__ import annotations

import csv
import io
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow.parquet as pq
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sensors.model import Batch, Datastream, Thing
from tests.alerting import resolved
from tests.api.estate import estate
from tests.api.pages import Served, Visit, now, opened, served_app, served_city

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = '<img src="x" onerror="document.title=`taken over`">'
WEEKS = 5 * 7 * 24


def lot(name: str, title: str, capacity: int = 200) -> Thing:
    site = {"capacity": capacity}
    return Thing(
        id=name, name=title, kind="parking_lot", longitude=12.12, latitude=54.09, operator="PGR", properties=site
    )


METER = Thing(id="meter-1", name="Zähler Schule", kind="energy_meter", longitude=12.06, latitude=54.15)
EMPTIED = Thing(id="bin-2", name="Papier Markt", kind="waste_container", longitude=12.1, latitude=54.1)
SILENT = Thing(id="bin-1", name="Glas Markt", kind="waste_container", longitude=12.1, latitude=54.1)


def derived(city: Served, times: Any, results: dict[str, float], **columns: Any) -> None:
    """Store the same result of each property at some times, all at once."""
    names, count = list(results), len(times)
    streams = [Datastream("lot-1", name, derived=True) for name in names]
    code = np.repeat(np.arange(len(names)), count)
    repeated = np.repeat(list(results.values()), count)
    city.store.write(Batch.of(streams, code, np.tile(times, len(names)), repeated, **columns))


def foretell(city: Served) -> None:
    """Store half a day of forecasts, and a report card by which the model has no skill."""
    ahead = "free_spaces_in_60min"
    quarters = now().astype("datetime64[m]") - np.arange(48, 0, -1) * np.timedelta64(15, "m")
    said = {"15min": 90.0, "low_15min": 80.0, "high_15min": 100.0, "from_15min": 1.0, "model_persistence_15min": 95.0}
    derived(city, quarters, {f"{ahead}_{part}": value for part, value in said.items()})
    scores = {"day": -0.1, "mae_day": 5.5, "mae_persistence_day": 5.0, "mae_last_week_day": 7.0}
    derived(city, quarters[:1], {f"{ahead}_skill_{part}": value for part, value in scores.items()}, samples=2000)
    derived(city, quarters[:1], {f"{ahead}_held_day": 0.75}, samples=2000)


@pytest.fixture(scope="module")
def city() -> Iterator[Served]:
    """Serve two car parks with five weeks behind them, a meter, and a container that never spoke."""
    with served_city() as made:
        made.catalogue.put([lot("lot-1", "Parkhaus Am Hafen"), lot("lot-2", SCRIPT, 50), METER, EMPTIED, SILENT])
        hours = list(np.arange(float(WEEKS), 0.0, -1.0) * 60)
        made.observe("lot-1", "available_spot_number", hours, list(100 + np.arange(WEEKS) % 24))
        made.observe("lot-1", "available_spot_number", [50, 40, 30], [900, 70, 71], quality=[4, 3, 1])
        made.observe("lot-2", "available_spot_number", [180, 120, 50], [7, 9, 8])
        made.observe("meter-1", "active_power", [180, 120, 50], [7, 9, 8.5])
        known = {"quality": [1, 9, 1], "coverage": [1, 0.2, 1]}
        made.observe("lot-1", "occupancy_hour", [240, 180, 120], [0.4, np.nan, 0.5], derived=True, **known)
        made.observe("bin-2", "collected_level", [600, 120], [80, 60])
        foretell(made)
        yield made


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    with closing(browser.new_context(locale="de-DE", viewport={"width": 1440, "height": 900})) as made:
        yield made


@pytest.fixture(scope="module")
def visit(context: BrowserContext, city: Served) -> Visit:
    """Open the city once for all tests of this file: addresses lead from one look to the next without loading."""
    visit = opened(context, city.url)
    expect(visit.page.locator("#live")).to_have_attribute("data-state", "live", timeout=20_000)
    return visit


@pytest.fixture
def page(visit: Visit, city: Served) -> Iterator[Page]:
    """Look at the city; nothing may be complained of, and nothing asked of another host."""
    visit.page.goto(f"{city.url}#")
    yield visit.page
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(city.url)] == []


def go(page: Page, city: Served, address: str) -> Any:
    """Open the page of a thing by its address, and wait until its chart is drawn."""
    page.goto(f"{city.url}#page=thing&{address}")
    drawn = page.locator("#thing .history .chart .layer.front")
    expect(drawn).to_be_attached()
    return page.locator("#thing .history")


def saved(page: Page, link: Any) -> bytes:
    """Give what a link gives to be kept."""
    with page.expect_download() as waiting:
        link.click()
    return Path(waiting.value.path()).read_bytes()


def test_who_leaves_quickly_is_not_told_of_it(page: Page) -> None:
    with page.expect_response("**/v1/datastreams?thing=lot-1*"):
        page.locator('#list tr[data-thing="lot-1"] button').click()
        page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    page.locator('#list tr[data-thing="lot-2"] button').click()
    expect(page.locator("#detail .values")).to_contain_text("8")
    expect(page.locator("#problem")).to_be_hidden()


@pytest.mark.parametrize("days", ["from=0202-11-27&to=2026-11-28", "from=2026-02-31&to=2026-03-02", "from=x&to=y"])
def test_days_that_there_never_were_are_no_span(page: Page, city: Served, days: str) -> None:
    go(page, city, f"thing=lot-1&span=own&{days}")
    expect(page.locator('#thing [data-span="24h"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#problem")).to_be_hidden()


def test_the_list_leads_to_the_page_and_the_way_back_is_kept(page: Page) -> None:
    page.locator('#list tr[data-thing="lot-1"] button').click()
    page.get_by_role("link", name="Ganze Seite öffnen").click()
    expect(page.locator("#thing h2")).to_have_text("Parkhaus Am Hafen")
    expect(page.locator("#thing h2")).to_be_focused()
    expect(page).to_have_url(re.compile(r"#page=thing&thing=lot-1$"))
    expect(page).to_have_title("Parkhaus Am Hafen · Smile City")
    expect(page.locator("#city")).to_be_hidden()
    page.go_back()
    expect(page.locator("#detail h2")).to_have_text("Parkhaus Am Hafen")
    expect(page.locator("#thing")).to_be_hidden()
    page.go_forward()
    page.get_by_role("link", name="Auf der Karte zeigen").click()
    expect(page.locator('#map .pin[data-thing="lot-1"]')).to_be_in_viewport()
    expect(page.locator('#list tr[data-thing="lot-1"] button')).to_be_focused()


def test_the_map_leads_to_the_page_by_keyboard(page: Page) -> None:
    page.locator('#map .pin[data-thing="lot-1"]').locator("..").press("Enter")
    page.locator("#detail .to-page").press("Enter")
    expect(page.locator("#thing .thing-now")).to_contain_text("71")
    expect(page.locator("#thing .history .chart path.line").first).to_be_attached()


def test_a_long_span_is_asked_of_windows_and_not_of_rows(page: Page, city: Served) -> None:
    history = go(page, city, "thing=lot-1")
    with page.expect_request(re.compile("/v1/aggregates.*step=hour")):
        history.get_by_role("button", name="30 T").click()
    expect(history.locator(".note")).to_contain_text("zusammengefasst je Stunde")
    expect(history.locator(".line-name").first).to_have_text("Freie Stellplätze, Mittel je Stunde")
    expect(history.locator(".chart .band").first).to_be_attached()
    expect(page).to_have_url(re.compile("span=30d"))


def test_days_can_be_chosen_and_the_day_of_25_hours_is_whole(page: Page, city: Served) -> None:
    """On 2026-10-25 the clocks were set back: the day began at 22:00 UTC, had 25 hours, and 02:00 came twice."""
    times = np.datetime64("2026-10-24T22:00", "ms") + np.arange(25) * np.timedelta64(1, "h")
    stream = [Datastream("meter-1", "active_power")]
    city.store.write(Batch.of(stream, [0] * 25, times.astype("datetime64[us]"), list(range(25))))
    history = go(page, city, "thing=meter-1")
    history.get_by_role("button", name="Von … bis").click()
    history.get_by_label("Letzter Tag").fill("2026-10-25")
    with page.expect_request(re.compile("to=2026-10-25T23%3A00")):
        history.get_by_label("Erster Tag").fill("2026-10-25")
    expect(page.locator(".span-words")).to_have_text("25. Okt. 2026")
    expect(page).to_have_url(re.compile("from=2026-10-25&to=2026-10-25"))
    expect(history.locator(".axes .tick", has_text="02:00")).to_have_count(1)
    rows = list(csv.DictReader(io.StringIO(saved(page, history.get_by_role("link", name="CSV").first).decode())))
    assert [float(row["result"]) for row in rows] == list(range(25))


def test_two_things_of_one_unit_share_an_axis_and_stand_in_the_address(page: Page, city: Served) -> None:
    history = go(page, city, "thing=lot-1")
    field = history.get_by_label("Vergleichen mit …")
    field.fill('<img src="x')
    field.press("Enter")
    expect(history.locator(".chart .layer.other path.line").first).to_be_attached()
    expect(history.locator(".tick.of-other")).to_have_count(0)
    expect(history.locator(".compared")).to_contain_text(f"mit {SCRIPT}")
    expect(history.locator(".line-name").last).to_have_text(f"{SCRIPT}: Freie Stellplätze")
    expect(page).to_have_url(re.compile("with=lot-2"))
    page.reload()
    expect(history.locator(".chart .layer.other path.line").first).to_be_attached()
    history.get_by_role("button", name="Vergleich beenden").press("Enter")
    expect(history.locator(".chart .layer.other")).to_have_count(0)
    expect(history.get_by_label("Vergleichen mit …")).to_be_focused()
    assert page.locator('img[src="x"]').count() == 0


def test_another_unit_has_an_axis_of_its_own(page: Page, city: Served) -> None:
    history = go(page, city, "thing=lot-1&with=meter-1")
    expect(history.locator(".tick.of-other").first).to_be_attached()
    expect(history.get_by_label("Größe von Zähler Schule")).to_have_value("active_power")
    history.locator(".chart").press("ArrowLeft")
    history.locator(".chart").press("ArrowLeft")
    expect(history.locator(".readout")).to_contain_text("Zähler Schule: Wirkleistung: 8,5 kW")
    expect(history.locator(".readout")).to_have_attribute("aria-live", "polite")


def test_who_is_compared_with_nobody_is_told(page: Page, city: Served) -> None:
    go(page, city, "thing=lot-1&with=lot-9")
    expect(page.locator("#thing .history .note")).to_contain_text("„lot-9“ gibt es nicht")


@pytest.mark.parametrize("span", ["24h", "30d"])
def test_the_file_has_what_is_shown(page: Page, city: Served, span: str) -> None:
    history = go(page, city, f"thing=lot-1&span={span}")
    history.get_by_text("Als Tabelle").click()
    table = history.locator("table.rows tbody tr")
    expect(table.first).to_be_visible()
    link = history.get_by_role("link", name=re.compile("Als CSV laden"))
    rows = list(csv.DictReader(io.StringIO(saved(page, link.first).decode())))
    kept = pq.read_table(io.BytesIO(saved(page, history.get_by_role("link", name=re.compile("Als Parquet")).first)))
    assert kept.num_rows == len(rows)
    column = "result" if span == "24h" else "time_weighted_mean"
    newest = float(rows[-1][column])
    assert kept.column(column).to_pylist()[-1] == newest
    shown = table.first.locator("td").first.text_content()
    assert shown is not None
    assert float(shown.replace(",", ".")) == round(newest)
    drawn = history.locator(".chart").get_attribute("aria-label") or ""
    seeds = 1 if span == "24h" else 0  # the row before the span, true at its beginning, is drawn, too
    assert f"{len(rows) + seeds} Werte" in drawn


def test_the_forecast_says_when_a_simple_one_is_served(page: Page, city: Served) -> None:
    go(page, city, "thing=lot-1")
    forecast = page.locator("#thing .forecast")
    expect(forecast.locator(".foretold-words")).to_contain_text("90 um")
    expect(forecast.locator(".foretold-words")).to_contain_text("Wahrscheinlich 80 bis 100.")
    expect(forecast.locator(".served-naive")).to_contain_text("Gezeigt wird darum: „Es bleibt, wie es ist“.")
    expect(forecast.locator('tr[data-source="model"]')).to_contain_text("5,5")
    expect(forecast.locator('tr[aria-current="true"]')).to_contain_text("wird gezeigt")
    expect(forecast.locator(".marks")).to_contain_text("75")
    expect(forecast.locator(".marks")).to_contain_text("-0,1")
    expect(forecast.locator(".chart .layer.foretold .band").first).to_be_attached()
    expect(forecast.locator(".chart .frontier")).to_be_attached()
    forecast.get_by_role("button", name="in 15 min").press("Enter")
    expect(forecast.locator(".foretold-words")).to_contain_text("Noch keine Vorhersage")
    expect(forecast.get_by_role("button", name="in 15 min")).to_be_focused()


def test_what_was_doubted_is_counted_and_listed(page: Page, city: Served) -> None:
    go(page, city, "thing=lot-1")
    sensor = page.locator("#thing .sensor")
    expect(sensor.locator("[data-state]")).to_contain_text("Der Sensor ist wohlauf")
    expect(sensor.locator(".flag-counts")).to_contain_text("1 zweifelhaft · 1 unmöglich")
    expect(sensor.locator(".doubted li").first).to_contain_text("70 · zweifelhaft")
    expect(sensor.locator(".doubted li").last).to_contain_text("900 · unmöglich (ausgelassen)")


def test_what_happened_stands_for_itself(page: Page, city: Served) -> None:
    history = go(page, city, "thing=bin-2")
    expect(history.locator(".chart .column")).to_have_count(2)
    expect(history.locator(".chart path.line")).to_have_count(0)


def test_coverage_is_shown_of_an_indicator(page: Page, city: Served) -> None:
    history = go(page, city, "thing=lot-1&property=occupancy_hour")
    expect(history.locator(".chart .coverage")).to_have_count(3)
    expect(history.locator(".chart .hole")).to_have_count(1)
    history.get_by_text("Als Tabelle").click()
    expect(history.locator("table.rows tbody tr").nth(1)).to_contain_text("kein Wert20 %fehlt")


def test_a_new_observation_is_drawn_without_reload(page: Page, city: Served) -> None:
    go(page, city, "thing=lot-2")
    city.observe("lot-2", "available_spot_number", [0], [3])
    expect(page.locator("#thing .says")).to_have_text("3")
    expect(page.locator("#thing .history .readout")).to_contain_text("· 3")


def test_a_thing_that_never_spoke_says_so(page: Page, city: Served) -> None:
    page.goto(f"{city.url}#page=thing&thing=bin-1")
    expect(page.locator("#thing .thing-now")).to_contain_text("noch nie gehört")
    expect(page.locator("#thing .history .note")).to_have_text("Noch keine Beobachtungen.")
    expect(page.locator("#thing .forecast")).to_contain_text("Noch keine Vorhersage")
    expect(page.locator("#thing .sensor")).to_contain_text("Hinfahren · wurde noch nie gehört")
    expect(page.locator("#thing .standing")).to_contain_text("54,1° N, 12,1° E")


def test_the_page_speaks_both_languages(page: Page, city: Served) -> None:
    history = go(page, city, "thing=lot-1&with=meter-1&span=7d")
    page.locator("#language").click()
    expect(page.locator("#thing .history h3")).to_have_text("History")
    expect(history.get_by_role("button", name="7 d")).to_have_attribute("aria-pressed", "true")
    expect(history.locator(".line-name").last).to_have_text("Zähler Schule: Active power")
    expect(page.locator("#thing .served-naive")).to_contain_text("It stays as it is")
    page.locator("#language").click()
    expect(page.locator("#thing .history h3")).to_have_text("Verlauf")


def test_a_failing_answer_is_told_and_asked_again(context: BrowserContext, city: Served) -> None:
    page = context.new_page()
    page.route("**/v1/forecasts*", lambda route: route.abort())
    page.goto(f"{city.url}#page=thing&thing=lot-1")
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=20_000)
    expect(page.locator("#problem")).to_be_visible()  # also after it was tried again as soon as the platform was heard
    expect(page.locator("#problem")).to_contain_text("Der Server ist nicht erreichbar")
    page.unroute("**/v1/forecasts*")
    page.locator("#retry").click()
    expect(page.locator("#thing .served-naive")).to_be_visible()
    page.close()


def test_the_page_fits_a_phone(browser: Browser, city: Served) -> None:
    with closing(browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844})) as context:
        page = context.new_page()
        go(page, city, "thing=lot-1&with=lot-2&span=30d")
        expect(page.locator("#thing .served-naive")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def broken(page: Page) -> list[str]:
    """Name the rules of axe-core that a page breaks, with what breaks them."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_axe_is_broken(page: Page, city: Served, theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    history = go(page, city, "thing=lot-1&with=meter-1")
    history.get_by_text("Als Tabelle").click()
    expect(page.locator("#thing .served-naive")).to_be_visible()
    expect(page.locator("#thing .plan .district").first).to_be_attached()
    expect(history.locator("table.rows").first).to_be_visible()
    assert broken(page) == []


def test_alerts_are_acknowledged_where_their_thing_is_and_are_remembered(browser: Browser) -> None:
    with estate() as built, served_app(built.app) as url, closing(browser.new_context(base_url=url)) as context:
        context.request.post("/v1/session", data={"key": built.keys["pgr"]})
        visit = opened(context, f"{url}#page=thing&thing=lot-s4k")
        incidents = visit.page.locator("#thing .incidents")
        incidents.get_by_role("button", name="Acknowledge").click()
        visit.page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
        expect(incidents.locator('[data-state="acknowledged"]')).to_contain_text("acknowledged by PGR")
        alerts = built.catalogue.alerts
        standing = alerts.alert("car_park_full/lot-s4k")
        assert standing is not None
        alerts.note([resolved(standing)], known=alerts.sequence())
        visit.page.reload()
        expect(incidents).to_contain_text("No alert.")
        incidents.get_by_text("Past alerts (1)").click()
        expect(incidents.locator('[data-state="resolved"]')).to_contain_text("acknowledged by PGR")
        assert visit.complaints == []


def test_who_may_not_see_a_thing_learns_nothing_of_it_and_a_key_opens_its_files(browser: Browser) -> None:
    with estate() as built, served_app(built.app) as url, closing(browser.new_context(base_url=url)) as context:
        page = opened(context, f"{url}#page=thing&thing=lot-s4k").page
        expect(page.locator("#thing h2")).to_contain_text("There is no thing “lot-s4k”")
        page.goto(f"{url}#page=thing&thing=lot-open")
        expect(page.locator("#thing h2")).to_have_text("lot-open!")
        expect(page.locator("#thing .incidents")).to_be_hidden()
        context.request.post("/v1/session", data={"key": built.keys["pgr"]})
        page.goto(f"{url}#page=thing&thing=lot-s4k")
        page.reload()
        link = page.locator("#thing .history").get_by_role("link", name=re.compile("CSV")).first
        assert b"phenomenon_time" in saved(page, link)
        context.request.delete("/v1/session")
        assert context.request.get(link.get_attribute("href") or "").status == 404
        context.request.post("/v1/session", data={"key": built.keys["sw"]})
        page.goto(f"{url}#page=thing&thing=home-2")
        page.reload()
        expect(page.locator("#thing .history .note")).to_contain_text("What a single household uses is not shown")
        expect(page.locator("#thing .thing-now")).to_contain_text("not shown")
