"""What the command line says, in Russian."""

HELP = "Kvorum: собрания кредиторов. Сервер, его настройка и проверка, архив собрания, проверка подписей."
SERVE = "Запустить сервер. Настройки — в переменных KVORUM_* (kvorum config)."
MIGRATE = "Привести таблицы базы данных к этой версии программы."
CONFIG = "Напечатать действующие настройки; секреты скрыты."
OPENAPI = "Описание HTTP API, кадров, представлений и команд в формате OpenAPI."
OPENAPI_OUT = "Куда записать; без указания — напечатать."
CHECK_LOG = (
    "Проверить журнал базы: каждую запись, текст, бюллетень и квитанцию. Код выхода 1, если что-то изменено."
)
INIT = "Напечатать ссылку для входа управляющего, который созывает собрания."
INIT_BAD_NAME = "Укажите фамилию, имя и отчество: от 1 до {most} знаков."
DEMO = "Показательное собрание на SQLite с участниками-программами; печатает ссылки для входа."
DEMO_PARTICIPANTS = "Сколько участников-программ."
DEMO_PORT = "Порт на этой машине."
DEMO_BOTS = "Нужны ли участники-программы."
MIGRATED = "База данных соответствует этой версии."
PRACTITIONER_LINK = "Ссылка для входа (храните её как пароль):\n{url}"
PORT_TAKEN = "Порт {port} занят. Укажите другой: python3 dev.py demo --port 8001"
LOAD = "Провести целое собрание с участниками-программами и проверить, что ни один голос не потерян, не удвоен и не изменён."
LOAD_EMBEDDED = "Запустить свой сервер на SQLite с новым собранием."
LOAD_URL = "Адрес работающего сервера; нужен и --links."
LOAD_LINKS = "Список ссылок его собрания: links.csv с пульта организатора или JSON."
LOAD_PARTICIPANTS = "Сколько участников."
LOAD_QUESTIONS = "Сколько голосований, не больше."
LOAD_RAMP = "За сколько секунд все подключаются; 0 — сразу."
LOAD_BURST = "В сколько секунд укладываются все голоса."
LOAD_SIGNED = "С --embedded: бюллетени подписываются сертификатами демонстрационного центра."
LOAD_STORM = "Посреди собрания оборвать связь у всех сразу."
LOAD_FALLBACK = "Доля участников без веб-сокетов."
LOAD_SEED = "Зерно случайности: с тем же зерном те же решения участников."
LOAD_SERVER_PID = "С --url: процесс сервера, чьи память и время процессора измеряются."
LOAD_JSON = "Куда записать отчёт."
NO_FREE_PORT = "Свободный порт не найден."
LOAD_NEEDS = "Укажите --embedded, или --url вместе с --links."
SERVER_ENDED = "Сервер завершился при запуске (код {code}); причина напечатана выше."
SERVER_SILENT = "Сервер не ответил за {seconds} с. Проверьте, хватает ли памяти и диска."
DEMO_READY = "\nСобрание готово: {url}\nОткройте ссылки в браузере, лучше в разных окнах:\n"
LINK_ORGANIZER = "Организатор (пульт)"
LINK_PARTICIPANT = "Участник"
LINK_REPRESENTATIVE = "Представитель {count} кредиторов"
LINK_DESK = "Стол регистрации"
LINK_SCREEN = "Экран зала"
DEMO_HINT = (
    "\nНажмите «Начать собрание» на пульте и открывайте вопросы в любом порядке: участники-боты придут и проголосуют."
    "\nЧтобы открыть страницы с телефона в той же сети, нужен https: без него телефон не даст подписать и включить камеру."
    "\nЗавершить: Ctrl+C"
)
KEYS_MISSING = "Нет ключей сервера: {reason}.\nКак их сделать: docs/howto/run-in-production.md"
ALREADY_OPEN = (
    "Эту базу SQLite уже открыл другой процесс (возможно, работает сервер). Остановите его и повторите; "
    "нескольким процессам нужна PostgreSQL."
)
WRONG_DATABASE_URL = "KVORUM_DATABASE_URL должна начинаться с sqlite:/// (дальше файл) или postgresql://."
WRONG_ISOLATION = "База данных настроена не так: {reason}"
NO_DATABASE = "Базы данных {path} нет. Проверьте KVORUM_DATABASE_URL и текущую папку."
DATABASE_LOCKED_OUT = (
    "База данных не пускает: {reason}. Проверьте имя, пароль и название базы в KVORUM_DATABASE_URL."
)
SQLITE_TROUBLE = (
    "База SQLite не открывается ({reason}). Проверьте KVORUM_DATABASE_URL, права на файл и место на диске."
)
FILE_TROUBLE = "Не получилось: {reason}."
BAD_SETTINGS = "Настройки не приняты:\n{faults}\nВсе настройки: docs/reference/settings.md"
SETTINGS_TOGETHER = "настройки вместе"
SETTING_FAULTS = {
    "literal_error": "можно только {expected}",
    "int_parsing": "нужно целое число цифрами",
    "bool_parsing": "можно только true или false",
    "greater_than_equal": "нужно число не меньше {ge}",
    "less_than_equal": "нужно число не больше {le}",
    "string_too_long": "длина не больше {max_length} знаков",
    "path_not_file": "такого файла нет",
    "value_error": "{error}",
}
"""By the kind of pydantic's error; the names in braces are its context."""
SETTING_PATTERNS = {
    "public_url": "нужен адрес вида https://kvorum.example, без пути и косой черты в конце",
    "deployment": "строчные латинские буквы, цифры и дефис, до 40 знаков",
}
SETTING_UNFIT = "значение не подходит"
WORKERS = "Сколько процессов обслуживают собрания; больше одного — только на PostgreSQL и Redis."
WORKERS_NEED = (
    "Для нескольких процессов (--workers {workers}) нужны PostgreSQL и Redis: укажите KVORUM_DATABASE_URL=postgresql://… "
    "и KVORUM_REDIS_URL=redis://…; на SQLite или без Redis запускайте один процесс."
)
DATABASE_SILENT = "База данных не отвечает ({reason}). Запустите её или проверьте KVORUM_DATABASE_URL."
CANNOT_LISTEN = "Не удалось занять адрес KVORUM_HOST:KVORUM_PORT ({reason})."
NEVER_SERVED = "Ни один процесс не начал работу; причина напечатана выше."
DEMO_OVER = "Демонстрация завершена."
DEMO_PRACTITIONER = "Орлова Марина Сергеевна"
REGISTER_HEADINGS = "Кредитор;ИНН;Сумма требования, руб."
TOO_FEW_FILES = (
    "Нужно открытых файлов: {wanted}, разрешено: {allowed}. "
    "Поднимите предел (`ulimit -Hn`) или уменьшите KVORUM_MAX_CONNECTIONS."
)
CREDITOR = "Кредитор {n:04d}"
INIT_NAME = "Кто созывает собрания: фамилия, имя, отчество."
LOG_TOPIC = "{name}: ошибок {faults}, записей с удалёнными данными {redacted}"
LOG_FAULT = "  запись {pos}: {what}"
LOG_FAULTS = {
    "the chain breaks": "цепочка хешей прервана",
    "the head is not the last event": "конец журнала не совпадает с последней записью",
    "a private text is not the one that was written": "текст не тот, что был записан",
    "a private text without an event": "текст без записи",
    "a blob is not the one that was written": "бюллетень не тот, что был записан",
    "a blob is not the one that the event names": "бюллетень не тот, что назван в записи",
    "an answer cannot be read": "ответ на команду не читается",
    "a receipt contradicts the log": "квитанция противоречит журналу",
}
"""What `app.kernel.log.verify` finds, for people."""
LOG_WHOLE = "Журнал цел."
LOG_BROKEN = "Журнал повреждён."

EXPORT = "Архив завершённого собрания: журнал, бюллетени, подписи, подсчёты, протокол. Проверяет его python -m verifier."
EXPORT_MEETING = "Номер собрания, как в адресе его страницы."
EXPORT_EDITION = (
    "full — полное издание для суда; participants — без личных данных и выбора в закрытых голосованиях."
)
EXPORT_OUT = "Куда записать; без указания — в текущую папку."
BALLOTS = "Копии всех электронных бюллетеней подсчитанного голосования в PDF, вместе с бюллетенями и подписями: приложение к протоколу."
BALLOTS_VOTING = "Номер голосования, как в протоколе."
BALLOTS_PRINTING = "Бюллетени"
BALLOTS_PRINTED = "Бюллетеней: {count}. Записано: {path}"
EXPORTED = "Архив записан: {path}. Проверить: python -m verifier {path}"
NO_MEETING = "Собрания {meeting} в этой базе нет. Номер стоит в адресе страницы собрания."
