"""Why a meeting says no: facts with stable codes and, where a law said it, the article; texts are in `texts.py`."""

from app.kernel.errors import Forbidden, Refused, Retry


class MeetingRefused(Refused):
    """The base: `law` is the article that said no; keyword arguments become the details of the answer."""

    law: str | None = None

    def __init__(self, **details: object) -> None:
        super().__init__(article=type(self).law, details=details)


# --- the meeting -------------------------------------------------------------------------------------------------


class NotConvened(MeetingRefused):
    code = "not_convened"


class NotRunning(MeetingRefused):
    code = "not_running"


class AlreadyConvened(MeetingRefused):
    code = "already_convened"


class NotReady(MeetingRefused):
    """No agenda or no register yet."""

    code = "not_ready"


class TooEarly(MeetingRefused):
    code = "too_early"


class DeadlinePassed(MeetingRefused):
    code = "deadline_passed"


class TimeNotAhead(MeetingRefused):
    """A new hour must lie in the future."""

    code = "time_not_ahead"


class NoQuorum(MeetingRefused):
    code = "no_quorum"
    law = "127-ФЗ, ст. 12 п. 4"


class QuorumIsThere(MeetingRefused):
    """A meeting with a quorum cannot be declared failed."""

    code = "quorum_is_there"
    law = "127-ФЗ, ст. 12 п. 4"


class MeetingIsOver(MeetingRefused):
    code = "meeting_is_over"


class VotingRuns(MeetingRefused):
    """Not while a voting is open or not yet counted."""

    code = "voting_runs"


class WrongForm(MeetingRefused):
    """This form of meeting has no such act: an absentee meeting has no journal and no recess."""

    code = "wrong_form"


# --- register and attendance ---------------------------------------------------------------------------------------


class UnknownCreditor(MeetingRefused):
    code = "unknown_creditor"


class BadLine(MeetingRefused):
    """The sums of a line contradict each other; `fault` says how."""

    code = "bad_line"


class NotYourCreditor(MeetingRefused):
    code = "not_your_creditor"


class AlreadyRegistered(MeetingRefused):
    code = "already_registered"


class NotPresent(MeetingRefused):
    code = "not_present"


class DocumentOfAuthorityMissing(MeetingRefused):
    """A representative is registered by a power of attorney."""

    code = "power_of_attorney_missing"
    law = "127-ФЗ, ст. 36"


# --- questions ---------------------------------------------------------------------------------------------------


class UnknownQuestion(MeetingRefused):
    code = "unknown_question"


class QuestionDecided(MeetingRefused):
    code = "question_decided"


class QuestionNotReady(MeetingRefused):
    """Withdrawn, barred, being counted, or an earlier question of the packet is not decided yet."""

    code = "question_not_ready"


class PacketParentNotAdopted(MeetingRefused):
    code = "packet_parent_not_adopted"


class AnotherVotingRuns(MeetingRefused):
    code = "another_voting_runs"


# --- votings and ballots -----------------------------------------------------------------------------------------


class UnknownVoting(MeetingRefused):
    code = "unknown_voting"


class VotingNotOpen(MeetingRefused):
    code = "voting_not_open"


class Late(MeetingRefused):
    code = "late"


class ClosedBeforeSaved(MeetingRefused):
    """Received in time, but the closing was saved first: listed as missed."""

    code = "closed_before_saved"


class AlreadyVoted(MeetingRefused):
    """`pos` is where the first ballot stands."""

    code = "already_voted"


class PaperReceived(MeetingRefused):
    code = "paper_received"


class NotInSnapshot(MeetingRefused):
    """Registered after the voting opened."""

    code = "not_in_snapshot"


class NoRight(MeetingRefused):
    """No votes on this question: the claim is secured, repaid, late, or the topic is barred to the creditor."""

    code = "no_right"
    law = "127-ФЗ, ст. 12"


class MayNotVoteSettlement(MeetingRefused):
    code = "may_not_vote_settlement"
    law = "127-ФЗ, ст. 150"


class StaleBallot(MeetingRefused):
    """The ballot names another wording, register, electorate or weight than the voting's; `field` says which."""

    code = "stale_ballot"


class MalformedBallot(MeetingRefused):
    """The bytes are not a canonical ballot."""

    code = "malformed_ballot"


class BadChoice(MeetingRefused):
    code = "bad_choice"


class BadDistribution(MeetingRefused):
    """Negative, empty, for an unknown candidate, or more than weight × seats."""

    code = "bad_distribution"
    law = "127-ФЗ, ст. 18 п. 2"


class DoubledCreditor(MeetingRefused):
    """Two ballots of one creditor in one command."""

    code = "doubled_creditor"


class SignatureNotExpected(MeetingRefused):
    code = "signature_not_expected"


class BallotsRefused(MeetingRefused):
    """One refused ballot refuses all of the command; `ballots` holds a code per creditor."""

    code = "ballots_refused"


class NoBallot(MeetingRefused):
    code = "no_ballot"


# --- paper -------------------------------------------------------------------------------------------------------


class VotingNotClosed(MeetingRefused):
    code = "voting_not_closed"


class NoPaper(MeetingRefused):
    code = "no_paper"


class PaperRead(MeetingRefused):
    code = "paper_read"


class NeedsTwoReadings(MeetingRefused):
    code = "needs_two_readings"


# --- nothing decided, the same command may come again -----------------------------------------------------------


def draining() -> Retry:
    """Too soon to close: some worker may still hold a vote that came in time."""
    return Retry("draining")


def not_countable() -> Retry:
    """The count waits for a reading of paper, or for the parent of a packet."""
    return Retry("not_countable")


def forbidden() -> Forbidden:
    return Forbidden()
