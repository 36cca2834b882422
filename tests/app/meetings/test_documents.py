"""Files of a meeting through the real site: a participant's ballot zip, the minutes and the signatures under them."""

import asyncio
import hashlib
import io
import subprocess
import threading
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from pydantic import SecretStr
from typer.testing import CliRunner

from app.accounts.model import Contact, Newcomer
from app.bootstrap import Services, opened_services
from app.cli import cli
from app.documents.texts import WORDS
from app.kernel.canonical import canonical
from app.kernel.log.redaction import Redact
from app.kernel.settings import Settings
from app.main import create_app
from app.meetings import documents
from app.meetings.channel import MeetingSource
from app.meetings.commands import BallotContent
from app.meetings.draft import DraftMeeting
from app.meetings.minutes_file import minutes_sheet
from app.meetings.refusals import MinutesAwaitLists
from app.meetings.texts.bulletin import BULLETIN
from app.meetings.texts.minutes import MINUTES
from app.signatures.demo_ca import open_authority
from app.signatures.model import Owner
from app.texts import BALLOTS_PRINTED
from load.sign import Key, request_for, signed
from realtime.ports import Viewer
from tests.app.documents.test_render import seen, text_of
from tests.builders import ORGANIZER, a_card, a_creditor, a_question, admissions, person_of
from tests.commands import new_command_id

URL = "https://meeting.example"
ADDRESS = "628301, г. Нефтеюганск"
NAMES = {"A": "ООО «A»", "B": "ООО «B»"}


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody with a certificate of the demonstration authority."""

    key: Key
    chain: tuple[bytes, ...]

    def sign(self, content: bytes) -> bytes:
        return signed(content, self.key, self.chain, datetime.now(UTC))


class Site:
    """A meeting of two creditors with signatures of the demonstration authority."""

    def __init__(self, services: Services, browser: AsyncClient) -> None:
        self.services = services
        self.browser = browser

    async def command(self, person: str, op: str, **body: object) -> None:
        source = await self.services.meetings.source("m_1")
        viewer = Viewer(person, "l_1")
        reply = await source.command(viewer, new_command_id(), op, body, self.services.clock())
        assert reply.ok, (op, reply)
        await source.catch_up()

    async def destroys(self, subject: str) -> None:
        """All personal texts about somebody, by an act."""
        source = await self.services.meetings.source("m_1")
        redact = Redact("акт 7", (subject,))
        await source.topic.submit(ORGANIZER, new_command_id(), redact, b"redact", self.services.clock())

    async def vote(self, creditor: str, choice: str) -> tuple[bytes, bytes]:
        """The ballot's bytes and the CMS over them."""
        meeting = (await self.services.meetings.source("m_1")).meeting
        voting = meeting.votings[len(meeting.votings)]
        question = meeting.questions[voting.question]
        content = BallotContent(
            meeting="m_1",
            question=question.id,
            voting=voting.number,
            creditor=creditor,
            weight_kopecks=str(meeting.weights(voting)[creditor]),
            wording_sha256=question.wording_sha256,
            register_sha256=voting.register_sha256,
            electorate_sha256=voting.electorate_sha256,
            nonce="0" * 32,
            choices=[choice],
            distribution=None,
        )
        body = canonical({name: getattr(content, name) for name in content.__struct_fields__})
        cms = self.signature(body, NAMES[creditor])
        ballots = [{"bytes": body, "signature": cms}]
        await self.command(person_of(creditor), "cast", voting=voting.number, ballots=ballots)
        return body, cms

    def signature(self, content: bytes, name: str) -> bytes:
        return self.signer(name).sign(content)

    def signer(self, name: str) -> Signer:
        key, now = Key(), datetime.now(UTC)
        authority = open_authority(self.services.settings.keys_dir, now)
        issued = authority.issue(request_for(key), Owner(common_name=name, organization=name), now)
        return Signer(key, (issued.certificate, *issued.chain))

    async def over(self) -> None:
        for question in ("q1", "q2"):
            await self.command(ORGANIZER, "withdraw_question", question=question, reason="снят с повестки")
        await self.command(ORGANIZER, "end_meeting")

    async def close_and_count(self, number: int) -> None:
        await self.command(ORGANIZER, "stop_voting", voting=number)
        for _ in range(400):
            if number in (await self.services.meetings.source("m_1")).meeting.results:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("not counted in 20 s")

    async def signed_in(self, person: str) -> None:
        links = await self.services.accounts.links("m_1")
        link = next(link for link in links if link.seat.person == person)
        answer = await self.browser.post("/api/session", json={"token": link.url.partition("#")[2]})
        assert answer.status_code == 200, answer.text

    async def get(self, person: str, path: str) -> Response:
        return await self.browser.get(f"/api/meetings/m_1/{path}?p={person}")

    async def page(self, person: str) -> str:
        return (await self.browser.get(f"/meetings/m_1/minutes?p={person}")).text

    async def upload(self, person: str, body: bytes, to: str = "signatures", **more: str) -> Response:
        path = f"/api/meetings/m_1/minutes/{to}"
        return await self.browser.post(path, params={"p": person, **more}, files={"file": ("sent", body)})


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with opened_site(tmp_path) as site:
        yield site


@asynccontextmanager
async def opened_site(folder: Path) -> AsyncIterator[Site]:
    settings = Settings(
        environment="embedded",
        public_url=URL,
        database_url=SecretStr(f"sqlite:///{folder / 'kvorum.sqlite'}"),
        keys_dir=folder / "keys",
        demo_ca=True,
    )
    async with opened_services(settings, serves=True) as services:
        transport = ASGITransport(create_app(services))
        async with AsyncClient(transport=transport, base_url=URL, headers={"origin": URL}) as browser:
            site = Site(services, browser)
            await founded(site)
            yield site


async def founded(site: Site) -> None:
    lines = (a_creditor("A", 60_00), a_creditor("B", 40_00))
    people = tuple(admissions(lines, {}))
    questions = (a_question("q1"), a_question("q2", secrecy="closed"))
    draft = DraftMeeting(a_card(debtor_address=ADDRESS), questions, lines, signature_policy="qualified")
    await site.services.meetings.found("m_1", draft, people, ORGANIZER)
    newcomers = tuple(Newcomer(one.person, one.role, Contact(one.name)) for one in people)
    await site.services.accounts.admit("m_1", newcomers)
    await site.command(person_of("A"), "attend", creditors=["A"])
    await site.command(person_of("B"), "attend", creditors=["B"])
    await site.command(ORGANIZER, "open_meeting")


def unpacked(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.mark.parametrize("question", ["q1", "q2"])
async def test_a_participant_downloads_the_exact_bytes_he_signed_once_they_are_counted(
    site: Site, tmp_path: Path, question: str
) -> None:
    await site.command(ORGANIZER, "start_voting", question=question)
    content, cms = await site.vote("A", "for")
    await site.signed_in(person_of("A"))
    path = "votings/1/ballots/A.zip"

    before = await site.get(person_of("A"), path)
    await site.close_and_count(1)
    after = await site.get(person_of("A"), path)

    assert before.status_code == 404
    files = unpacked(after.content)
    assert (files["ballot.json"], files["ballot.json.sig"]) == (content, cms)
    text = text_of(files["ballot.pdf"])
    for part in (
        "Копия электронного бюллетеня",
        "ДОКУМЕНТ ПОДПИСАН",
        "ООО «A»",
        ADDRESS,
        hashlib.sha256(content).hexdigest(),
    ):
        assert part in text
    assert openssl_accepts(tmp_path, files["ballot.json"], files["ballot.json.sig"])
    assert not openssl_accepts(tmp_path, files["ballot.json"] + b" ", files["ballot.json.sig"])


def openssl_accepts(folder: Path, content: bytes, cms: bytes) -> bool:
    (folder / "content").write_bytes(content)
    (folder / "sig").write_bytes(cms)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-noverify"]
    options = ["-in", str(folder / "sig"), "-content", str(folder / "content"), "-out", str(folder / "out")]
    return subprocess.run([*command, *options], capture_output=True, check=False).returncode == 0


async def test_all_ballots_of_a_voting_are_printed_with_progress(site: Site, tmp_path: Path) -> None:
    await site.command(ORGANIZER, "start_voting", question="q1")
    content, cms = await site.vote("A", "for")
    await site.vote("B", "against")
    await site.close_and_count(1)
    heard: list[tuple[int, int]] = []

    out = tmp_path / "ballots.zip"
    count = await site.services.documents.print_ballots("m_1", 1, out, lambda *said: heard.append(said))

    files = unpacked(out.read_bytes())
    assert (count, heard) == (2, [(0, 2), (1, 2), (2, 2)])
    assert (files["A.json"], files["A.json.sig"]) == (content, cms)
    assert "ООО «B»" in text_of(files["B.pdf"])


def test_the_command_prints_the_ballots_of_a_voting_and_says_how_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an administrator does it while no server has the database open."""

    async def counted() -> bytes:
        async with opened_site(tmp_path) as site:
            await site.command(ORGANIZER, "start_voting", question="q2")
            content, _ = await site.vote("A", "for")
            await site.close_and_count(1)
            return content

    content = asyncio.run(counted())
    monkeypatch.setenv("KVORUM_DATABASE_URL", f"sqlite:///{tmp_path / 'kvorum.sqlite'}")
    monkeypatch.setenv("KVORUM_KEYS_DIR", str(tmp_path / "keys"))
    out = tmp_path / "ballots.zip"
    done = CliRunner().invoke(cli, ["ballots", "m_1", "1", "--out", str(out)])
    unknown = CliRunner().invoke(cli, ["ballots", "m_2", "1", "--out", str(tmp_path / "none.zip")])

    assert (done.exit_code, unknown.exit_code) == (0, 1)
    assert BALLOTS_PRINTED.format(count=1, path=out) in done.output.replace("\n", "")
    files = unpacked(out.read_bytes())
    assert sorted(files) == ["A.json", "A.json.sig", "A.pdf"]
    assert files["A.json"] == content
    assert not (tmp_path / "none.zip").exists()


async def test_nobody_downloads_the_ballot_of_another(site: Site) -> None:
    await site.command(ORGANIZER, "start_voting", question="q1")
    await site.vote("A", "for")
    await site.close_and_count(1)

    for person, status in ((person_of("B"), 404), (ORGANIZER, 403)):
        await site.signed_in(person)
        answer = await site.get(person, "votings/1/ballots/A.zip")
        assert (person, answer.status_code) == (person, status)


async def test_minutes_are_one_file_from_the_end_on_and_are_signed_beside(site: Site) -> None:
    await site.signed_in(ORGANIZER)
    await site.signed_in(person_of("A"))
    draft = await site.get(ORGANIZER, "minutes.pdf")
    early = await site.get(person_of("A"), "minutes.pdf")
    await site.over()

    pdf = await site.get(ORGANIZER, "minutes.pdf")
    chair = await site.upload(ORGANIZER, site.signature(pdf.content, "Иванов Иван"))
    secretary = await site.upload(ORGANIZER, site.signature(pdf.content, "Петрова Алёна"))
    wrong = await site.upload(ORGANIZER, site.signature(draft.content, "Иванов Иван"))
    about = (await site.get(ORGANIZER, "minutes")).json()
    files = unpacked((await site.get(ORGANIZER, "minutes.zip")).content)
    copy = await site.get(ORGANIZER, "minutes-copy.pdf")
    others = await site.get(person_of("A"), "minutes.pdf")

    assert (draft.status_code, early.status_code, early.json()["code"]) == (200, 404, "minutes_not_ready")
    assert "Проект протокола" in text_of(draft.content)
    assert [chair.status_code, secretary.status_code, wrong.status_code] == [201, 201, 422]
    assert wrong.json()["details"]["verdict"] == "content_mismatch"
    assert about["sha256"] == hashlib.sha256(pdf.content).hexdigest()
    assert [one["owner"] for one in about["signatures"]] == [
        "Иванов Иван",
        "Петрова Алёна",
    ]
    assert files["minutes.pdf"] == pdf.content == (await site.get(ORGANIZER, "minutes.pdf")).content
    assert sorted(files) == ["minutes.pdf", "minutes.pdf.1.sig", "minutes.pdf.2.sig"]
    assert about["sha256"] in text_of(copy.content)
    assert about["sha256"] in text_of(others.content)
    source = await site.services.meetings.source("m_1")
    assert source.topic.position.mark.hex() in text_of(pdf.content)


async def test_a_sole_signer_signs_the_file_that_shows_the_stamp_of_his_certificate(site: Site) -> None:
    await site.signed_in(ORGANIZER)
    await site.over()
    plain = await site.get(ORGANIZER, "minutes.pdf")
    chair = site.signer("Иванов Иван")

    preview = await site.upload(ORGANIZER, chair.chain[0], "stamped", preview="true")
    drawn = await site.upload(ORGANIZER, chair.chain[0], "stamped")
    before = await site.get(ORGANIZER, "minutes.pdf")
    taken = await site.upload(ORGANIZER, chair.sign(drawn.content), "stamped/signature")
    about = (await site.get(ORGANIZER, "minutes")).json()
    files = unpacked((await site.get(ORGANIZER, "minutes.zip")).content)

    assert "ДОКУМЕНТ ПОДПИСАН" in text_of(preview.content)
    assert seen(preview.content) != seen(drawn.content)
    assert before.content == plain.content  # until it is signed, nothing is issued
    assert (taken.status_code, taken.json()["sha256"]) == (201, about["signatures"][0]["sha256"])
    assert (about["is_stamped"], about["sha256"]) == (True, hashlib.sha256(drawn.content).hexdigest())
    assert files == {"minutes.pdf": drawn.content, "minutes.pdf.1.sig": files["minutes.pdf.1.sig"]}
    for part in ("ДОКУМЕНТ ПОДПИСАН", "Иванов Иван", hashlib.sha256(plain.content).hexdigest()):
        assert part in text_of(drawn.content)
    await site.signed_in(person_of("A"))
    assert about["sha256"] in text_of((await site.get(person_of("A"), "minutes.pdf")).content)


async def test_a_stamp_of_another_certificate_than_the_signers_leaves_the_file_unissued(site: Site) -> None:
    await site.signed_in(ORGANIZER)
    await site.over()
    chair, other = site.signer("Иванов Иван"), site.signer("Петрова Алёна")
    first = (await site.upload(ORGANIZER, chair.chain[0], "stamped")).content
    drawn = (await site.upload(ORGANIZER, other.chain[0], "stamped")).content

    answers = [
        await site.upload(ORGANIZER, body, "stamped/signature")
        for body in (chair.sign(drawn), other.sign(first), other.sign(drawn), other.sign(drawn))
    ]

    assert [answer.status_code for answer in answers] == [409, 422, 201, 404]
    assert answers[0].json()["code"] == "stamp_mismatch"
    assert answers[1].json()["details"]["verdict"] == "content_mismatch"
    again = await site.upload(ORGANIZER, chair.chain[0], "stamped")
    assert again.json()["code"] == "already_signed"


async def test_a_drawn_file_does_not_replace_minutes_that_were_signed_meanwhile(site: Site) -> None:
    await site.signed_in(ORGANIZER)
    await site.over()
    chair, other = site.signer("Иванов Иван"), site.signer("Петрова Алёна")
    plain = (await site.get(ORGANIZER, "minutes.pdf")).content
    drawn = (await site.upload(ORGANIZER, chair.chain[0], "stamped")).content
    await site.upload(ORGANIZER, other.sign(plain))

    late = await site.upload(ORGANIZER, chair.sign(drawn), "stamped/signature")
    about = (await site.get(ORGANIZER, "minutes")).json()

    assert (late.status_code, late.json()["code"]) == (409, "signed_without_stamp")
    assert about["sha256"] == hashlib.sha256(plain).hexdigest()
    assert len(about["signatures"]) == 1


async def test_a_stamp_is_not_drawn_once_it_would_stand_under_other_words_than_the_stored_file(
    site: Site,
) -> None:
    await site.signed_in(ORGANIZER)
    await site.over()
    plain = await site.get(ORGANIZER, "minutes.pdf")
    chair = site.signer("Иванов Иван")
    await site.destroys("m_1/A")

    answers = [
        await site.upload(ORGANIZER, chair.chain[0], "stamped"),
        await site.upload(ORGANIZER, chair.chain[0], "stamped", preview="true"),
    ]
    signed = await site.upload(ORGANIZER, chair.sign(plain.content))

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(409, "minutes_changed")] * 2
    assert NAMES["A"] in text_of(plain.content)
    assert signed.status_code == 201
    assert (await site.get(ORGANIZER, "minutes.pdf")).content == plain.content


async def test_an_event_that_the_minutes_do_not_tell_leaves_the_stamp_to_be_drawn(site: Site) -> None:
    await site.signed_in(ORGANIZER)
    await site.over()
    plain = await site.get(ORGANIZER, "minutes.pdf")
    await site.destroys("somebody else")

    drawn = await site.upload(ORGANIZER, site.signer("Иванов Иван").chain[0], "stamped")

    assert drawn.status_code == 200
    assert hashlib.sha256(plain.content).hexdigest() in text_of(drawn.content)


async def test_a_stamp_is_drawn_of_a_certificate_and_only_before_others_sign(site: Site) -> None:
    await site.signed_in(ORGANIZER)
    early = await site.upload(ORGANIZER, b"x", "stamped")
    await site.over()
    garbage = await site.upload(ORGANIZER, b"x", "stamped")
    chair = site.signer("Иванов Иван")
    plain = await site.get(ORGANIZER, "minutes.pdf")

    await site.upload(ORGANIZER, chair.sign(plain.content))
    late = await site.upload(ORGANIZER, chair.chain[0], "stamped")

    assert [one.json()["code"] for one in (early, garbage, late)] == [
        "minutes_not_ready",
        "malformed",
        "signed_without_stamp",
    ]


async def test_the_page_of_the_minutes_names_the_hashes_of_the_files_and_of_the_signatures(
    site: Site,
) -> None:
    await site.signed_in(ORGANIZER)
    await site.signed_in(person_of("A"))
    await site.over()
    before = await site.page(ORGANIZER)
    pdf, theirs = await site.get(ORGANIZER, "minutes.pdf"), await site.get(person_of("A"), "minutes.pdf")
    signature = site.signature(pdf.content, "Иванов Иван")
    await site.upload(ORGANIZER, signature)

    pages = [await site.page(ORGANIZER), await site.page(person_of("A"))]

    assert MINUTES["files"] not in before
    for page in pages:
        assert hashlib.sha256(pdf.content).hexdigest() in page
        assert hashlib.sha256(signature).hexdigest() in page
    assert [hashlib.sha256(theirs.content).hexdigest() in page for page in pages] == [False, True]


async def test_minutes_are_not_written_while_lists_are_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def waits(source: MeetingSource) -> None:
        raise MinutesAwaitLists(ballots=1)

    await site.signed_in(ORGANIZER)
    await site.over()
    with monkeypatch.context() as waiting:
        waiting.setattr(site.services.meetings, "must_be_settled", waits)
        early = await site.get(ORGANIZER, "minutes.pdf")

    assert early.json()["code"] == "minutes_await_lists"
    assert (await site.get(ORGANIZER, "minutes.pdf")).status_code == 200


async def test_no_edition_of_the_minutes_is_put_together_on_the_event_loop(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.signed_in(ORGANIZER)
    await site.signed_in(person_of("A"))
    threads: list[threading.Thread] = []

    def sheet(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return minutes_sheet(*given)

    monkeypatch.setattr(documents, "minutes_sheet", sheet)
    draft = await site.get(ORGANIZER, "minutes.pdf")
    await site.over()
    theirs = await site.get(person_of("A"), "minutes.pdf")

    assert (draft.status_code, theirs.status_code, len(threads)) == (200, 200, 3)
    assert threading.current_thread() not in threads


@pytest.mark.parametrize("to", ["signatures", "stamped", "stamped/signature"])
async def test_only_the_organizer_signs_the_minutes(site: Site, to: str) -> None:
    await site.signed_in(person_of("A"))

    answer = await site.upload(person_of("A"), b"x", to)

    assert answer.status_code == 403


async def test_a_ballot_signed_by_the_demonstration_authority_says_so_beside_the_form_and_in_its_stamp(
    site: Site,
) -> None:
    await site.command(ORGANIZER, "start_voting", question="q1")
    await site.vote("A", "for")
    await site.close_and_count(1)
    await site.signed_in(person_of("A"))

    text = text_of(
        unpacked((await site.get(person_of("A"), "votings/1/ballots/A.zip")).content)["ballot.pdf"]
    )

    assert BULLETIN["demo"] in text
    assert WORDS["stamp_demo"] in text
    assert "время московское (UTC+3)" in text


async def test_blank_ballots_are_there_before_the_vote_and_name_nobody(site: Site) -> None:
    await site.signed_in(ORGANIZER)
    await site.signed_in(person_of("A"))

    files = unpacked((await site.get(ORGANIZER, "blank-ballots.zip")).content)
    one = await site.get(person_of("A"), "questions/q1/blank-ballot.pdf")

    assert sorted(files) == ["ballot-1.pdf", "ballot-2.pdf"]
    assert one.status_code == 200
    text = text_of(one.content)
    for part in ("Форма бюллетеня № 1", "Решение по вопросу q1", ADDRESS, "За", BULLETIN["blank_signer"]):
        assert part in text
    assert not [part for part in ("ООО «A»", "Копия", "SHA-256") if part in text]


async def test_all_blank_ballots_are_for_the_organizer_and_one_for_whoever_takes_part(site: Site) -> None:
    await site.signed_in(person_of("A"))
    await site.signed_in(ORGANIZER)

    asked = [
        await site.get(person_of("A"), "blank-ballots.zip"),
        await site.get(person_of("B"), "questions/q1/blank-ballot.pdf"),
        await site.get(ORGANIZER, "questions/q9/blank-ballot.pdf"),
        await site.get(ORGANIZER, "questions/q2/blank-ballot.pdf"),
    ]

    assert [one.status_code for one in asked] == [403, 404, 404, 200]
