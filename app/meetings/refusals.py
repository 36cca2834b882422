"""Why a meeting says no: facts with stable codes and, where a law said it, the article; texts are in `texts/refusals.py`."""

from app.kernel.errors import Refused, Retry


class MeetingRefused(Refused):
    """The base: `law` is the article that said no; keyword arguments become the details of the answer."""

    law: str | None = None

    def __init__(self, **details: object) -> None:
        super().__init__(article=type(self).law, details=details)


# --- the meeting -------------------------------------------------------------------------------------------------


class NotConvened(MeetingRefused):
    """The journal opens and the meeting is opened only after convening, and not twice."""

    code = "not_convened"


class NotRunning(MeetingRefused):
    """The meeting is not open now: not yet, or in recess."""

    code = "not_running"


class AlreadyConvened(MeetingRefused):
    """Card, agenda and register are fixed."""

    code = "already_convened"


class NotReady(MeetingRefused):
    """No agenda or no register yet."""

    code = "not_ready"


class BasisMissing(MeetingRefused):
    """Ballots may be signed by codes only where it is recorded on what ground."""

    code = "basis_missing"
    law = "63-ФЗ, ст. 9"
    status = 422


class PolicyNotOffered(MeetingRefused):
    """This server founds no meetings whose ballots are signed so; `offered` lists what it does."""

    code = "policy_not_offered"
    status = 422


class MinutesNotReady(MeetingRefused):
    """Participants and observers read minutes when the meeting is over."""

    code = "minutes_not_ready"
    status = 404


class MinutesAwaitLists(MeetingRefused):
    """Lists of revoked certificates are missing for `ballots`; at `until_ms` the minutes are written without them."""

    code = "minutes_await_lists"


class MinutesChanged(MeetingRefused):
    """The file with a stamp would say something else than the stored one: a text was destroyed, or the log went on."""

    code = "minutes_changed"


class ArchiveNotReady(MeetingRefused):
    """An archive is made when the meeting is over: before, it would tell how somebody votes."""

    code = "archive_not_ready"
    status = 404


class BadAgenda(MeetingRefused):
    """Two questions with one id, or an article that is not just a reference to a law."""

    code = "bad_agenda"


class TooEarly(MeetingRefused):
    """The hour has not come; `starts_at_ms` says when it does."""

    code = "too_early"


class DeadlinePassed(MeetingRefused):
    """The deadline for ballots lies behind."""

    code = "deadline_passed"


class TimeNotAhead(MeetingRefused):
    """A new hour must lie in the future."""

    code = "time_not_ahead"


class NoQuorum(MeetingRefused):
    """Not more than half (repeated: 30 %) of the votes are present; the sums are in the details."""

    code = "no_quorum"
    law = "127-ФЗ, ст. 12 п. 4"


class QuorumIsThere(MeetingRefused):
    """A meeting with a quorum cannot be declared failed."""

    code = "quorum_is_there"
    law = "127-ФЗ, ст. 12 п. 4"


class MeetingIsOver(MeetingRefused):
    """Ended, failed or cancelled: nothing can be done any more."""

    code = "meeting_is_over"


class VotingRuns(MeetingRefused):
    """Not while a voting is open or not yet counted."""

    code = "voting_runs"


class WrongForm(MeetingRefused):
    """This form of meeting has no such act: an absentee meeting has no journal and no recess."""

    code = "wrong_form"


# --- register and attendance ---------------------------------------------------------------------------------------


class UnknownCreditor(MeetingRefused):
    """No such creditor in the register."""

    code = "unknown_creditor"


class BadLine(MeetingRefused):
    """The sums of a line contradict each other; `fault` says how."""

    code = "bad_line"


class NotYourCreditor(MeetingRefused):
    """The access link does not name this creditor."""

    code = "not_your_creditor"


class AlreadyRegistered(MeetingRefused):
    """A creditor stands in the journal once."""

    code = "already_registered"


class NotPresent(MeetingRefused):
    """Who is not in the journal cannot leave."""

    code = "not_present"


class DocumentOfAuthorityMissing(MeetingRefused):
    """A representative is registered by a power of attorney."""

    code = "power_of_attorney_missing"
    law = "127-ФЗ, ст. 36"


# --- questions ---------------------------------------------------------------------------------------------------


class UnknownQuestion(MeetingRefused):
    """No such question on the agenda."""

    code = "unknown_question"


class QuestionDecided(MeetingRefused):
    """A decision was counted, and no vote was missed."""

    code = "question_decided"


class QuestionNotReady(MeetingRefused):
    """Withdrawn, barred, being counted, or an earlier question of the packet is not decided yet."""

    code = "question_not_ready"


class PacketParentNotAdopted(MeetingRefused):
    """A nested question comes only after an adopted parent."""

    code = "packet_parent_not_adopted"


class AnotherVotingRuns(MeetingRefused):
    """In person one voting is open at a time."""

    code = "another_voting_runs"


# --- votings and ballots -----------------------------------------------------------------------------------------


class TooLong(MeetingRefused):
    """All prolongations together would move the deadline too far; `latest_ms` is the bound."""

    code = "too_long"


class TooShort(MeetingRefused):
    """Where ballots are signed a countdown has at least `shortest_s` seconds."""

    code = "too_short"


class UnknownVoting(MeetingRefused):
    """No such voting."""

    code = "unknown_voting"


class VotingNotOpen(MeetingRefused):
    """Stopped, closed, counted or cancelled; `state` says which."""

    code = "voting_not_open"


class Late(MeetingRefused):
    """Received after the deadline and its tolerance."""

    code = "late"


class ClosedBeforeSaved(MeetingRefused):
    """Received in time, but the closing was saved first: listed as missed."""

    code = "closed_before_saved"


class AlreadyVoted(MeetingRefused):
    """`receipt` is the first vote's, `pos` where it stands."""

    code = "already_voted"


class PaperReceived(MeetingRefused):
    """The creditor's place is taken by a paper ballot."""

    code = "paper_received"


class NotInSnapshot(MeetingRefused):
    """Registered after the voting opened."""

    code = "not_in_snapshot"


class NoRight(MeetingRefused):
    """No votes on this question: the claim is secured, repaid, late, or the topic is barred to the creditor."""

    code = "no_right"
    law = "127-ФЗ, ст. 12"


class MayNotVoteSettlement(MeetingRefused):
    """The power of attorney does not name a settlement."""

    code = "may_not_vote_settlement"
    law = "127-ФЗ, ст. 150"


class RepresentedByAnother(MeetingRefused):
    """The journal says that a representative registered at the desk votes for this creditor."""

    code = "represented_by_another"
    law = "127-ФЗ, ст. 36"


class StaleBallot(MeetingRefused):
    """The ballot names another wording, register, electorate or weight than the voting's; `field` says which."""

    code = "stale_ballot"


class MalformedBallot(MeetingRefused):
    """The bytes are not a canonical ballot."""

    code = "malformed_ballot"


class BadChoice(MeetingRefused):
    """Unknown, empty or doubled marks."""

    code = "bad_choice"


class BadDistribution(MeetingRefused):
    """Negative, empty, for an unknown candidate, or more than weight × seats."""

    code = "bad_distribution"
    law = "127-ФЗ, ст. 18 п. 2"


class DoubledCreditor(MeetingRefused):
    """Two ballots of one creditor in one command."""

    code = "doubled_creditor"


class SignatureNotExpected(MeetingRefused):
    """The signature policy of the meeting is off."""

    code = "signature_not_expected"


class SignatureMissing(MeetingRefused):
    """The meeting's `policy` wants every ballot signed."""

    code = "signature_missing"


class BadSignature(MeetingRefused):
    """`verdict` says what is wrong: a code of the verifier, or how the owner of the certificate differs."""

    code = "bad_signature"


class WrongCode(MeetingRefused):
    """The code is not the one that was sent last for exactly these ballots; `left` attempts are left."""

    code = "wrong_code"


class CodeExpired(MeetingRefused):
    """The code came later than five minutes after it was sent."""

    code = "code_expired"


class CodeSpent(MeetingRefused):
    """Too many wrong attempts: this code is no good any more, a new one is needed."""

    code = "code_spent"


class CodeUnknown(MeetingRefused):
    """No code was sent for exactly these ballots of this person, or it has served already."""

    code = "code_unknown"


class NoPhone(MeetingRefused):
    """The record of the meeting has no mobile telephone of this person."""

    code = "no_phone"


class BadPhone(MeetingRefused):
    """No number of a mobile telephone: a code cannot be sent there."""

    code = "bad_phone"
    status = 422


class PhoneHasSigned(MeetingRefused):
    """A ballot of a running voting was signed by a code to this telephone."""

    code = "phone_has_signed"


class BallotsRefused(MeetingRefused):
    """One refused ballot refuses all of the command; `ballots` holds a code per creditor."""

    code = "ballots_refused"


class NoBallot(MeetingRefused):
    """The creditor has no live ballot here."""

    code = "no_ballot"


class NothingToReview(MeetingRefused):
    """No certificate of this person waits for a decision, it was the same already, or a voting was counted by it."""

    code = "nothing_to_review"


class NotDamaged(MeetingRefused):
    """No count has found this ballot unreadable, or it was set aside already."""

    code = "not_damaged"


class NothingAwaited(MeetingRefused):
    """The minutes wait for no list of revoked certificates, or are written without them already."""

    code = "nothing_awaited"


# --- paper -------------------------------------------------------------------------------------------------------


class VotingNotClosed(MeetingRefused):
    """Paper is read between the closing and the count."""

    code = "voting_not_closed"


class NoPaper(MeetingRefused):
    """No paper of this creditor was received."""

    code = "no_paper"


class PaperRead(MeetingRefused):
    """Two equal readings are recorded, or the paper is spoiled."""

    code = "paper_read"


class NeedsTwoReadings(MeetingRefused):
    """The second reading before the first, or a first one twice; `next` says which is due."""

    code = "needs_two_readings"


# --- nothing decided, the same command may come again -----------------------------------------------------------


class NotExamined(Retry):
    """Another worker was ahead, or the verifier failed: the signature has to be verified before this is decided."""

    code = "not_examined"


class TooManyTrials(MeetingRefused):
    """A person signs so many test ballots in ten minutes; `retry_after_s` says when the next may come."""

    code = "too_many_trials"
    status = 429
    final = False


class TooManyEntries(MeetingRefused):
    """A person comes and goes so many times in ten minutes; `retry_after_s` says when the next may come."""

    code = "too_many_entries"
    status = 429
    final = False


class NotCountable(Retry):
    """The count waits for a reading of paper, a decision on a certificate's owner, or the parent of a packet."""

    code = "not_countable"
