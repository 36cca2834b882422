"""When part of the log is gone (an old copy put back, a failover that lost the end): what is recorded of it.

The log itself appends `history_restored`; receipts that people still hold and that the log no longer knows are listed.
Nothing is admitted again by itself: whoever voted in the lost part votes anew.
"""

import hashlib
from dataclasses import replace

from app.kernel.canonical import canonical
from app.kernel.log.model import Body, Decision, Event, Facts, NewEvent
from app.meetings.commands import ListReceipt
from app.meetings.model import Meeting, Restoration, UnrecordedReceipt


def receipt_command(person: str, given: Body) -> tuple[bytes, ListReceipt]:
    """The command that lists a signed receipt, with an id of its own: shown to N workers it is one command."""
    command_id = hashlib.blake2b(canonical(["receipt", given["hash"]]), digest_size=16).digest()
    return command_id, ListReceipt(person, given["epoch"], given["pos"], given["hash"])


def list_receipt(meeting: Meeting, actor: str, command: ListReceipt, facts: Facts) -> Decision:
    """Signed by us, and not in the log: the caller has checked both."""
    if command.hash in {listed.hash for listed in meeting.unrecorded}:
        return Decision()
    body = {"person": command.person, "epoch": command.epoch, "pos": command.pos, "hash": command.hash}
    return Decision((NewEvent("receipt_without_record", body),))


def on_history_restored(meeting: Meeting, event: Event) -> Meeting:
    """The copy ended just before this event; somebody had seen the log up to `pos`."""
    kept = event.pos - 1
    restoration = Restoration(at=event.at, kept=kept, lost=max(0, event.body["pos"] - kept))
    return replace(meeting, restorations=(*meeting.restorations, restoration))


def on_receipt_without_record(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    listed = UnrecordedReceipt(body["person"], body["epoch"], body["pos"], body["hash"], event.at)
    return replace(meeting, unrecorded=(*meeting.unrecorded, listed))
