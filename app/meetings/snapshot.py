"""A meeting's state as bytes and back, for the cache of folds; the frozen dataclasses of `model.py` as they are."""

import dataclasses

import msgspec

from app.kernel.log.model import Keeping
from app.meetings.model import Meeting

STATE_VERSION = 12
"""Bump it when `model.py` changes its shape, or `evolve` what an event means: older snapshots are then left alone."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Meeting)


def dump(meeting: Meeting) -> bytes:
    """As the encoder writes it, in pieces: a thread lets others run between two of them, never within one."""
    fields = (_piece(field.name, getattr(meeting, field.name)) for field in dataclasses.fields(meeting))
    return b"{" + b",".join(fields) + b"}"


def _piece(name: str, value: object) -> bytes:
    if not isinstance(value, dict) or not value:
        return _encoder.encode({name: value})[1:-1]
    items = b",".join(_encoder.encode({key: item})[1:-1] for key, item in value.items())
    return _encoder.encode(name) + b":{" + items + b"}"


KEEPING: Keeping[Meeting] = Keeping(
    version=STATE_VERSION,
    kinds=frozenset({"voting_closed"}),
    dump=dump,
    load=_decoder.decode,
)
