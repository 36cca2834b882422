"""One document describes all that travels: every reference in it leads somewhere, every message has its tag."""

import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.meetings.commands import SENT_BY_PEOPLE


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("openapi") / "openapi.json"
    done = CliRunner().invoke(cli, ["openapi", "--out", str(out)])
    assert done.exit_code == 0, done.output
    return dict(json.loads(out.read_text("utf-8")))


def test_every_reference_leads_to_a_component(document: dict[str, Any]) -> None:
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))

    assert {"TableView", "MyBallot", "Problem", "SessionAnswer", "SignedBallot"} <= named
    assert named <= document["components"]["schemas"].keys()


def test_messages_and_commands_are_told_apart_by_their_tag(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    tags = {name: schemas[name]["discriminator"] for name in ("ClientMessage", "ServerMessage", "Command")}

    assert tags["ClientMessage"]["propertyName"] == "t"
    assert {"hello", "cmd", "check", "ping", "hint"} == tags["ClientMessage"]["mapping"].keys()
    assert {"welcome", "sync", "soft", "ack", "status", "pong", "bye"} == tags["ServerMessage"][
        "mapping"
    ].keys()
    assert tags["Command"]["propertyName"] == "op"
    assert len(tags["Command"]["mapping"]) == len(schemas["Command"]["oneOf"]) == len(SENT_BY_PEOPLE)


def test_kopecks_are_decimal_strings_everywhere(document: dict[str, Any]) -> None:
    sums = [
        (name, field, kind)
        for name, schema in document["components"]["schemas"].items()
        for field, kind in schema.get("properties", {}).items()
        if field.endswith("_kopecks")
    ]

    assert len(sums) > 10
    assert not [(name, field) for name, field, kind in sums if "integer" in json.dumps(kind)]


def test_the_paths_are_those_of_the_site(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "/api"}]
    assert {"/session", "/meetings/{meeting}/ticket", "/imports/register"} <= document["paths"].keys()


def test_without_a_file_it_is_printed() -> None:
    done = CliRunner().invoke(cli, ["openapi"])

    assert json.loads(done.output)["openapi"].startswith("3.1")
