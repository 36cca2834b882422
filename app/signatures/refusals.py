"""What signatures refuse beside the kernel's refusals."""

from app.kernel.errors import Refused


class HandoffAnswered(Refused):
    """The signatures of this box were given already."""

    code = "handoff_answered"


class BadRequestForCertificate(Refused):
    """No certification request of a P-256 key whose sender has proved that he holds it."""

    code = "bad_certificate_request"
    status = 422
    final = False


class TooManyCertificates(Refused):
    """The demonstration authority has issued enough to this person for now."""

    code = "too_many_certificates"
    status = 429
    final = False


class CarrierOtherPerson(Refused):
    """Another person signs with this key carrier; an officer may let it go."""

    code = "carrier_other_person"


class LocalKey(Refused):
    """The key is in no carrier, and here it must be in one."""

    code = "local_key"


class ReasonMissing(Refused):
    """A carrier is let go with a reason only."""

    code = "reason_missing"
    status = 422
    final = False


class ChallengeUnknown(Refused):
    """What was signed is no challenge of this server for this person and purpose."""

    code = "challenge_unknown"
    status = 422
    final = False


class ChallengeSpent(Refused):
    """The challenge was answered well before; a proof is taken once."""

    code = "challenge_spent"


class TooManyProofs(Refused):
    """A person asks for so many proofs in ten minutes; `retry_after_s` says when the next may come."""

    code = "too_many_proofs"
    status = 429
    final = False


class ChallengeOver(Refused):
    """The ten minutes of the challenge are over: ask for another one."""

    code = "challenge_over"
    status = 409
    final = False


class CodeTooOften(Refused):
    """A code for these ballots was sent a moment ago, or the person has had too many within an hour; `again_at_ms` says when."""

    code = "code_too_often"
    status = 429
    final = False


class CodeNotSent(Refused):
    """The message with the code did not go: no way to telephones is set up, or it failed."""

    code = "code_not_sent"
    status = 503
    final = False
