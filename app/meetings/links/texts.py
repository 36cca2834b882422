"""Russian words of the list of links."""

from app.accounts.model import Role

ROLES: dict[Role, str] = {
    "organizer": "организатор",
    "registrar": "регистратор",
    "participant": "участник",
    "observer": "наблюдатель",
    "screen": "экран в зале",
    "practitioner": "арбитражный управляющий",
}

CSV_HEADINGS = ("Кому", "Роль", "Электронная почта", "Телефон", "Ссылка")

SCREEN = "Экран в зале"
REGISTRAR = "Стол регистрации"

PRINTOUT = {
    "title": "Ссылки для входа в собрание кредиторов",
    "debtor": "Должник",
    "case": "Дело",
    "starts": "Начало",
    "organizer": "Организатор",
    "how": "Откройте ссылку или наведите камеру телефона на код. Ссылка личная: не передавайте её никому.",
    "careful": "По этим листам можно войти от имени участников. Храните их так же, как бюллетени.",
}
