"""The product as users start it: `kvorum serve` in a process of its own, a meeting founded over its HTTP API, seats in it."""

import contextlib
import http.client
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from load.bench.asking import answers, post
from load.bench.children import Child, free_port, python, started
from load.bench.crowd import HOST
from load.bench.stores import Stores

SIGNED_IN_AT_ONCE = 4
CREATED_WITHIN_S = 120
SPARE_CONNECTIONS = 100
"""Twice the participants, for they come back before the server has seen them go; and the organizer."""
Item = TypeVar("Item")
Found = TypeVar("Found")
_TOKEN = re.compile(r"#(\S+)")

PARTICIPANT = "участник"
HEADINGS = "Кредитор;ИНН;Сумма требования, руб."
CARD = """\
собрание:
  должник: АО «Стенд»
  инн: 9899001278
  дело: А00-1/2020
  суд: Арбитражный суд
  процедура: конкурсное производство
  форма: очная
  повторное: нет
  начало: 2020-01-10 11:00
  часовой пояс: Europe/Moscow
  место: {place}
  организатор: Соколова Вера Андреевна
  телефон: +7 900 000-00-01
  почта: sokolova@example.org
повестка:
"""
QUESTION = """\
  - тема: прочее
    заголовок: Вопрос {n}
    формулировка: Принять к сведению отчёт {n}.
    голосование: открытое
    время: 5 мин
"""


class ProductFault(Exception):
    """The product did not do what the measurement needs."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A person signed in: who it is and the cookie of its browser."""

    person: str
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Product:
    child: Child
    workers: int
    meeting: str
    organizer: Seat
    participants: tuple[Seat, ...]
    links: bytes = field(repr=False)
    """The list of access links as the site gives it, CSV."""

    @property
    def topic(self) -> str:
        return f"meeting:{self.meeting}"

    def tickets(self, seats: Sequence[Seat]) -> list[str]:
        """Good for one use within half a minute; all are asked for at once, as by as many browsers."""
        path, port = f"/api/meetings/{self.meeting}/ticket?p=", self.child.port
        bodies = answers(port, [post(port, path + seat.person, seat.cookie) for seat in seats])
        return [str(json.loads(body)["ticket"]) for body in bodies]


@contextlib.contextmanager
def product(
    participants: int,
    questions: int = 1,
    workers: int = 1,
    stores: Stores | None = None,
    place: str = "Стенд",
) -> Iterator[Product]:
    """Embedded on SQLite, or on the PostgreSQL and Redis of `stores`; everybody signed in, nobody connected."""
    with tempfile.TemporaryDirectory(prefix="kvorum-bench-") as name:
        port = free_port()
        env = _settings(Path(name), port, stores, participants)
        token = _practitioner(env)
        more = ("--workers", str(workers)) if workers > 1 else ()
        if stores is not None and stores.redis_url is not None:
            env = {**env, "KVORUM_REDIS_URL": stores.redis_url}
        command = python("app.cli", "serve", *more)
        with started(_name(workers, stores), command, port, env, pinned=workers == 1) as child:
            yield _founded(child, workers, token, participants, _agenda(questions, place))


def _name(workers: int, stores: Stores | None) -> str:
    where = "sqlite" if stores is None else "postgresql"
    return f"kvorum-{where}" if workers == 1 else f"kvorum-{workers}-workers"


def _settings(folder: Path, port: int, stores: Stores | None, participants: int) -> dict[str, str]:
    """The whole crowd comes from one address, so its handshakes are not rationed; verifying signatures is measured apart."""
    return {
        "KVORUM_ENVIRONMENT": "embedded",
        "KVORUM_DATABASE_URL": f"sqlite:///{folder / 'kvorum.db'}" if stores is None else stores.database_url,
        "KVORUM_KEYS_DIR": str(folder / "keys"),
        "KVORUM_HOST": HOST,
        "KVORUM_PORT": str(port),
        "KVORUM_PUBLIC_URL": f"http://{HOST}:{port}",
        "KVORUM_SIGNATURE_POLICY": "off",
        "KVORUM_HANDSHAKES_BURST": "1000000",
        "KVORUM_MAX_CONNECTIONS": str(2 * participants + SPARE_CONNECTIONS),
        "KVORUM_LOG_LEVEL": "warning",
    }


def _practitioner(env: Mapping[str, str]) -> str:
    """Also makes the keys and the tables, so that workers find them."""
    command = python("app.cli", "init", "--name", "Стенд")
    said = subprocess.run(command, env={**os.environ, **env}, capture_output=True, timeout=60, check=False)
    found = _TOKEN.search(said.stdout.decode())
    if found is None:
        raise ProductFault(f"kvorum init: {said.stderr.decode()[-500:]}")
    return found.group(1)


# --- the meeting -------------------------------------------------------------------------------------------------


def _founded(child: Child, workers: int, token: str, participants: int, agenda: str) -> Product:
    files = {"register": _register(participants).encode(), "agenda": agenda.encode()}
    with contextlib.closing(Site(child.port)) as site:
        practitioner = site.sign_in(token)
        created = site.post_files(f"/api/meetings?p={practitioner.person}", files, practitioner.cookie)
        meeting = created["meeting"]
        path = f"/api/meetings/{meeting}/links.csv?p={practitioner.person}"
        links = site.get(path, practitioner.cookie)
    tokens = list(_participants(links.decode("utf-8-sig")))
    seats = _side_by_side(child.port, tokens, lambda site, token: site.sign_in(token))
    return Product(child, workers, meeting, practitioner, tuple(seats), links)


def _participants(links: str) -> Iterator[str]:
    """Tokens of the list of links."""
    for line in links.splitlines()[1:]:
        _, role, _, _, url = line.split(";")
        if role == PARTICIPANT:
            yield url.partition("#")[2]


def _register(creditors: int) -> str:
    """Each votes for himself, and all claims are much the same."""
    lines = (f"Кредитор {n:05d};;{100_000 + n},{n % 100:02d}" for n in range(1, creditors + 1))
    return "\n".join((HEADINGS, *lines))


def _agenda(questions: int, place: str) -> str:
    return CARD.format(place=place) + "".join(QUESTION.format(n=n) for n in range(1, questions + 1))


# --- HTTP --------------------------------------------------------------------------------------------------------


class Site:
    """One kept connection to the server; for one thread."""

    def __init__(self, port: int) -> None:
        self._origin = f"http://{HOST}:{port}"
        self._connection = http.client.HTTPConnection(HOST, port, timeout=CREATED_WITHIN_S)

    def close(self) -> None:
        self._connection.close()

    def sign_in(self, token: str) -> Seat:
        answer, cookie = self._send("POST", "/api/session", json.dumps({"token": token}).encode(), "")
        return Seat(json.loads(answer)["person"], cookie.partition(";")[0])

    def get(self, path: str, cookie: str = "") -> bytes:
        return self._send("GET", path, None, cookie)[0]

    def post_files(self, path: str, files: Mapping[str, bytes], cookie: str) -> Any:
        boundary = "kvorum-bench"
        parts = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for name, content in files.items()
        )
        body = parts + f"--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return json.loads(self._send("POST", path, body, cookie, kind)[0])

    def _send(
        self, method: str, path: str, body: bytes | None, cookie: str, kind: str = "application/json"
    ) -> tuple[bytes, str]:
        headers = {"Origin": self._origin, "Content-Type": kind, **({"Cookie": cookie} if cookie else {})}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise ProductFault(f"{method} {path.partition('?')[0]}: {response.status} {answer[:300]!r}")
        return answer, response.getheader("Set-Cookie", "")


def _side_by_side(port: int, items: Sequence[Item], work: Callable[[Site, Item], Found]) -> list[Found]:
    """`work(site, item)` for all of them, in a few threads with a connection each; in their order."""

    def share(offset: int) -> list[Found]:
        with contextlib.closing(Site(port)) as site:
            return [work(site, item) for item in items[offset::SIGNED_IN_AT_ONCE]]

    with ThreadPoolExecutor(SIGNED_IN_AT_ONCE) as pool:
        shares = list(pool.map(share, range(SIGNED_IN_AT_ONCE)))
    return [shares[n % SIGNED_IN_AT_ONCE][n // SIGNED_IN_AT_ONCE] for n in range(len(items))]
