"""What people decided about doubtful ballots: a signer in another name, a stored ballot that nobody can read."""

from verifier.archive import Event
from verifier.meeting import Meeting, Voting, must


def doubted(meeting: Meeting, event: Event) -> None:
    """A certificate with an equal СНИЛС and another name, met for the first time."""
    key = (event.said["person"], event.said["thumbprint"])
    must(key not in meeting.reviews, "review_course", event.said["person"])
    meeting.reviews[key] = None


def reviewed(meeting: Meeting, event: Event) -> None:
    """By the organizer; what is rejected falls in every voting that is not counted."""
    key, accepted = (event.said["person"], event.said["thumbprint"]), event.said["accepted"]
    is_new = key in meeting.reviews and meeting.reviews[key] is not accepted
    must(is_new, "review_course", event.said["person"])
    meeting.reviews[key] = accepted
    for voting in meeting.votings.values() if not accepted else ():
        if voting.is_running or voting.state == "closed":
            voting.live = {
                creditor: ballot for creditor, ballot in voting.live.items() if doubt_of(ballot) != key
            }
    must(meeting.role_of(event.actor) == "organizer", "actor_without_right", event.actor)


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


def damaged(meeting: Meeting, event: Event) -> None:
    """Named between the closing and the count, each once."""
    voting = _closed(meeting, event)
    for one in event.said["ballots"]:
        ballot = voting.live.get(one["creditor"])
        is_its = ballot is not None and ballot.pos == one["pos"] and one["creditor"] not in voting.damaged
        must(is_its, "damage_course", one["creditor"])
        voting.damaged.add(one["creditor"])


def set_aside(meeting: Meeting, event: Event) -> None:
    """By the organizer, of a ballot that was named."""
    voting, creditor = _closed(meeting, event), event.said["creditor"]
    must(creditor in voting.damaged and creditor not in voting.set_aside, "damage_course", creditor)
    voting.set_aside.add(creditor)
    must(meeting.role_of(event.actor) == "organizer", "actor_without_right", event.actor)


def _closed(meeting: Meeting, event: Event) -> Voting:
    number = event.said["voting"]
    must(number in meeting.votings, "voting_unknown", number)
    voting = meeting.votings[number]
    must(voting.state == "closed", "damage_course", f"{number}: {voting.state}")
    return voting
