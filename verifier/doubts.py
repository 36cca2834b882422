"""What was decided about doubtful ballots: a signer in another name, bytes that nobody can read, lists that were missing."""

from collections.abc import Iterator

from verifier.archive import Event
from verifier.meeting import Meeting, Voting, must

SYSTEM = "system"


def doubted(meeting: Meeting, event: Event) -> None:
    """A certificate with an equal СНИЛС and another name, met for the first time."""
    key = (event.said["person"], event.said["thumbprint"])
    must(key not in meeting.reviews, "review_course", event.said["person"])
    meeting.reviews[key] = None


def reviewed(meeting: Meeting, event: Event) -> None:
    """By the organizer, before the end; what is rejected falls in every voting that is not counted."""
    key, accepted = (event.said["person"], event.said["thumbprint"]), event.said["accepted"]
    is_new = key in meeting.reviews and meeting.reviews[key] is not accepted
    must(is_new and not meeting.is_over, "review_course", event.said["person"])
    must(accepted or not _is_counted(meeting, key), "review_course", event.said["person"])
    meeting.reviews[key] = accepted
    for voting in meeting.votings.values() if not accepted else ():
        if voting.is_running or voting.state == "closed":
            voting.live = {
                creditor: ballot for creditor, ballot in voting.live.items() if doubt_of(ballot) != key
            }
            voting.set_aside &= voting.live.keys()
    must(meeting.role_of(event.actor) == "organizer", "actor_without_right", event.actor)


def _is_counted(meeting: Meeting, key: tuple[str, str]) -> bool:
    """What was counted as this person's by an acceptance is not taken back."""
    votings = (voting for voting in meeting.votings.values() if voting.counted and meeting.reviews[key])
    return any(doubt_of(ballot) == key for voting in votings for ballot in voting.live.values())


def doubt_of(ballot: Event) -> tuple[str, str] | None:
    """Person and certificate of a ballot that is under review; None for any other."""
    signature = ballot.said.get("signature")
    if signature is None or signature["owner_match"] != "review":
        return None
    return ballot.said["person"], signature["thumbprint"]


def must_be_reviewed(meeting: Meeting, voting: Voting) -> None:
    """Before the count. A log of an earlier release doubts nobody, and only the minutes told of the name."""
    for creditor, ballot in voting.live.items():
        key = doubt_of(ballot)
        must(key is None or meeting.reviews.get(key, True) is True, "review_missing", creditor)


def unreviewed(voting: Voting, meeting: Meeting) -> Iterator[str]:
    """Creditors of counted ballots in another name that the log never doubted."""
    for creditor, ballot in voting.live.items():
        key = doubt_of(ballot)
        if voting.counted and key is not None and key not in meeting.reviews:
            yield creditor


def damaged(meeting: Meeting, event: Event) -> None:
    """Named between the closing and the count, each once."""
    voting = _closed(meeting, event)
    for one in event.said["ballots"]:
        ballot = voting.live.get(one["creditor"])
        is_its = ballot is not None and (ballot.kind, ballot.pos) == ("ballot_cast", one["pos"])
        must(is_its and one["creditor"] not in voting.damaged, "damage_course", one["creditor"])
        voting.damaged[one["creditor"]] = one["pos"]


def set_aside(meeting: Meeting, event: Event) -> None:
    """By the organizer, of a ballot that was named and stands."""
    voting, creditor = _closed(meeting, event), event.said["creditor"]
    is_named = creditor in voting.live and voting.damaged.get(creditor) == event.said["pos"]
    must(is_named and creditor not in voting.set_aside, "damage_course", creditor)
    voting.set_aside.add(creditor)
    must(meeting.role_of(event.actor) == "organizer", "actor_without_right", event.actor)


def _closed(meeting: Meeting, event: Event) -> Voting:
    number = event.said["voting"]
    must(number in meeting.votings, "voting_unknown", number)
    voting = meeting.votings[number]
    must(voting.state == "closed", "damage_course", f"{number}: {voting.state}")
    return voting


def settled(meeting: Meeting, event: Event) -> None:
    """By the service, once for each ballot whose lists were in trouble when it came."""
    awaited = set(_deferred(meeting))
    for one in event.said["ballots"]:
        is_awaited = (one["voting"], one["creditor"], one["pos"]) in awaited and one[
            "pos"
        ] not in meeting.settled
        must(is_awaited, "settled_course", one["creditor"])
        meeting.settled.add(one["pos"])
    must(event.actor == SYSTEM, "actor_without_right", event.actor)


def hurried(meeting: Meeting, event: Event) -> None:
    """By the organizer, once, after the end; as many ballots as are unchecked."""
    waiting = sum(1 for _ in _deferred(meeting))
    is_due = meeting.is_over and not meeting.is_hurried and waiting == event.said["ballots"] > 0
    must(is_due, "hurry_course", f"{event.said['ballots']}: {waiting}")
    meeting.is_hurried = True
    must(meeting.role_of(event.actor) == "organizer", "actor_without_right", event.actor)


def _deferred(meeting: Meeting) -> Iterator[tuple[int, str, int]]:
    """Voting, creditor and place of ballots that are still to be looked at."""
    for voting in meeting.votings.values():
        for creditor, ballot in voting.live.items() if voting.state != "cancelled" else ():
            said = ballot.said.get("signature") or {}
            is_done = creditor in voting.set_aside or ballot.pos in meeting.settled
            if said.get("revocation") == "deferred" and not is_done:
                yield voting.number, creditor, ballot.pos
