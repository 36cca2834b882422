"""Russian texts of the dry run: every fault by its code, names of fields, words that an agenda file may use."""

from collections.abc import Mapping

FIELDS = {
    "name": "наименование кредитора",
    "inn": "ИНН",
    "order": "очередь",
    "claim": "сумма требования (основной долг)",
    "interest": "проценты за пользование",
    "total": "общая сумма требований",
    "secured": "в том числе обеспечено залогом",
    "penalties": "неустойки, штрафы, пени",
    "repaid": "погашено",
    "repaid_secured": "погашено по залоговой части",
    "late": "зареестровое требование",
    "pledge_waived": "отказ от реализации залога",
    "email": "электронная почта",
    "phone": "телефон",
    "representative": "представитель",
    "power_of_attorney": "доверенность",
    "may_vote_settlement": "право голосовать за мировое соглашение",
    "snils": "СНИЛС",
    "question": "номер вопроса",
    "answer": "ответ",
}

FAULTS = {
    # the file
    "file_too_large": "Файл больше {mebibytes} МиБ. Удалите из него лишние листы и рисунки.",
    "empty_file": "В файле нет ни одной заполненной строки.",
    "old_or_protected_workbook": "Файл старого формата XLS или защищён паролем. Сохраните его как «Книга Excel (.xlsx)» без пароля.",
    "broken_workbook": "Файл XLSX повреждён. Откройте его и сохраните заново.",
    "not_a_workbook": "Это архив, но не таблица XLSX.",
    "archive_parts": "Внутри файла {parts} частей: так таблицы не устроены, файл не открыт.",
    "archive_unpacked": "Распакованный файл занял бы {mebibytes} МиБ: так таблицы не устроены, файл не открыт.",
    "archive_ratio": "Часть файла сжата в {times} раз: так таблицы не устроены, файл не открыт.",
    "unknown_file": "Это не таблица: нужен файл XLSX или CSV.",
    "unknown_encoding": "Не удалось прочитать буквы. Сохраните CSV в кодировке UTF-8 или Windows-1251.",
    "broken_csv": "В CSV не закрыта кавычка или за кавычкой нет разделителя, строка {line}. Сохраните таблицу как XLSX.",
    "too_many_rows": "В файле больше {limit} кредиторов. Столько сервер не принимает: проверьте, тот ли это файл.",
    "long_tail": "На листе есть что-то ниже строки {row}. Удалите лишние строки под таблицей и сохраните файл.",
    "too_many_rows_in_contacts": "В файле контактов слишком много строк.",
    # columns
    "no_headings": "Не найдена строка заголовков. Укажите её и столбцы вручную.",
    "two_columns": "Поле «{field}» может быть в столбцах {letters}. Выберите один.",
    "bad_mapping": "Столбец {letters} для поля «{field}» указан неверно.",
    "column_used_twice": "Один столбец выбран для двух полей.",
    "no_name_column": "Не выбран столбец с наименованием кредитора.",
    "no_claim_column": "Не выбран столбец с суммой требования.",
    "no_contact_headings": "В файле контактов не найдены заголовки: нужны ИНН или наименование кредитора и хотя бы один столбец с контактами.",
    # cells
    "formula": "Формула в ячейке {cell}. Вставьте вместо неё значение: «Копировать», затем «Специальная вставка», «Значения».",
    "cell_too_long": "Слишком длинный текст в ячейке {cell}.",
    "hidden_character": "В ячейке {cell} невидимый знак {sign}: из-за него текст можно прочесть неверно. Наберите текст заново.",
    "text_too_long": "Текст длиннее {limit} знаков.",
    "not_a_number": "«{typed}» — не сумма.",
    "ambiguous_amount": "«{typed}» можно прочесть двояко. Напишите копейки двумя знаками, например 1 234,00.",
    "parts_of_a_kopeck": "«{typed}» содержит доли копейки.",
    "negative_amount": "«{typed}» — отрицательная сумма.",
    "number_too_long": "«{typed}»: в такой длинной числовой ячейке программа теряет копейки. Запишите сумму текстом.",
    "amount_too_large": "«{typed}» — слишком большая сумма.",
    "not_yes_or_no": "«{typed}»: здесь пишут «да» или «нет».",
    "bad_order": "«{typed}» — неизвестная очередь: нужна цифра от 1 до 4.",
    "inn_not_ten_or_twelve_digits": "ИНН должен состоять из 10 или 12 цифр. Строка взята без ИНН.",
    "inn_check_digits": "Контрольные цифры ИНН не сходятся: проверьте, нет ли опечатки.",
    "inn_zero_restored": "Программа съела ноль в начале ИНН, он восстановлен. Проверьте.",
    # creditors
    "no_creditors": "В таблице нет ни одного кредитора.",
    "no_name": "Нет наименования кредитора.",
    "no_claim": "Нет суммы требования. Если её нет, поставьте 0.",
    "total_is_not_the_sum": "Общая сумма не равна сумме долга и санкций.",
    "penalties_exceed_total": "Санкции больше общей суммы.",
    "secured_exceeds_claim": "Обеспечено залогом больше, чем сумма требования.",
    "repaid_exceeds_claim": "Погашено больше, чем сумма требования.",
    "repaid_secured_exceeds_repaid": "По залогу погашено больше, чем всего.",
    "repaid_secured_exceeds_secured": "По залоговой части погашено больше, чем обеспечено залогом.",
    "repaid_exceeds_unsecured": "По части без залога погашено больше, чем она составляет.",
    "repaid_of_which_part": "Требование обеспечено частично: добавьте столбец «погашено по залоговой части», иначе число голосов не вычислить.",
    "no_votes": "Сумма требования равна нулю: голосов у кредитора нет.",
    "duplicate_inn": "Этот ИНН уже есть в строке {other}. Сложите требования одного кредитора в одну строку.",
    "duplicate_name": "Такое наименование уже есть в строке {other}. Сложите требования в одну строку или укажите разные ИНН.",
    "section_skipped": "Строка «{words}» принята за заголовок раздела.",
    "wrong_total": "В итоге стоит {stated}, а сумма строк {counted}.",
    # contacts
    "contact_of_nobody": "«{name}»: такого кредитора нет в реестре, строка не использована.",
    "contact_of_which": "«{name}»: в реестре несколько таких кредиторов. Укажите ИНН.",
    "duplicate_contact": "Контакты этого кредитора уже указаны в строке {other}.",
    "bad_email": "«{typed}» — не адрес электронной почты.",
    "bad_snils": "«{typed}» — не СНИЛС: нужны 11 цифр с верной контрольной суммой.",
    "bad_phone": "«{typed}» — не номер телефона. Пример: +7 495 123-45-67.",
    "representative_with_two_emails": "У представителя «{name}» разные адреса: ссылок будет несколько, по одной на адрес.",
    "person_with_two_phones": "У участника «{name}» разные телефоны, строки {rows}. Код из SMS придёт на один: оставьте один номер.",
    "person_with_two_snils": "У участника «{name}» разные СНИЛС, строки {rows}. По нему узнают владельца сертификата: оставьте верный.",
    "snils_zero_restored": "Программа съела нули в начале СНИЛС, они восстановлены. Проверьте.",
    "phone_of_several": "Один номер у нескольких участников, строки {rows}. Коды из SMS всех этих участников получит один человек.",
    # instructions of a representative
    "too_many_instructions": "В файле слишком много строк, прочитаны не все.",
    "instruction_of_nobody": "Такого кредитора нет среди тех, за кого вы голосуете.",
    "instruction_of_which": "Таких кредиторов у вас несколько. Укажите ИНН.",
    "instruction_for_no_question": "Вопроса с таким номером нет в повестке.",
    "instruction_without_answer": "Такого варианта у вопроса нет.",
    "instruction_twice": "Для этого кредитора и вопроса поручение уже есть выше.",
    # agenda
    "agenda_too_large": "Файл повестки больше {kibibytes} КиБ.",
    "agenda_not_text": "Файл повестки не прочитан: нужен YAML или JSON в кодировке UTF-8.",
    "agenda_broken": "Файл повестки записан с ошибкой, строка {line}.",
    "agenda_alias": "Ссылки YAML (знаки & и *) в повестке не используются.",
    "agenda_too_complex": "Повестка слишком велика или слишком глубоко вложена.",
    "agenda_key_twice": "Ключ «{key}» записан дважды, строка {line}.",
    "agenda_not_a_map": "Здесь нужны пары «ключ: значение».",
    "agenda_not_a_list": "Здесь нужен список.",
    "agenda_not_text_value": "Здесь нужен текст.",
    "agenda_unknown_key": "Неизвестный ключ «{key}». Можно: {known}.",
    "agenda_missing": "Не указано.",
    "agenda_hidden_character": "Невидимый знак {sign} в тексте «{typed}»: из-за него текст можно прочесть неверно. Наберите это место заново.",
    "agenda_too_long": "Текст длиннее {limit} знаков.",
    "agenda_choose": "«{typed}»: можно {known}.",
    "agenda_bad_inn": "ИНН должника: нужны 10 или 12 цифр с верными контрольными цифрами.",
    "agenda_bad_date": "«{typed}»: дата и время пишутся так: 2026-12-10 11:00.",
    "agenda_no_such_hour": "«{typed}»: в этом часовом поясе такого времени нет или оно бывает дважды.",
    "agenda_bad_zone": "«{typed}»: неизвестный часовой пояс. Пример: Europe/Moscow.",
    "agenda_bad_phone": "«{typed}» — не номер телефона. Пример: +7 495 123-45-67.",
    "agenda_bad_email": "«{typed}» — не адрес электронной почты.",
    "agenda_past": "Время начала уже прошло.",
    "agenda_end_needed": "Для заочной и смешанной формы нужно окончание приёма бюллетеней.",
    "agenda_end_not_needed": "У очного собрания нет окончания приёма бюллетеней.",
    "agenda_end_before_start": "Окончание раньше начала.",
    "agenda_bad_number": "«{typed}»: нужно целое число от {low} до {high}.",
    "agenda_bad_duration": "«{typed}»: время пишется так: «3 мин», «90 с» или «1 ч», от 10 с до 24 ч.",
    "agenda_no_questions": "В повестке нет вопросов.",
    "agenda_too_many_questions": "В повестке больше {limit} вопросов.",
    "agenda_too_deep": "Вопросы вложены глубже {limit} уровней.",
    "agenda_options_needed": "Для этой темы перечислите варианты, не меньше {least}.",
    "agenda_options_not_for_topic": "У этой темы нет вариантов: голосуют «за», «против», «воздержался».",
    "agenda_too_many_options": "Вариантов больше {limit}.",
    "agenda_option_twice": "Вариант «{typed}» повторяется.",
    "agenda_observer_twice": "Наблюдатель «{typed}» повторяется.",
    "agenda_too_many_observers": "Наблюдателей больше {limit}.",
    "agenda_seats_needed": "Укажите, сколько мест в комитете.",
    "agenda_seats_not_for_topic": "Места указывают только для избрания комитета.",
    "agenda_few_candidates": "Кандидатов меньше, чем мест.",
    "agenda_seats_unusual": "В комитет избирают от 3 до 11 человек (127-ФЗ, ст. 18).",
    "agenda_threshold_needed": "Для этой темы укажите порог, базу и статью.",
    "agenda_threshold_not_for_topic": "Порог задаёт закон, для этой темы его не указывают.",
    "agenda_bad_article": "«{typed}»: укажите только статью, например «ст. 201.10 п. 3 127-ФЗ», без пояснений.",
    "agenda_bad_threshold": "«{typed}»: порог пишется дробью, например 3/4.",
}  # fmt: skip

TOPICS = {
    "intro_procedure": "введение или изменение срока процедуры",
    "external_plan": "план внешнего управления",
    "recovery_plan": "план финансового оздоровления",
    "petition_bankruptcy": "ходатайство о признании банкротом",
    "committee_form": "образование комитета кредиторов",
    "committee": "избрание комитета кредиторов",
    "settlement": "мировое соглашение",
    "manager_choice": "выбор управляющего или сро",
    "manager_removal": "отстранение управляющего",
    "switch_to_external_management": "переход к внешнему управлению",
    "agenda_addition": "включение вопросов в повестку",
    "restructuring_plan": "план реструктуризации",
    "asset_substitution": "замещение активов",
    "general": "прочее",
    "transfer_unfinished_object": "передача объекта незавершенного строительства",
}
"""Topic code → the name that an agenda may use instead."""

PROCEDURES = {
    "наблюдение": "observation",
    "финансовое оздоровление": "financial_recovery",
    "внешнее управление": "external_management",
    "конкурсное производство": "liquidation",
    "реструктуризация долгов": "restructuring",
    "реструктуризация": "restructuring",
    "реализация имущества": "realisation",
}
FORMS = {"очная": "in_person", "заочная": "absentee", "смешанная": "mixed", "очно-заочная": "mixed"}
SECRECY = {"открытое": "open", "закрытое": "closed"}
BASES = {"реестр": "register", "присутствующие": "present"}
YES_NO = {"да": "yes", "нет": "no", "true": "yes", "false": "no"}


REFUSALS = {
    "import_refused": "В файлах есть ошибки, собрание не создано. Исправьте их и загрузите файлы снова."
}


def fault(code: str, facts: Mapping[str, object]) -> str:
    """The sentence for a fault; an unknown code is our mistake and raises KeyError."""
    return FAULTS[code].format_map(facts)


def field(name: str) -> str:
    return FIELDS.get(name, name)
