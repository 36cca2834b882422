"""The decision in Russian with its arithmetic and article, for the minutes and the screens.

It names no creditor, so it may be shown after a closed voting too.
"""

from collections.abc import Mapping
from fractions import Fraction

from tally.attendance import Quorum
from tally.money import NO_BREAK_SPACE, percent, rubles
from tally.profile import Threshold
from tally.question import Form
from tally.result import Requirement, SecondReading, TallyResult

NOTHING_COUNTED = {
    "no_quorum": "Голосование не проводится, бюллетени не подсчитываются.",
    "no_electorate": "Решение принять нельзя.",
}


def explain(result: TallyResult, number: str, names: Mapping[str, str] | None = None) -> str:
    """One paragraph. `number` is the question's number on the agenda, `names` the texts of options by id."""
    heading = f"Вопрос {number}."
    if result.quorum is None:
        return f"{heading} Не ставился на голосование: решение по основному вопросу пакета не принято."
    sentences = [heading, explain_quorum(result.quorum, result.form)]
    if result.totals is None:
        sentences.append(NOTHING_COUNTED[result.outcome])
    elif result.requirement is None:
        sentences += _committee(result, result.totals, result.quorum.present_kopecks, names or {})
    elif result.shares:
        sentences += _choice(result, result.totals, result.requirement, names or {})
    else:
        sentences += _for_against(result, result.totals, result.requirement)
    if result.single_creditor:
        sentences.append(f"Решение единственного кредитора ({result.single_creditor_article}).")
    return " ".join(sentences)


def explain_quorum(quorum: Quorum, form: Form = "in_person") -> str:
    """Whether there is a quorum, by what comparison and article."""
    total, present = quorum.total_kopecks, quorum.present_kopecks
    if total == 0:
        return f"Голосов по вопросу нет ни у одного кредитора, кворум невозможен ({quorum.article})."
    verb = "присутствуют" if form == "in_person" else "участвуют"
    return (
        f"Право голоса: {rubles(total)} руб.; {verb} {rubles(present)} руб. ({_part(present, total)}). "
        f"Кворум {'имеется' if quorum.held else 'отсутствует'}: нужно {_share(quorum.threshold)} всех голосов, "
        f"то есть {_bound(quorum.threshold, total)} руб. ({quorum.article})."
    )


def _for_against(result: TallyResult, totals: Mapping[str, int], requirement: Requirement) -> list[str]:
    decision = "Решение принято" if result.adopted else "Решение не принято"
    sentences = [
        f"За {rubles(totals['for'])}, против {rubles(totals['against'])}, {_other_marks(totals)}.",
        _required(requirement, result),
        f"{decision}: за {_comparison(totals['for'], requirement)}{_secured(result)}.",
    ]
    if result.second_reading is not None:
        sentences.append(_second_reading(result.second_reading, totals["for"]))
    return sentences


def _choice(
    result: TallyResult, totals: Mapping[str, int], requirement: Requirement, names: Mapping[str, str]
) -> list[str]:
    votes = "; ".join(
        f"{_named(option, names)} — {rubles(totals[option])} ({_part(totals[option], requirement.kopecks)})"
        for option in result.shares
    )
    decision = "Решение не принято: ни один вариант не набрал нужного числа голосов."
    if result.chosen is not None:
        comparison = _comparison(totals[result.chosen], requirement)
        decision = f"Выбран вариант {_named(result.chosen, names)}: {comparison}."
    return [f"За варианты: {votes}; {_other_marks(totals)}.", _required(requirement, result), decision]


def _committee(
    result: TallyResult, totals: Mapping[str, int], present: int, names: Mapping[str, str]
) -> list[str]:
    ranked = sorted(result.candidates.items(), key=lambda item: -item[1])
    votes = "; ".join(f"{_named(candidate, names)} — {rubles(given)}" for candidate, given in ranked)
    sentences = [
        f"Голоса умножаются на число мест ({result.article}): "
        f"{rubles(present)} × {result.seats} = {rubles(present * result.seats)}.",
        f"Распределено {rubles(totals['cast'])}, не распределено {rubles(totals['unused'])}, "
        f"недействительны {rubles(totals['invalid'])}, не сданы {rubles(totals['not_submitted'])}.",
        f"За кандидатов: {votes}.",
        f"Избраны: {_list(result.elected, names)}." if result.elected else "Не избран никто.",
    ]
    if result.tied:
        sentences.append(f"Поровну голосов за последние места: {_list(result.tied, names)}.")
    if result.unfilled_seats:
        sentences.append(f"Не занято мест: {result.unfilled_seats}, по ним нужно новое голосование.")
    return sentences


def _required(requirement: Requirement, result: TallyResult) -> str:
    present = "присутствующих" if result.form == "in_person" else "участвующих"
    base = "всех голосов по вопросу" if requirement.base == "register" else f"голосов {present}"
    return (
        f"Для принятия требуется {_share(requirement.threshold)} {base} ({result.article}), "
        f"то есть {_bound(requirement.threshold, requirement.kopecks)} руб."
    )


def _comparison(votes: int, requirement: Requirement) -> str:
    threshold, base = requirement.threshold, requirement.kopecks
    met = threshold.is_met(votes, base)
    sign = (">" if met else "≤") if threshold.strict else ("≥" if met else "<")
    return f"{rubles(votes)} {sign} {rubles(_bound_kopecks(threshold, base))} руб. ({_part(votes, base)})"


def _secured(result: TallyResult) -> str:
    if not result.all_secured:
        return ""
    if not result.secured_not_for:
        return "; все залоговые кредиторы проголосовали «за»"
    return (
        f"; залоговых кредиторов, не проголосовавших «за»: {len(result.secured_not_for)}, а нужны голоса всех"
    )


def _second_reading(second: SecondReading, votes_for: int) -> str:
    adopted = "было бы принято" if second.adopted else "не было бы принято"
    return (
        f"Справочно, при ином толковании закона ({second.article}): решение {adopted}, "
        f"за {_comparison(votes_for, second.requirement)}."
    )


def _other_marks(totals: Mapping[str, int]) -> str:
    return (
        f"воздержались {rubles(totals['abstain'])}, недействительны {rubles(totals['invalid'])}, "
        f"не сданы {rubles(totals['not_submitted'])} руб"
    )


def _named(code: str, names: Mapping[str, str]) -> str:
    return f"«{names.get(code, code)}»"


def _list(codes: tuple[str, ...], names: Mapping[str, str]) -> str:
    return ", ".join(_named(code, names) for code in codes)


def _part(votes: int, base: int) -> str:
    """The exact fraction and the percent cut to two digits: "5/8, 62,50 %"."""
    share = Fraction(votes, base)
    return f"{share.numerator}/{share.denominator}, {percent(votes, base)}{NO_BREAK_SPACE}%"


def _share(threshold: Threshold) -> str:
    """ "более половины", "более 30 %", "не менее 3/4"."""
    share = threshold.share
    words = {Fraction(1, 2): "половины", Fraction(3, 10): f"30{NO_BREAK_SPACE}%"}
    fraction = words.get(share, f"{share.numerator}/{share.denominator}")
    return f"{'более' if threshold.strict else 'не менее'} {fraction}"


def _bound(threshold: Threshold, base: int) -> str:
    return f"{'более' if threshold.strict else 'не менее'} {rubles(_bound_kopecks(threshold, base))}"


def _bound_kopecks(threshold: Threshold, base: int) -> int:
    """The bound in whole kopecks, the same comparison exactly: F > x when F > ⌊x⌋, F ≥ x when F ≥ ⌈x⌉."""
    product = threshold.numerator * base
    if threshold.strict:
        return product // threshold.denominator
    return -(-product // threshold.denominator)
