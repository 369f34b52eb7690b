"""Boards are brought into a Grafana and kept there as declared; what others made stays as it is."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from dashboards.boards import boards
from dashboards.grafana import Grafana
from dashboards.pushing import Deed, difference, plan
from dashboards.setting import Setting
from smilecity.cli import app
from storage.drawing import emitter
from tests.dashboards import stub
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STORE = "victoriametrics://stadt:geheim@localhost:8428"


@pytest.fixture
def grafana() -> Iterator[stub.Grafana]:
    with closing(stub.Grafana()) as running:
        yield running


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run the command line in this process; gives exit status and output."""
    monkeypatch.setenv("SMILECITY_GRAFANA_TOKEN", stub.TOKEN)
    monkeypatch.setenv("SMILECITY_DATA", str(tmp_path))

    def boards_command(*arguments: str) -> tuple[int, str]:
        status: int | None = app(["boards", *arguments, "--store", STORE], standalone_mode=False)
        return status or 0, capsys.readouterr().out

    return boards_command


def test_pushed_twice_nothing_changes(grafana: stub.Grafana, run: Callable[..., tuple[int, str]]):
    status, said = run("push", grafana.url)
    assert status == 0
    assert "made: folder 'Smile City'" in said
    assert "made: board 'Waste'" in said
    assert set(grafana.boards) == {f"smilecity-{name}" for name in boards()}
    assert {one["meta"]["folderUid"] for one in grafana.boards.values()} == {"smilecity"}
    store = grafana.sources["smilecity-store"]
    assert (store["basicAuthUser"], store["secureJsonFields"]) == ("stadt", {"basicAuthPassword": True})
    assert "geheim" not in json.dumps([grafana.sources, grafana.boards])
    done = list(grafana.done)
    assert len(done) == 1 + 2 + len(boards())
    assert run("push", grafana.url) == (0, f"0 changed, {len(done)} were as they should be.\n")
    assert grafana.done == done
    assert run("check", grafana.url) == (0, f"All {len(done)} are as declared.\n")
    assert grafana.done == done


def test_ours_that_is_no_longer_made_goes_and_all_others_stay(
    grafana: stub.Grafana, run: Callable[..., tuple[int, str]]
):
    grafana.put("smilecity-rubbish", "Rubbish")
    grafana.put("smilecity-elsewhere", "Ours by name, in another folder", folder="other")
    grafana.put("smilecity-untagged", "Of our folder, not ours", tags=())
    grafana.put("deadbeef", "A copy that somebody made")
    status, said = run("check", grafana.url)
    assert status == 1
    assert "board 'Rubbish' is no longer made" in said
    assert grafana.done == []
    _, said = run("push", grafana.url)
    assert "removed: board 'Rubbish'" in said
    assert [path for verb, path in grafana.done if verb == "DELETE"] == ["smilecity-rubbish"]
    assert {"smilecity-elsewhere", "smilecity-untagged", "deadbeef"} <= set(grafana.boards)


def test_drift_is_told_and_mended(grafana: stub.Grafana, run: Callable[..., tuple[int, str]]):
    run("push", grafana.url)
    grafana.boards["smilecity-waste"]["dashboard"]["panels"][1]["title"] = "Somebody's own"
    grafana.boards["smilecity-city"]["meta"]["folderUid"] = "other"
    del grafana.boards["smilecity-energy"]
    grafana.sources["smilecity-store"]["jsonData"]["httpMethod"] = "GET"
    grafana.sources["smilecity-metrics"]["secureJsonFields"] = {}
    before = len(grafana.done)
    status, said = run("check", grafana.url)
    assert status == 1
    assert "board 'Waste' differs (panels[1].title)" in said
    assert "board 'City overview' differs (it lies in another folder)" in said
    assert "board 'Energy' is not there" in said
    assert "data source 'Smile City' differs (jsonData.httpMethod)" in said
    assert "data source 'Smile City, metrics' differs (secureJsonData.basicAuthPassword)" in said
    assert "5 of 10 differ: 'smilecity boards push" in said
    assert len(grafana.done) == before
    run("push", grafana.url)
    assert len(grafana.done) == before + 5
    assert run("check", grafana.url)[0] == 0


def test_what_grafana_adds_is_no_drift_and_secrets_are_sent_again_when_asked(
    grafana: stub.Grafana, run: Callable[..., tuple[int, str]]
):
    run("push", grafana.url)
    board = grafana.boards["smilecity-waste"]["dashboard"]
    board["weekStart"], board["panels"][1]["pluginVersion"], board["schemaVersion"] = "", "12.1.0", 43
    assert run("check", grafana.url)[0] == 0
    _, said = run("push", grafana.url, "--secrets")
    assert said.count("secrets are sent again") == 2


def test_refusals_are_sentences(grafana: stub.Grafana, run: Callable[..., tuple[int, str]], monkeypatch):
    grafana.provisioned.add("smilecity-alerts")
    with pytest.raises(OSError, match=r"would not take the board 'Alerts': HTTP 400 Cannot .*It comes from files"):
        run("push", grafana.url)
    monkeypatch.setenv("SMILECITY_GRAFANA_TOKEN", "wrong")
    with pytest.raises(PermissionError, match=r"HTTP 401 .*role Admin") as refused:
        run("check", grafana.url)
    assert "wrong" not in str(refused.value)
    with pytest.raises(OSError, match=r"does not answer as Grafana does \(Connection refused\): start it"):
        run("check", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(grafana, "health", None)
    with pytest.raises(OSError, match=rf"what answers at {grafana.url} is no Grafana"):
        run("check", grafana.url)
    with pytest.raises(ValueError, match="stands in the process list"):
        run("check", "http://admin:admin@localhost:3000")
    with pytest.raises(ValueError, match="is no address of a Grafana"):
        run("check", "localhost:3000")
    monkeypatch.delenv("SMILECITY_GRAFANA_TOKEN")
    with pytest.raises(ValueError, match="Grafana wants a token"):
        run("check", grafana.url)


@pytest.mark.usefixtures("run")
def test_an_old_grafana_is_told_of(grafana: stub.Grafana, capsys: pytest.CaptureFixture[str]):
    grafana.health = {"version": "10.4.1", "database": "ok"}
    app(["boards", "push", grafana.url, "--store", STORE], standalone_mode=False)
    assert "Boards are made for Grafana 11.3 and later: 10.4.1 may show" in capsys.readouterr().err


def test_a_token_may_come_from_a_file(
    grafana: stub.Grafana, run: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "token").write_text(f"{stub.TOKEN}\n")
    monkeypatch.delenv("SMILECITY_GRAFANA_TOKEN")
    monkeypatch.setenv("SMILECITY_GRAFANA_TOKEN_FILE", str(tmp_path / "token"))
    assert run("check", grafana.url)[0] == 1


def test_a_plan_changes_nothing(grafana: stub.Grafana):
    with Grafana(grafana.url, stub.TOKEN) as opened:
        assert opened.version() == (12, 1, 0)
        steps = list(plan(opened, Setting(store=emitter(STORE))))
    assert {step.deed for step in steps} == {Deed.MAKE}
    assert grafana.done == []


@pytest.mark.parametrize(
    ("found", "wanted", "place"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, ""),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 4}]}, "a[1].b"),
        ({"a": [1]}, {"a": [1, 2]}, "a"),
        ({}, {"a": 1}, "a"),
        ({}, {"a": {}, "b": [], "c": False}, ""),
        (None, {"a": 1}, "everything"),
    ],
)
def test_the_first_difference_is_named(found, wanted, place):
    assert difference(found, wanted) == place
