"""What people read about refusals of accounts, in Russian."""

REFUSALS = {
    "link_refused": "Ссылка не действует. Попросите у организатора новую.",
    "too_many_attempts": "Слишком много попыток. Подождите минуту.",
    "foreign_origin": "Запрос пришёл не со страницы этого сайта.",
}
