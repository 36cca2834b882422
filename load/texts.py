"""What the harness says to people, in Russian."""

NO_CERTIFICATE = "демонстрационный центр не выдал сертификат: {fault}"
NOT_SIGNED = "в протоколе под бюллетенем нет подписи участника"
JOINED = "Подключились"
QUESTIONS = "Вопросы"
VOTES = "голосов"

TITLE = "Прогон собрания"
MEASURE = "Показатель"
VALUE = "Значение"
PASSED = "Проверка пройдена: ни один принятый голос не потерян и не удвоен."
FAILED = "Проверка НЕ пройдена."
NOT_PROVED = "Нарушений не найдено, но проверка неполна: собрание ведёт человек, и участникам видно не всё."
NOT_ENDED = "Собрание не доведено до конца."
GIVEN_UP = {
    "stalled": "Слишком долго ничего не происходило, прогон остановлен. Собрание стоит на шаге «{step}».",
    "too_long": "Прогон длился слишком долго и остановлен на шаге «{step}».",
}
STEPS = {
    "joining": "подключение организатора",
    "convening": "созыв",
    "assembling": "сбор участников",
    "opening the meeting": "открытие собрания",
    "starting": "начало голосования",
    "seeing voting": "голосование",
    "waiting for the count": "подсчёт",
    "ending the meeting": "закрытие собрания",
}
"""By how the organizer's step begins."""
LAST_SEEN = "Кто что видел последним: {seen}"
NOT_ALL_BACK = "После обрыва вернулись не все участники."
NOT_ALL_JOINED = "Подключились не все участники."

PARTICIPANTS = "Участники"
OF = "{joined} из {all}, без веб-сокетов {fallback}"
VOTINGS = "Голосования"
COMMANDS = "Команды: приняты, отклонены, без ответа"
CONNECTIONS = "Соединения (с повторными), просьбы прийти позже"
DURATION = "Длительность, с"
TIMES = {
    "join": "Вход до полного экрана, мс",
    "resume": "Возвращение после обрыва, мс",
    "catch_up": "То же без паузы перед попыткой, мс",
    "receipt": "Голос до квитанции, мс",
    "receipt_after_loss": "То же, если связь оборвалась, мс",
    "commit_to_screen": "Открытие голосования до экрана, мс",
}
NO_RECEIPT = "Голоса без квитанции: отклонены, без ответа"
PATCHES = "Обновлений в секунду у участника, пока голосуют"
PATCH_BYTES = "Размер обновления, байт"
STORM = "Обрыв у всех сразу: вернулись все, с"
SERVER = {
    "cpu_s": "Сервер: время процессора, с",
    "cpu_us_a_delivery": "Сервер: процессор на доставленный кадр, мкс",
    "pss_kb_a_connection": "Сервер: память на соединение, КиБ",
    "loop_lag_p99_ms": "Сервер: опоздание цикла событий, p99, мс",
    "view_builds": "Сервер: построено представлений",
}
CLIENT_CPU = "Участники: время процессора, с"
PERCENTILES = "p50 {p50} · p90 {p90} · p99 {p99} · макс. {max}"
NOTHING = "—"

KINDS = {
    "lost": "Потеряно голосов",
    "doubled": "Удвоено голосов",
    "gaps": "Разрывы в обновлениях",
    "changed": "Изменённый выбор",
    "unsigned": "Без подписи, поставленной участником",
    "phantom": "Учтено без согласия",
    "stale": "Экран расходится с сервером",
    "sums": "Суммы не сходятся",
    "contradictions": "Противоречивые ответы",
    "forged": "Нет квитанции или она неверна",
    "faults": "Нарушения протокола",
    "unproved": "Не удалось проверить",
}
PLACES = {
    "votings": "список голосований",
    "results": "результаты",
    "tables": "таблица",
    "counts": "данные подсчёта",
    "minutes": "протокол",
}
BALLOT = "голосование {voting}, {creditor}"
BAD_FRAME = "кадр не по правилам: {fault}"
CLOSED = "соединение закрыто с кодом {code}"
NEVER_ASKED = "ответ на команду {command}, которой не было"
CONTRADICTION = "{command}: сначала {first}, затем {second}"
NOT_SAVED = "не сохранён"
NOT_IN_TABLE = "нет в таблице"
NOT_IN_COUNT = "нет в данных подсчёта"
NOT_IN_MINUTES = "нет в протоколе"
OTHER_IN_TABLE = "отдан «{cast}», в таблице «{mark}»"
OTHER_IN_COUNT = "посчитан как {mark}"
OTHER_IN_MINUTES = "отдан «{cast}», в протоколе «{mark}»"
PROMISED_AGAIN = "голосование {voting}, {creditor}: принят второй бюллетень"
STANDS_AGAIN = "голосование {voting}, {creditor}: стоит ещё раз ({where})"
MORE_COUNTED = "голосование {voting}: посчитано {counted}, проголосовало {voted}"
MORE_NAMES = "голосование {voting}: в протоколе имён {names}, в таблице {rows}"
OTHER_VOTED = "голосование {voting}: проголосовало {voted}, из них наших {known}"
OTHER_SUM = "голосование {voting}, {option}: посчитано {counted}, нами отдано {ours}"
OTHER_MINUTES = "голосование {voting}: в протоколе {printed}, в результате {told}"
CAST_BY_NOBODY = "голосование {voting}, {creditor}: бюллетень, которого никто не отдавал"
SAVED_UNPROMISED = "{ballot}: сохранён, хотя ответ «{outcome}»"
NO_BALLOTS = "ни одного принятого голоса: проверять нечего"
NO_KEYS = "сервер не показал ключей, квитанции не проверены"
BALLOTS_HIDDEN = "{who}: сервер не показал его бюллетеней"
NOT_SHOWN = "голосование {voting}: не показано ({places})"
NO_EVIDENCE = "сервер не показал, что у него записано: {reason}"
NO_FRESH_VIEW = "сервер не показал нового экрана: {fault}"
RECEIPT_MISSING = "голос принят без квитанции"
RECEIPT_ELSEWHERE = "квитанция другого собрания"
RECEIPT_MOVED = "квитанция на другое место журнала, чем ответ"
RECEIPT_AGAIN = "та же квитанция выдана другому голосу"
RECEIPT_FORGED = "подпись квитанции неверна"

ROLES = {"участник": "participant", "организатор": "organizer"}
"""As the site's list of links names them."""
BAD_LINKS = "Файл ссылок не читается: {fault}"
NO_PARTICIPANTS = "В файле ссылок нет участников."
NO_ORGANIZER = "В файле ссылок нет организатора; добавьте его или запустите с --follow."
TOO_FEW_FILES = (
    "Системе разрешено открыть {allowed} файлов, а соединениям нужно {wanted}. "
    "Поднимите предел (ulimit -Hn, LimitNOFILE) или возьмите меньше участников."
)
