"""The default legal profile: 127-ФЗ as this version of the count reads it. Data only; a change is a new version.

A long flat table on purpose: whoever checks the readings against the law reads this file from top to bottom.
"""

from typing import Final

from tally.profile import (
    LegalProfile,
    Procedure,
    QuorumRule,
    Reading,
    Rule,
    Threshold,
    Title,
    Topic,
)

HALF: Final = Threshold(1, 2)
THIRTY_PERCENT: Final = Threshold(3, 10)

QUORUM_FIRST: Final = QuorumRule(
    "more_than_half", "более половины всех голосов", HALF, "127-ФЗ, ст. 12 п. 4", "C"
)
QUORUM_REPEAT: Final = QuorumRule(
    "repeated_more_than_30_percent",
    "повторное собрание: более 30 % всех голосов",
    THIRTY_PERCENT,
    "127-ФЗ, ст. 12 п. 4",
    "M9",
)

RULES: Final = (
    Rule(
        "simple_present",
        "большинство голосов присутствующих",
        "for_against",
        "127-ФЗ, ст. 15 п. 1",
        "C",
        HALF,
        "present",
    ),
    Rule(
        "majority_register",
        "большинство от всех голосов реестра",
        "for_against",
        "127-ФЗ, ст. 15 п. 2",
        "C",
        HALF,
        "register",
    ),
    Rule(
        "majority_register_repeat",
        "повторное собрание: более 30 % всех голосов реестра",
        "for_against",
        "127-ФЗ, ст. 15 п. 3",
        "M7",
        THIRTY_PERCENT,
        "register",
        repeated_only=True,
    ),
    Rule(
        "settlement",
        "большинство от всех голосов реестра и все залоговые кредиторы",
        "for_against",
        "127-ФЗ, ст. 150 п. 2",
        "C",
        HALF,
        "register",
        all_secured=True,
    ),
    Rule(
        "choice_register",
        "вариант, набравший большинство от всех голосов реестра",
        "choice",
        "127-ФЗ, ст. 15 п. 2",
        "M7",
        HALF,
        "register",
    ),
    Rule(
        "choice_present",
        "вариант, набравший большинство голосов присутствующих",
        "choice",
        "127-ФЗ, ст. 15 п. 1",
        "C",
        HALF,
        "present",
    ),
    Rule("cumulative", "кумулятивное голосование", "cumulative", "127-ФЗ, ст. 18 п. 2", "C"),
    Rule("threshold", "порог, заданный в вопросе", "for_against", "порог задан в вопросе", "M5"),
)

TOPICS: Final = (
    Topic(
        "intro_procedure",
        "о введении или изменении срока финансового оздоровления, внешнего управления",
        "majority_register",
        "M9",
    ),
    Topic("external_plan", "об утверждении плана внешнего управления", "majority_register", "M9"),
    Topic(
        "recovery_plan",
        "об утверждении плана финансового оздоровления и графика погашения задолженности",
        "majority_register",
        "M9",
    ),
    Topic(
        "petition_bankruptcy",
        "о ходатайстве о признании должника банкротом и открытии конкурсного производства",
        "majority_register",
        "M9",
    ),
    Topic(
        "committee_form",
        "об образовании комитета кредиторов, его численности и полномочиях",
        "majority_register",
        "M9",
    ),
    Topic("committee", "об избрании членов комитета кредиторов", "cumulative", "C"),
    Topic(
        "settlement",
        "о заключении мирового соглашения",
        "settlement",
        "C",
        secured_votes="everywhere",
        may_use_15_3=False,
    ),
    Topic(
        "manager_choice",
        "о выборе арбитражного управляющего или саморегулируемой организации",
        "majority_register",
        "M7",
        secured_votes="listed",
    ),
    Topic(
        "manager_removal",
        "о ходатайстве об отстранении арбитражного управляющего",
        "majority_register",
        "M7",
        secured_votes="listed",
    ),
    Topic(
        "switch_to_external_management",
        "о прекращении конкурсного производства и переходе к внешнему управлению",
        "majority_register",
        "M7",
        secured_votes="listed",
    ),
    Topic(
        "agenda_addition",
        "о включении дополнительного вопроса в повестку дня",
        "majority_register",
        "M7",
        second_reading="simple_present",
    ),
    Topic(
        "restructuring_plan",
        "об одобрении плана реструктуризации долгов гражданина",
        "majority_register",
        "C",
        secured_votes="listed",
        may_use_15_3=False,
    ),
    Topic(
        "asset_substitution",
        "о замещении активов должника",
        "simple_present",
        "M5",
        secured_votes="everywhere",
        all_secured=True,
    ),
    Topic("general", "прочие вопросы", "simple_present", "C"),
    Topic(
        "transfer_unfinished_object",
        "о передаче объекта незавершённого строительства участникам строительства",
        "threshold",
        "M5",
    ),
)

PROCEDURES: Final = (
    Procedure("observation", "наблюдение", "always", "C"),
    Procedure("financial_recovery", "финансовое оздоровление", "if_waived", "C"),
    Procedure("external_management", "внешнее управление", "if_waived", "C"),
    Procedure("liquidation", "конкурсное производство", "listed_topics", "M9"),
    Procedure(
        "citizen_restructuring", "реструктуризация долгов гражданина", "always", "M5", also=("restructuring",)
    ),
    Procedure(
        "citizen_realisation", "реализация имущества гражданина", "listed_topics", "M5", also=("realisation",)
    ),
)

READINGS: Final = (
    Reading("votes_are_proportional", "Число голосов — по размеру требования", "127-ФЗ, ст. 12 п. 3", "M9"),
    Reading(
        "penalties_do_not_vote", "Неустойки, штрафы, пени не дают голосов", "127-ФЗ, ст. 12 п. 3", "M9"
    ),
    Reading("only_third_priority_votes", "Голосует только третья очередь", "127-ФЗ, ст. 12 п. 1", "M9"),
    Reading(
        "late_claims_vote_alone",
        "Требования за реестром голосуют, только если опоздали все кредиторы",
        "127-ФЗ, ст. 142 п. 4",
        "C",
    ),
    Reading("balance_votes", "Голосует непогашенный остаток на дату собрания", "127-ФЗ, ст. 12 п. 1", "M9"),
    Reading(
        "silent_secured_part",
        "Залоговая часть без права голоса не входит ни в реестр вопроса, ни в кворум",
        "127-ФЗ, ст. 12 п. 1",
        "M7",
    ),
    Reading(
        "restricted_topics",
        "Кредитор, отстранённый от голосования по теме, не входит в подсчёт по ней",
        "127-ФЗ, ст. 12 п. 1",
        "M7",
    ),
    Reading("secured_of_electorate", "Согласие нужно от залоговых с правом голоса", "127-ФЗ, ст. 150 п. 2", "D"),
    Reading("settlement_power", "Доверенность прямо называет мировое соглашение", "127-ФЗ, ст. 150 п. 2", "C"),
    Reading("invalid_stays_present", "Недействительный бюллетень остаётся в знаменателе", "127-ФЗ, ст. 15 п. 1", "C"),
    Reading("tie_for_last_seats", "Ничья за последние места: новое голосование", "127-ФЗ, ст. 18 п. 2", "D"),
    Reading("late_ballot", "Бюллетень после срока не учитывается", "ГК РФ, ст. 181.2", "D"),
    Reading("absentee_participation", "Заочно участвует тот, чей подписанный бюллетень пришёл в срок", "ГК РФ, ст. 181.2", "D"),
    Reading("absentee_quorum", "Кворум заочной формы — по закону о банкротстве", "127-ФЗ, ст. 12 п. 4", "D"),
    Reading("quorum_per_question", "Право голоса и кворум — отдельно по каждому вопросу", "ГК РФ, ст. 181.2 п. 2", "D"),
    Reading("packet", "Вложенный вопрос ставится только после принятого основного", "ГК РФ, ст. 181.2 п. 2", "D"),
    Reading("no_15_3_for_settlement_and_plan", "Пункт 3 ст. 15 не относится к ст. 150 и 213.16", "127-ФЗ, ст. 15 п. 3", "D"),
)  # fmt: skip

OUTCOMES: Final = (
    Title("adopted", "решение принято"),
    Title("not_adopted", "решение не принято"),
    Title("chosen", "вариант выбран"),
    Title("elected", "комитет избран"),
    Title("tie_for_last_seats", "ничья за последние места"),
    Title("seats_unfilled", "заняты не все места"),
    Title("no_quorum", "нет кворума"),
    Title("no_electorate", "нет ни одного голоса по вопросу"),
    Title("not_put_to_vote", "вопрос не ставился на голосование"),
)

GROUNDS: Final = (
    Title("unsigned", "бюллетень не подписан"),
    Title("corrected", "в бюллетене есть исправления"),
    Title("signer_not_registered", "подписал не тот, кто зарегистрирован за этого кредитора"),
    Title("no_settlement_power", "в доверенности нет права голосовать по мировому соглашению"),
    Title("no_mark", "нет ни одной отметки"),
    Title("several_marks", "отметок больше одной"),
    Title("unknown_mark", "отмечено то, чего нет в бюллетене"),
    Title("unknown_candidate", "голоса отданы тому, кого нет в списке"),
    Title("negative_votes", "указано отрицательное число голосов"),
    Title("over_pool", "распределено больше голосов, чем есть"),
)

PROFILE: Final = LegalProfile(
    version="127-fz.1",
    quorum_first=QUORUM_FIRST,
    quorum_repeat=QUORUM_REPEAT,
    rules=RULES,
    topics=TOPICS,
    procedures=PROCEDURES,
    readings=READINGS,
    outcomes=OUTCOMES,
    grounds=GROUNDS,
    single_creditor_article="127-ФЗ, ст. 12 п. 1",
)
