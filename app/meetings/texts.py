"""What people read about a meeting, in Russian: states, outcomes, next steps, refusals by code."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.kernel.clock import Micros
from tally import PROFILE
from tally.money import rubles

GONE = "данные удалены"
"""Shown where a personal text was destroyed."""

STATUSES = {
    "draft": "Готовится",
    "convened": "Созвано",
    "running": "Идёт",
    "recess": "Перерыв",
    "ended": "Завершено",
    "failed": "Не состоялось",
    "cancelled": "Отменено",
    "postponed": "Отложено",
}
FORMS = {"in_person": "очная", "absentee": "заочная", "mixed": "очно-заочная"}
QUESTION_STATES = {
    "waiting": "Не голосовался",
    "waiting_parent": "Ждёт решения по основному вопросу",
    "voting": "Идёт голосование",
    "closing": "Голосование завершается",
    "counting": "Подсчёт",
    "decided": "Решён",
    "no_quorum": "Нет кворума",
    "withdrawn": "Снят с голосования",
    "barred": "Голосование запрещено судом",
    "not_put_to_vote": "Не ставился на голосование",
}
VOTING_STATES = {
    "open": "открыто",
    "stopped": "остановлено организатором",
    "closed": "закрыто, идёт подсчёт",
    "counted": "подсчитано",
    "cancelled": "отменено",
}
CHANNELS = {"electronic": "электронный", "paper": "бумажный", "none": "не голосовал"}
SECRECY = {"open": "открытое", "closed": "закрытое до подсчёта"}
_EXACT_SUMS = "Суммы публикуются с точностью до копейки, а реестр требований участникам известен. "
LEAK = {
    "all": _EXACT_SUMS + "Если начать сейчас, одна сумма «за» в среднем выдаст выбор {percent} % кредиторов "
    "(голосуют {creditors}, рассмотрены все исходы).",
    "sample": _EXACT_SUMS
    + "Если начать сейчас, одна сумма «за» в среднем выдаст выбор {percent} % кредиторов "
    "(голосуют {creditors}, рассмотрено случайных исходов: {outcomes}).",
    "bound": _EXACT_SUMS + "Голосуют {creditors}: для точного расчёта это много. Любой итог выдаст выбор "
    "не менее {percent} % кредиторов, самых крупных; выбор остальных при некоторых итогах тоже.",
    "none": _EXACT_SUMS + "Сколько голосов они выдадут, для кумулятивного голосования не рассчитывается.",
}
"""The warning before a closed voting; the console adds that it is not a secret one."""
YES_NO = {"for": "За", "against": "Против", "abstain": "Воздержался"}
MARKS = {
    **YES_NO,
    "invalid": "Недействителен",
    "not_submitted": "Не сдан",
    "cast": "Отдано кандидатам",
    "unused": "Не использовано",
}
ROLES = {
    "organizer": "Организатор",
    "registrar": "Ведёт регистрацию",
    "participant": "Участник",
    "observer": "Наблюдатель",
    "screen": "Экран",
}

MAY_OPEN = "Кворум есть: собрание можно начать в назначенное время."
MAY_NOT_OPEN = "Кворума нет ни по одному вопросу."
ABSENTEE_MAY_OPEN = "Голосование по всем вопросам откроется в назначенное время."

NEXT_STEPS = {
    "convene": "Созовите собрание: реестр и повестка будут закреплены.",
    "wait_opening": "Ждите назначенного времени и регистрации участников.",
    "wait_quorum": "Кворума пока нет. Дождитесь участников или признайте собрание несостоявшимся.",
    "open_meeting": "Кворум есть. Начните собрание, когда наступит его время.",
    "open_absentee": "Откройте голосование по всем вопросам, когда наступит время.",
    "resume": "Перерыв. Продолжите собрание в объявленное время.",
    "wait_voting": "Идёт голосование по вопросу {number}. Дождитесь его окончания.",
    "wait_closing": "Голосование по вопросу {number} завершается.",
    "read_paper": "Внесите два чтения бумажных бюллетеней по вопросу {number}.",
    "wait_count": "Идёт подсчёт по вопросу {number}.",
    "repeat_voting": "Часть голосов по вопросу {number} не успела сохраниться. Проведите голосование повторно.",
    "repeat_or_go_on": "Часть голосов по вопросу {number} не успела сохраниться. Проведите голосование повторно или продолжите пакет: поставьте на голосование вопрос {nested}.",
    "start_voting": "Поставьте на голосование вопрос {number}.",
    "question_no_quorum": "По вопросу {number} нет кворума. Дождитесь участников или завершите собрание.",
    "end_meeting": "Все вопросы рассмотрены. Завершите собрание.",
    "over": "Собрание завершено. Откройте протокол.",
    "failed": "Собрание не состоялось. Откройте протокол.",
    "cancelled": "Собрание отменено.",
}

REFUSALS = {
    "forbidden": "Это действие вам недоступно.",
    "not_convened": "Собрание ещё не созвано или уже начато.",
    "not_running": "Собрание сейчас не идёт.",
    "already_convened": "Собрание уже созвано.",
    "not_ready": "Нет реестра или повестки.",
    "minutes_not_ready": "Протокол откроется, когда собрание закончится.",
    "archive_not_ready": "Архив собрания можно скачать, когда собрание закончится.",
    "bad_agenda": "В повестке два вопроса с одним номером, или вместо статьи закона указано что-то ещё.",
    "too_early": "Назначенное время ещё не наступило.",
    "deadline_passed": "Срок приёма бюллетеней уже прошёл.",
    "time_not_ahead": "Укажите время в будущем.",
    "no_quorum": "Кворума нет.",
    "quorum_is_there": "Кворум есть: собрание нельзя признать несостоявшимся.",
    "meeting_is_over": "Собрание завершено.",
    "voting_runs": "Сначала завершите голосование и дождитесь подсчёта.",
    "wrong_form": "Для этой формы собрания действие не предусмотрено.",
    "unknown_creditor": "Такого кредитора в реестре нет.",
    "bad_line": "Суммы в строке реестра противоречат друг другу.",
    "not_your_creditor": "Вы не представляете этого кредитора.",
    "already_registered": "Кредитор уже зарегистрирован.",
    "not_present": "Кредитор не зарегистрирован.",
    "power_of_attorney_missing": "Укажите доверенность представителя.",
    "unknown_question": "Такого вопроса в повестке нет.",
    "question_decided": "По вопросу уже принято решение.",
    "question_not_ready": "Вопрос пока нельзя поставить на голосование.",
    "packet_parent_not_adopted": "Решение по основному вопросу пакета не принято.",
    "another_voting_runs": "Идёт голосование по другому вопросу.",
    "unknown_voting": "Такого голосования нет.",
    "voting_not_open": "Голосование не идёт.",
    "late": "Время голосования истекло.",
    "closed_before_saved": "Голос получен вовремя, но не успел сохраниться. Он отмечен в протоколе как непринятый.",
    "already_voted": "За этого кредитора уже проголосовали.",
    "paper_received": "От этого кредитора принят бумажный бюллетень.",
    "not_in_snapshot": "Регистрация прошла после начала этого голосования. Вы сможете голосовать по следующему вопросу.",
    "no_right": "По этому вопросу у кредитора нет права голоса.",
    "may_not_vote_settlement": "В доверенности нет полномочия голосовать по мировому соглашению.",
    "represented_by_another": "За кредитора голосует представитель, зарегистрированный за столом регистрации.",
    "too_short": "Бюллетени подписываются, поэтому голосование не может быть таким коротким.",
    "too_long": "Так надолго продлить голосование нельзя.",
    "stale_ballot": "Бюллетень составлен по другим данным голосования. Обновите страницу.",
    "malformed_ballot": "Бюллетень повреждён.",
    "bad_choice": "Такого варианта в бюллетене нет.",
    "bad_distribution": "Голоса распределены неверно.",
    "doubled_creditor": "Два бюллетеня одного кредитора.",
    "signature_not_expected": "На этом собрании бюллетени не подписываются.",
    "signature_missing": "На этом собрании бюллетень действителен только с подписью. Подпишите его и отправьте снова.",
    "bad_signature": "Подпись под бюллетенем не принята.",
    "ballots_refused": "Часть бюллетеней не принята, поэтому не принят ни один.",
    "no_ballot": "Бюллетеня этого кредитора нет.",
    "voting_not_closed": "Бумажные бюллетени вносят после закрытия голосования и до подсчёта.",
    "no_paper": "Бумажного бюллетеня этого кредитора нет.",
    "paper_read": "Этот бюллетень уже прочитан дважды.",
    "needs_two_readings": "Бюллетень читают дважды, по порядку.",
    "draining": "Голосование закрывается.",
    "not_examined": "Подпись ещё проверяется.",
    "not_countable": "Подсчёт ждёт бумажных бюллетеней или решения по основному вопросу.",
}

BARRED = "{court}, дело {case_no}, акт от {act_date}"


def refusal_text(code: str) -> str:
    """A sentence for a refusal of this slice; KeyError for an unknown code."""
    return REFUSALS[code]


def topic_text(topic: str) -> str:
    """How the law calls the topic; a topic that the profile does not name keeps its code."""
    return next((entry.title for entry in PROFILE.topics if entry.code == topic), topic)


def rule_text(rule: str) -> str:
    return PROFILE.rule(rule).title


def outcome_text(outcome: str) -> str:
    return PROFILE.outcome_title(outcome)


def ground_text(ground: str) -> str:
    return PROFILE.ground_title(ground)


def with_names(sentence: str, names: Mapping[str, str]) -> str:
    """A recorded explanation quotes options by id; people read their texts."""
    for id, text in names.items():
        sentence = sentence.replace(f"«{id}»", f"«{text}»")
    return sentence


def moment(at: Micros | None, timezone: str, *, seconds: bool = False) -> str:
    """«21.11.2026 14:05» in the meeting's own time."""
    if at is None:
        return "—"
    local = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(ZoneInfo(timezone))
    return local.strftime("%d.%m.%Y %H:%M:%S" if seconds else "%d.%m.%Y %H:%M")


def money(kopecks: int) -> str:
    return rubles(kopecks)


def procedure_text(procedure: str) -> str:
    return PROFILE.procedure(procedure).title


POLICIES = {
    "qualified": "усиленная квалифицированная электронная подпись каждого бюллетеня",
    "simple": "простая электронная подпись: код из SMS, связанный с бюллетенем",
    "off": "бюллетени не подписывались",
}
REVOCATIONS = {
    "checked": "подпись верна, отозванность проверена",
    "deferred": "подпись верна, проверка отозванности отложена",
    "off": "подпись верна",
    "revoked": "сертификат был отозван до голосования",
}
SIGNED = {
    "rsa": "RSA",
    "ecdsa": "ECDSA",
    "gost2012_256": "ГОСТ Р 34.10-2012 (256)",
    "gost2012_512": "ГОСТ Р 34.10-2012 (512)",
    "none": "—",
}

MINUTES = {
    "title": "Протокол собрания кредиторов",
    "title_failed": "Протокол о несостоявшемся собрании кредиторов",
    "title_draft": "Проект протокола собрания кредиторов",
    "status": "Состояние",
    "debtor": "Должник",
    "case": "Дело, суд",
    "procedure": "Процедура",
    "form": "Форма",
    "first_call": "первичное",
    "repeated": "повторно созванное",
    "place": "Место",
    "called_for": "Назначено на",
    "opened": "Открыто",
    "ended": "Окончено",
    "organizer": "Организатор, телефон",
    "reason": "Основание",
    "attendance": "Журнал регистрации",
    "nobody": "Никто не зарегистрирован.",
    "creditor": "Кредитор",
    "representative": "Представитель",
    "documents": "Документы",
    "votes": "Голоса, руб.",
    "act": "Запись",
    "registered": "зарегистрирован",
    "came_back": "вернулся, зарегистрирован",
    "left": "выбыл, отмечено",
    "postponed": "Собрание отложено, журнал начат заново",
    "by_desk": "за столом регистрации",
    "by_self": "по своей ссылке",
    "rolls": "Зарегистрированные участники",
    "registered_count": "Кредиторов",
    "register_share": "Доля голосов реестра",
    "quorum_held": "есть",
    "quorum_not_held": "нет",
    "quorum_later": "определяется при подсчёте",
    "creditor_himself": "кредитор",
    "representative_of": "представитель {}",
    "quorum": "Кворум",
    "quorum_by_question": "Кворум определён по каждому вопросу отдельно и указан вместе с его решением.",
    "no_quorum_at_all": "Кворума не было ни по одному вопросу, собрание не состоялось (127-ФЗ, ст. 12 п. 4).",
    "present_of": "присутствуют {} руб. из {} руб., кворума нет",
    "order": "Порядок голосования",
    "questions": "Вопросы повестки",
    "question": "Вопрос",
    "topic": "О чём вопрос",
    "rule": "Правило решения",
    "secrecy": "Голосование",
    "options": "Варианты",
    "state": "Состояние вопроса",
    "voting": "Голосование № {}: {}",
    "deadline": "Срок",
    "admit_until": "Голоса принимались до",
    "tolerance_s": "допуск {} с",
    "prolonged": "Продлено раз",
    "register": "Реестр (SHA-256)",
    "version": "версия",
    "electorate": "Состав голосующих (SHA-256)",
    "undrained": "Серверов без ответа / потеряно",
    "mark": "Голос",
    "sum": "Сумма, руб.",
    "percent": "Доля",
    "creditors": "Кредиторов",
    "share": "За, точная дробь",
    "threshold": "порог {}/{}",
    "decision": "Решение",
    "ballots": "Бюллетени",
    "channel": "Бюллетень",
    "received": "Получен",
    "annulled": "Аннулированные бюллетени",
    "at": "Время",
    "missed": "Получены вовремя, но не сохранены до закрытия (не учтены)",
    "spoiled": "При закрытии часть голосов могла не сохраниться; организатор вправе провести голосование повторно.",
    "recesses": "Перерывы",
    "called_at": "Объявлен",
    "until": "До",
    "resumed_at": "Продолжено",
    "corrections": "Исправления реестра",
    "losses": "Потеря части журнала",
    "what": "Что обнаружено",
    "history_restored": "База данных оказалась более ранней копией: сохранены записи по {kept}, потеряно записей: {lost}.",
    "lost_unknown": "не установлено",
    "receipt_without_record": "Предъявлена подлинная квитанция сервера, записи которой в журнале нет: {name}, запись {pos}.",
    "proof": "Проверка",
    "profile": "Версия правового профиля",
    "signatures": "Подписание бюллетеней",
    "signed": "Подписи под бюллетенями",
    "certificate": "Сертификат",
    "algorithm": "Алгоритм",
    "checked": "Проверка",
    "demo": "демонстрация",
    "owner_reviewed": "владелец сверен по СНИЛС, имя отличается",
    "deferred": "Проверка отозванности отложена, бюллетеней",
    "in_time": "Своевременность",
    "in_time_text": "Голос своевременен, если получен сервером не позже срока и допуска, указанных у голосования.",
    "signature_line": "Председатель собрания ____________________",
}

ARCHIVE_README = """\
Архив собрания кредиторов.

Проверка без участия сервера, на котором шло собрание:

    python3 -m verifier ФАЙЛ.zip [--trust ПАПКА] [--receipt КВИТАНЦИЯ.json]

Программе нужны Python 3.11 и libcrypto из OpenSSL 3, для подписей по ГОСТ ещё libengine-gost-openssl. Папки verifier и
tally с её исходным текстом лежат в открытом хранилище Kvorum; она короткая, её можно прочесть целиком.

manifest.json        опись файлов с хешами SHA-256, последняя запись журнала; manifest.seal.json — подпись сервера под описью
events.jsonl         журнал собрания: записи по порядку, каждая связана с предыдущей хешем
ballots/N.json       бюллетень, принятый записью N, байт в байт; ballots/N.sig — электронная подпись под этими байтами
counts/N.json        исходные данные подсчёта голосования N
minutes.html         протокол; подписанный файл протокола хранит организатор
names.json           имена кредиторов, для чтения: доказаны они закрытыми сведениями полного издания
answers.jsonl        ответы сервера с квитанциями (только в полном издании)
trust/               сертификаты и списки отзыва, по которым проверялись подписи (только в полном издании)

В издании для участников нет сертификатов, личных сведений и выбора в закрытых голосованиях: вместо них стоят хеши,
по которым видно, что скрытое не менялось.
"""
