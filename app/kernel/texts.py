"""What people read about refusals of the kernel; the pages have their own copies by code."""

import errno

TITLES = {
    "not_found": "Не найдено.",
    "forbidden": "Ваша роль этого не позволяет.",
    "sign_in_again": "Войдите ещё раз по вашей ссылке.",
    "malformed": "Запрос составлен неверно.",
    "hidden_character": "В тексте невидимый знак. Наберите это место заново.",
    "too_large": "Слишком большой объём данных.",
    "conflict": "Эта команда уже отправлена с другим содержанием.",
    "retry": "Сейчас не получилось, попробуйте ещё раз.",
    "draining": "Голосование закрывается, ждём последние бюллетени.",
    "overloaded": "Сервер перегружен, попробуйте ещё раз через несколько секунд.",
    "database_away": "База данных не отвечает, попробуйте ещё раз.",
    "clock_away": "Сервер сверяет время, попробуйте ещё раз.",
    "elsewhere": "Собрание обслуживает другой сервер, подключаемся заново.",
    "archived": "Собрание в архиве и больше не меняется.",
    "subject_destroyed": "Персональные данные этого лица уничтожены.",
    "method_not_allowed": "Такое действие здесь невозможно.",
    "internal": "Внутренняя ошибка. Сообщите её номер администратору.",
}
NOT_NETWORKS = "нужны адреса или сети через запятую, например 10.0.0.0/8"
NOT_HOSTS = "нужны имена узлов строчными буквами через запятую, например crl.example или crl.example:8080"
NO_POLICY_IN_PRODUCTION = (
    "KVORUM_SIGNATURE_POLICY=off бывает только при разработке (KVORUM_ENVIRONMENT=embedded)"
)
NO_SMS_FILE_IN_PRODUCTION = (
    "KVORUM_SMS_FILE бывает только для показа (KVORUM_ENVIRONMENT=embedded): кто читает файл, читает коды"
)
NO_WAY_TO_TELEPHONES = "KVORUM_SIGNATURE_POLICY=simple отправляет коды, а KVORUM_SMS_FILE не указана"
NO_DEMO_IN_PRODUCTION = "KVORUM_DEMO_CA=true бывает только для показа (KVORUM_ENVIRONMENT=embedded): сертификат выдаётся кому угодно"
NO_TRUST_IN_PRODUCTION = (
    "KVORUM_TRUST_DIR не указана: без неё KVORUM_ENVIRONMENT=production отклонит каждый подписанный бюллетень"
)
REFUSED = "Действие отклонено."
_TROUBLES = {
    errno.ENOENT: "нет такого файла или папки",
    errno.EISDIR: "это папка, а нужен файл",
    errno.ENOTDIR: "это файл, а нужна папка",
    errno.EACCES: "нет прав доступа",
    errno.EPERM: "нет прав доступа",
    errno.EROFS: "сюда нельзя записать",
    errno.ENOSPC: "на диске нет места",
}
NOT_BUILT = "Страницы ещё не собраны: выполните python3 dev.py setup."


def trouble(error: OSError) -> str:
    """«файл: что с ним»."""
    what = _TROUBLES.get(error.errno or 0, error.strerror or type(error).__name__)
    return f"{error.filename}: {what}" if error.filename else what
