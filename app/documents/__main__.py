"""`python -m app.documents COUNT [--cold]`: render sample ballots and print what it cost as JSON, for load/bench."""

import argparse
import asyncio
import json
import resource
import time
from functools import partial

from app.documents.render import Renderer, Sheet, compiled, compiler

SAMPLE = {
    "title": "Бюллетень для голосования",
    "subtitle": "на собрании кредиторов",
    "footer": "Дело № А40-1/2026. АО «Должник»",
    "is_blank": False,
    "form": "Форма бюллетеня № 1",
    "copy": "Копия электронного бюллетеня, изготовлена 01.12.2026",
    "card": [("Должник", "АО «Должник»"), ("Дело, суд", "А40-1/2026, Арбитражный суд города Москвы")],
    "question": "Вопрос 1. Отчёт арбитражного управляющего",
    "wording": "Принять к сведению отчёт арбитражного управляющего о ходе процедуры банкротства.",
    "kind": "yes_no",
    "options": [{"text": text, "is_marked": text == "За"} for text in ("За", "Против", "Воздержался")],
    "explanation": "Отмечается один вариант.",
    "signer_label": "Участник собрания (представитель):",
    "stamp": {
        "serial": "01D00000000003F100AC4E127B9D55E1",
        "owner": "Петрова А. С.",
        "valid": "с 01.02.2026 по 01.05.2027",
        "is_demo": False,
    },
    "sums": [("SHA-256 подписанного бюллетеня", "9f" * 32)],
    "legal": "Настоящая копия показывает содержание бюллетеня.",
}


def sheet(number: int) -> Sheet:
    own = {"votes": [("Участник собрания", f"ООО «Кредитор {number}»")], "signer": f"Участник {number}"}
    return Sheet("ballot", {}, {**SAMPLE, **own}, 1_800_000_000_000_000)


async def warm(count: int) -> int:
    """As the server does it: two threads, each with one compiler."""
    renderer = Renderer()
    sizes = [
        len(pdf) async for pdf in renderer.render_all([partial(sheet, number) for number in range(count)])
    ]
    renderer.close()
    return sum(sizes)


def cold(count: int) -> int:
    """The baseline: fonts read and the template laid out anew for every ballot."""
    return sum(len(compiled(compiler(), sheet(number))) for number in range(count))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m app.documents", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--cold", action="store_true")
    asked = parser.parse_args()
    began = time.monotonic()
    size = cold(asked.count) if asked.cold else asyncio.run(warm(asked.count))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "count": asked.count,
                "wall_s": round(time.monotonic() - began, 3),
                "cpu_s": round(used.ru_utime + used.ru_stime, 3),
                "bytes": size,
                "peak_kib": used.ru_maxrss,
            }
        )
    )


if __name__ == "__main__":
    main()
