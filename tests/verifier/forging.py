"""The forger who holds a key of receipts: he changes events, links the log anew and signs receipts and manifest again."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tally.case import count_case, read_case
from tally.digest import canonical
from verifier.archive import MANIFEST, SEAL
from verifier.counts import figures_of

KEY = Ed25519PrivateKey.generate()
HEADER = ("topic", "pos", "epoch", "at", "kind", "version", "actor", "command")
RECEIPT = ("topic", "epoch", "pos", "hash", "key")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Forgery:
    """`events` are lines with `body` parsed; `was` is the position before anything was added or removed."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.events = [json.loads(line) for line in files["events.jsonl"].splitlines()]
        self.manifest: dict[str, Any] = {}
        for event in self.events:
            event["was"] = event["pos"]
            event["body"] = None if event["body"] is None else json.loads(event["body"])

    def at(self, was: int) -> Any:
        return next(event for event in self.events if event["was"] == was)

    def body(self, was: int) -> Any:
        return self.at(was)["body"]

    def drop(self, *places: int) -> None:
        self.events = [event for event in self.events if event["was"] not in places]

    def add(self, after: int, kind: str, body: Any, version: int = 1, actor: str = "system") -> Any:
        like = self.at(after)
        new = {**like, "kind": kind, "body": body, "version": version, "actor": actor, "was": None}
        new |= {"private": [], "private_hash": None, "command": "00" * 16}
        self.events.insert(self.events.index(like) + 1, new)
        return new

    def tell(self, was: int, text: str) -> None:
        """Another private text in place of the event's own."""
        self.at(was)["private"] = [{"salt": "00" * 32, "text": text}]
        self.at(was)["private_hash"] = sha256(hashlib.sha256(bytes(32) + text.encode()).digest())

    def count(self, voting: int) -> Any:
        return json.loads(self.files[f"counts/{voting}.json"])

    def counted(self, voting: int, case: Any) -> None:
        """The input, and what the law truly makes of it."""
        self.files[f"counts/{voting}.json"] = canonical(case)
        (result,) = count_case(read_case(case)).values()
        for event in self.events:
            if event["kind"] == "voting_counted" and event["body"]["voting"] == voting:
                event["body"].update(figures_of(result))

    def ballot(self, was: int, **changes: Any) -> None:
        content = canonical({**json.loads(self.files[f"ballots/{was}.json"]), **changes})
        self.files[f"ballots/{was}.json"] = content
        self.body(was)["ballot_sha256"] = self.body(was)["blobs"][0] = sha256(content)

    def sealed(self) -> dict[str, bytes]:
        """All of it with new links, receipts and sums."""
        moved = {event["was"]: pos for pos, event in enumerate(self.events, 1) if event["was"]}
        self._move_ballots(moved)
        mark = self._linked(moved)
        if "answers.jsonl" in self.files:
            self._answer_again(moved)
        manifest = json.loads(self.files.pop(MANIFEST))
        self.files.pop(SEAL)
        manifest |= {
            "head": {"at": len(self.events), "mark": mark},
            "files": {path: sha256(content) for path, content in self.files.items()},
            "receipt_keys": {"receipt-1": KEY.public_key().public_bytes_raw().hex()},
            **self.manifest,
        }
        content = canonical(manifest)
        seal = canonical({"key": "receipt-1", "signature": KEY.sign(content).hex()})
        return {**self.files, MANIFEST: content, SEAL: seal}

    def _move_ballots(self, moved: Mapping[int, int]) -> None:
        files = {path: content for path, content in self.files.items() if not path.startswith("ballots/")}
        for path in self.files.keys() - files.keys():
            was, _, ending = path.removeprefix("ballots/").partition(".")
            if int(was) in moved:
                files[f"ballots/{moved[int(was)]}.{ending}"] = self.files[path]
        self.files = files

    def _linked(self, moved: Mapping[int, int]) -> str:
        topic = json.loads(self.files[MANIFEST])["topic"]
        first = bytes.fromhex(self.events[0]["epoch"])
        mark = hashlib.sha256(b"kvorum/log/1" + topic.encode() + first).digest()
        lines = []
        for pos, event in enumerate(self.events, 1):
            event["pos"] = pos
            if event["kind"] == "ballot_annulled":
                event["body"]["ballot_pos"] = moved.get(event["body"]["ballot_pos"], 0)
            text = self._text(event)
            hidden = bytes.fromhex(event["body_sha256"]) if text is None else hashlib.sha256(text).digest()
            header = canonical({name: event[name] for name in HEADER})
            private = bytes.fromhex(event["private_hash"]) if event["private_hash"] else bytes(32)
            leaf = hashlib.sha256(b"\x00" + header + hidden + private).digest()
            mark = hashlib.sha256(b"\x02" + mark + leaf).digest()
            event["hash"] = mark.hex()
            shown = {name: value for name, value in event.items() if name not in ("was", "raw")}
            lines.append(canonical({**shown, "body": None if text is None else text.decode()}) + b"\n")
        self.files["events.jsonl"] = b"".join(lines)
        return mark.hex()

    def _text(self, event: Any) -> bytes | None:
        if "raw" in event:
            return str(event["raw"]).encode()
        return None if event["body"] is None else canonical(event["body"])

    def _answer_again(self, moved: Mapping[int, int]) -> None:
        answers = [json.loads(line) for line in self.files["answers.jsonl"].splitlines()]
        lines = []
        for answer in (answer for answer in answers if answer["pos"] in moved):
            event = self.events[moved[answer["pos"]] - 1]
            said = json.loads(answer["answer"])
            receipt = said["body"]["receipt"]
            receipt.update(pos=event["pos"], hash=event["hash"], epoch=event["epoch"], key="receipt-1")
            receipt["signature"] = KEY.sign(canonical({name: receipt[name] for name in RECEIPT})).hex()
            lines.append(canonical({**answer, "pos": event["pos"], "answer": canonical(said).decode()}))
        self.files["answers.jsonl"] = b"".join(line + b"\n" for line in lines)
