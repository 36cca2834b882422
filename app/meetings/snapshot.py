"""A meeting's state as bytes and back, for the cache of folds; the frozen dataclasses of `model.py` as they are."""

import msgspec

from app.kernel.log.model import Keeping
from app.meetings.model import Meeting

STATE_VERSION = 2
"""Bump it when `model.py` changes its shape, or `evolve` what an event means: older snapshots are then left alone."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Meeting)

KEEPING: Keeping[Meeting] = Keeping(
    version=STATE_VERSION,
    kinds=frozenset({"voting_closed"}),
    dump=_encoder.encode,
    load=_decoder.decode,
)
