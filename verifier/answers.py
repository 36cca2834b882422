"""Every act in the log was answered: each command has its answer, of the same person, at the place of its last event."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from verifier.archive import ANSWERS, Archive, Event
from verifier.chain import RESTORED, place
from verifier.finding import Findings
from verifier.texts import LINE_PLACE

FORGOTTEN = frozenset({"ballot_missed", "question_without_quorum"})
"""Left by a refusal too; refusals are kept for thirty days after the end."""

Key = tuple[str, str]


def check_commands(archive: Archive, events: Sequence[Event], findings: Findings) -> None:
    if ANSWERS not in archive.files:
        return
    answers = _answers(archive, findings)
    last: dict[Key, Event] = {}
    for event in events:
        if event.command is not None:
            last[event.actor, event.command] = event
        elif event.kind != RESTORED:
            findings.fault("command_missing", place(event))
    for key, event in last.items():
        answer = answers.get(key)
        if answer is None:
            if event.kind not in FORGOTTEN:
                findings.fault("answer_missing", place(event))
        elif answer["pos"] != event.pos or not (answer["ok"] is True or event.kind in FORGOTTEN):
            findings.fault("answer_other", place(event))


def _answers(archive: Archive, findings: Findings) -> Mapping[Key, Mapping[str, Any]]:
    found: dict[Key, Mapping[str, Any]] = {}
    for number, line in enumerate(archive.lines(ANSWERS), 1):
        try:
            given = json.loads(line)
            key = given["actor"], given["command"]
            is_again = key in found
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # named where its receipt is looked at
        if is_again:
            findings.fault("answer_again", LINE_PLACE.format(file=ANSWERS, line=number))
        found[key] = given
    return found
