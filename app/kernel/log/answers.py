"""Answers and receipts: pure functions of what is committed, stored with it and the same for ever."""

from collections.abc import Mapping
from typing import Any

from app.kernel.canonical import canonical, parsed
from app.kernel.crypto import ReceiptKeys, is_signed
from app.kernel.errors import Refused
from app.kernel.log.batch import DONE, CommandRow
from app.kernel.log.model import Answer, Body, Position

RECEIPT_FIELDS = ("topic", "epoch", "pos", "hash", "key")


def receipt(keys: ReceiptKeys, topic: str, position: Position) -> Body:
    """Ed25519 over the canonical JSON of the other five fields."""
    facts = {
        "topic": topic,
        "epoch": position.epoch.hex(),
        "pos": position.at,
        "hash": position.mark.hex(),
        "key": keys.current,
    }
    return {**facts, "signature": keys.sign(canonical(facts)).hex()}


def is_genuine(given: Body, public_keys: Mapping[str, bytes]) -> bool:
    """Did one of our keys sign this receipt?"""
    name_of_key = given.get("key")
    key = public_keys.get(name_of_key) if isinstance(name_of_key, str) else None
    if key is None or not all(name in given for name in (*RECEIPT_FIELDS, "signature")):
        return False
    try:
        message = canonical({name: given[name] for name in RECEIPT_FIELDS})
        signature = bytes.fromhex(str(given["signature"]))
    except (ValueError, RecursionError):
        return False
    return is_signed(key, message, signature)


def accepted(position: Position, body: Body) -> Answer:
    return Answer(ok=True, final=True, pos=position.at, epoch=position.epoch, body=plain(body))


def refusal(position: Position, refused: Refused, *, final: bool = True) -> Answer:
    return Answer(ok=False, final=final, pos=position.at, epoch=position.epoch, body=refusal_body(refused))


def refusal_body(refused: Refused) -> Body:
    body: dict[str, Any] = {"code": refused.code}
    if refused.article:
        body["article"] = refused.article
    if refused.details:
        body["details"] = refused.details
    return plain(body)


def stored(answer: Answer) -> bytes:
    return canonical({"epoch": answer.epoch.hex(), "body": answer.body})


def restored(row: CommandRow) -> Answer:
    """The answer of a settled command, as it was given the first time."""
    kept = parsed(row.answer)
    epoch = bytes.fromhex(kept["epoch"])
    return Answer(ok=row.outcome == DONE, final=True, pos=row.pos, epoch=epoch, body=kept["body"])


def plain(body: Body) -> Body:
    """As it will be read back: the first answer and the hundredth are equal."""
    again: Body = parsed(canonical(body))
    return again
