"""What a run showed: figures and the verdict, as a table for people and JSON for programs; progress on the way."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table

from load import texts
from load.checker import KINDS, Verdict
from load.figures import Burst, Server, Spread, Storm, Times
from load.watch import GivenUp


@dataclass(frozen=True, slots=True)
class Report:
    """`ended` is None where a human leads the meeting; `last_seen` tells where a meeting stood that did not end."""

    seed: int
    participants: int
    joined: int
    fallback: int
    votings: int
    ended: bool | None
    duration_s: float
    commands: Counter[str]
    refusals: Counter[str]
    put_offs: Counter[str]
    connections: int
    turned_away: int
    times: Times
    burst: Burst | None
    storm: Storm | None
    server: Server
    client_cpu_s: float
    checker: Verdict
    given_up: GivenUp | None = None
    last_seen: Mapping[str, Any] | None = None

    @property
    def failed(self) -> bool:
        is_out_of_step = self.storm is not None and self.storm.all_in_step_s is None
        return self.checker.failed or self.ended is False or self.joined < self.participants or is_out_of_step

    def to_json(self) -> dict[str, Any]:
        plain = (
            "seed",
            "participants",
            "joined",
            "fallback",
            "votings",
            "ended",
            "connections",
            "turned_away",
        )
        return {name: getattr(self, name) for name in plain} | {
            "duration_s": round(self.duration_s, 3),
            "commands": dict(self.commands),
            "refusals": dict(self.refusals),
            "put_offs": dict(self.put_offs),
            "milliseconds": asdict(self.times),
            "burst": self.burst and asdict(self.burst),
            "storm": self.storm and asdict(self.storm),
            "server": asdict(self.server),
            "client": {"cpu_s": round(self.client_cpu_s, 2)},
            "checker": self.checker.to_json(),
            "given_up": self.given_up,
            "last_seen": self.last_seen,
            "failed": self.failed,
        }

    def show(self, console: Console) -> None:
        rows = [*self._figures(), *((texts.KINDS[kind], str(self.checker.count(kind))) for kind in KINDS)]
        if console.is_terminal:
            table = Table(texts.MEASURE, texts.VALUE, title=texts.TITLE)
            for name, value in rows:
                table.add_row(name, value)
            console.print(table)
        else:
            for name, value in rows:
                console.print(f"{name}: {value}", highlight=False, soft_wrap=True)
        for line in self._conclusions():
            console.print(line, highlight=False, soft_wrap=True)

    def _figures(self) -> list[tuple[str, str]]:
        commands = (str(self.commands[outcome]) for outcome in ("ok", "refused", "unknown"))
        return [
            (
                texts.PARTICIPANTS,
                texts.OF.format(joined=self.joined, all=self.participants, fallback=self.fallback),
            ),
            (texts.VOTINGS, str(self.votings)),
            (texts.COMMANDS, ", ".join(commands)),
            (texts.CONNECTIONS, f"{self.connections}, {self.turned_away}"),
            (texts.DURATION, f"{self.duration_s:.1f}"),
            *((texts.TIMES[name], _in_words(getattr(self.times, name))) for name in texts.TIMES),
            (texts.NO_RECEIPT, f"{self.times.refused}, {self.times.unanswered}"),
            (texts.PATCHES, _in_words(self.burst.patches_a_second if self.burst else None)),
            (texts.PATCH_BYTES, _in_words(self.burst.bytes_a_patch if self.burst else None)),
            (texts.STORM, _or_dash(self.storm.all_in_step_s if self.storm else None)),
            *((texts.SERVER[name], _or_dash(getattr(self.server, name))) for name in texts.SERVER),
            (texts.CLIENT_CPU, f"{self.client_cpu_s:.1f}"),
        ]

    def _conclusions(self) -> list[str]:
        lines = [f"{texts.KINDS[finding.kind]}: {finding.text}" for finding in self.checker.findings[:10]]
        if self.given_up is not None:
            lines.append(texts.GIVEN_UP[self.given_up].format(step=_step((self.last_seen or {}).get("step"))))
        if self.ended is False:
            lines += [texts.NOT_ENDED, texts.LAST_SEEN.format(seen=_as_json(self.last_seen))]
        if self.joined < self.participants:
            lines.append(texts.NOT_ALL_JOINED)
        if self.storm is not None and self.storm.all_in_step_s is None:
            lines.append(texts.NOT_ALL_BACK)
        if self.failed:
            return [*lines, texts.FAILED]
        if self.checker.not_proved:
            return [*lines, *self.checker.not_proved[:10], texts.NOT_PROVED]
        return [*lines, texts.PASSED]


def _step(step: object) -> str:
    return next((text for name, text in texts.STEPS.items() if str(step).startswith(name)), texts.NOTHING)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _in_words(spread: Spread | None) -> str:
    return texts.NOTHING if spread is None else texts.PERCENTILES.format(**asdict(spread))


def _or_dash(value: float | None) -> str:
    return texts.NOTHING if value is None else str(value)


class Progress(Protocol):
    """Told twice a second how far the run is; `questions` is 0 while unknown."""

    def show(self, joined: int, participants: int, held: int, questions: int, votes: int) -> None: ...


class Silence:
    """No progress."""

    def show(self, joined: int, participants: int, held: int, questions: int, votes: int) -> None:
        pass


class Lines:
    """For logs: a line whenever a question has been added or everybody is here."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = (False, 0)

    def show(self, joined: int, participants: int, held: int, questions: int, votes: int) -> None:
        now = (joined >= participants, held)
        if now != self._said:
            self._said = now
            line = f"{texts.JOINED}: {joined}/{participants}; {texts.QUESTIONS}: {held}/{questions}; {votes} {texts.VOTES}"
            self._console.print(line, highlight=False, soft_wrap=True)


class Terminal:
    """Two bars; use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
        )
        self._joined = self._bars.add_task(texts.JOINED, total=None)
        self._held = self._bars.add_task(texts.QUESTIONS, total=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, joined: int, participants: int, held: int, questions: int, votes: int) -> None:
        self._bars.update(self._joined, completed=joined, total=participants)
        self._bars.update(
            self._held,
            completed=held,
            total=questions or None,
            description=f"{texts.QUESTIONS}, {votes} {texts.VOTES}",
        )
