"""axe-core in a page that has come to rest: which rules of WCAG 2.2 AA and of good practice it breaks."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js"
SETTLED = """async () => {
  const rest = async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    const ends = (one) => one.effect.getComputedTiming().endTime < Infinity;
    await Promise.allSettled(document.getAnimations().filter(ends).map((one) => one.finished));
  };
  await Promise.race([rest(), new Promise((after) => setTimeout(after, 10_000))]);
}"""
"""A page that does not come to rest is looked at as it is: an evaluation has no deadline of its own."""
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']}"


def settle(page: Page) -> None:
    """A new width reaches `vw`, and colours of another scheme end their transition, with the next frames."""
    page.evaluate(SETTLED)


def faults(page: Page) -> list[str]:
    """One line for each rule and each element that breaks it."""
    settle(page)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(f"axe.run(document, {RULES})")["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
