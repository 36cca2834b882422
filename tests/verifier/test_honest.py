"""Whatever happens at an honest meeting, the verifier finds no fault in it: every story and form of the server."""

import json
import os
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings

from app.kernel.canonical import canonical
from app.kernel.sealed import open_ballot
from app.meetings.recount import recount
from tests.app.meetings.test_histories import SETTINGS, Entropy, a_rich_meeting, histories, one_step
from tests.builders import Log
from tests.events.stories import FOLDER, STORIES
from verifier.archive import BALLOT, COUNT, SEALED, Archive, Event
from verifier.ballots import check_ballots, check_registers
from verifier.counts import check_counts
from verifier.finding import Finding, Findings
from verifier.fold import read_meeting
from verifier.signers import Signers
from verifier.together import check_copies, check_keys, check_papers
from verifier.versions import Versions

HISTORIES = int(os.environ.get("KVORUM_TEST_HISTORIES", "1000")) // 10
NOT_IN_MEMORY = frozenset({"signature_missing", "ballot_copied"})
"""Here nobody signs with a certificate, and a ballot said twice has the same nonce."""


def an_event(pos: int, said: Mapping[str, Any]) -> Event:
    body = canonical(said["body"])
    return Event(
        line=pos,
        topic=1,
        pos=pos,
        epoch="00" * 8,
        at=said["at"],
        kind=said["kind"],
        version=said["version"],
        actor=said["actor"],
        command=None,
        body=body,
        said=said["body"],
        body_sha256=b"",
        private=(),
        private_hash=None,
        hash="",
    )


def events_of(log: Log) -> list[Event]:
    return [
        an_event(e.pos, {"kind": e.kind, "version": e.version, "at": e.at, "actor": e.actor, "body": e.body})
        for e in log.events
    ]


def files_of(log: Log) -> dict[str, bytes]:
    """Ballots and counts as an archive of the full edition has them."""
    files = {COUNT.format(voting=n): json.dumps(recount(log.state, n)).encode() for n in log.state.results}
    for event in log.events:
        if event.kind != "ballot_cast" or event.body["voting"] not in log.state.results:
            continue
        blob = log.blobs[event.pos, 0]
        secret = log.secrets.get(event.body["voting"])
        if secret is not None:
            files[SEALED.format(pos=event.pos)] = blob
            blob, _ = open_ballot(secret, log.state.id, event.body["voting"], event.body["creditor"], blob)
        files[BALLOT.format(pos=event.pos)] = blob
    return files


def faults_of(log: Log) -> list[Finding]:
    archive = Archive({"edition": "full", "topic": "meeting:m_1"}, b"", None, files_of(log))
    findings = Findings()
    meeting = read_meeting(events_of(log), findings)
    check_registers(meeting, findings)
    signers = Signers(archive, Versions(archive, None, findings), {}, {}, findings)
    check_ballots(archive, meeting, signers, findings, lambda _, __: None)
    check_copies(archive, meeting, findings)
    check_papers(archive, meeting, findings)
    check_keys(meeting, findings)
    check_counts(archive, meeting, findings)
    return [fault for fault in findings.faults if fault.code not in NOT_IN_MEMORY]


@pytest.mark.parametrize("name", sorted(STORIES))
def test_every_story_is_without_fault(name: str) -> None:
    assert faults_of(STORIES[name]()) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("history-*.json")), ids=lambda path: path.stem)
def test_every_history_of_an_earlier_release_is_without_fault(path: Any) -> None:
    findings = Findings()
    meeting = read_meeting(
        [an_event(pos, said) for pos, said in enumerate(json.loads(path.read_text()), 1)], findings
    )
    check_registers(meeting, findings)
    check_papers(Archive({"edition": "full"}, b"", None, {}), meeting, findings)

    assert findings.faults == []


@settings(max_examples=HISTORIES, **SETTINGS)
@given(histories)
def test_any_history_is_without_fault(data: bytes) -> None:
    entropy = Entropy(data)
    log = a_rich_meeting(entropy)
    while not entropy.over:
        one_step(log, entropy)

    assert faults_of(log) == []
