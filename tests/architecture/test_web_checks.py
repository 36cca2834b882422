"""The checks of the pages can fail: one that silently checks nothing would be green for ever."""

import shutil
from pathlib import Path

from tests.architecture.web_tools import WEB, need_web_tools, run_with_node

PLANTED_TS = "export const planted: number = 'seven';\n"
PLANTED_SVELTE = '<script lang="ts">\n  const { count }: { count: number } = $props();\n</script>\n\n<p>{count.toUpperCase()}</p>\n'
PLANTED_TEST = "import { expect, test } from 'vitest';\n\ntest('planted', () => expect(1 + 1).toBe(3));\n"


def test_a_planted_type_error_makes_svelte_check_fail(tmp_path: Path) -> None:
    web = a_copy(tmp_path)
    (web / "src/planted.ts").write_text(PLANTED_TS)
    (web / "src/Planted.svelte").write_text(PLANTED_SVELTE)

    done = run_with_node("npm", "run", "--silent", "check", folder=web)

    assert done.returncode != 0
    assert "found 2 errors and 0 warnings in 2 files" in done.stdout, done.stdout


def test_a_planted_assertion_makes_vitest_fail(tmp_path: Path) -> None:
    web = a_copy(tmp_path)
    (web / "src/planted.test.ts").write_text(PLANTED_TEST)

    done = run_with_node("npm", "run", "--silent", "test", "--", "src/planted.test.ts", folder=web)

    assert done.returncode != 0
    assert "expected 2 to be 3" in done.stdout + done.stderr


def a_copy(folder: Path) -> Path:
    """The settings and packages of the pages, without the pages: what is checked is the check."""
    need_web_tools()
    web = folder / "web"
    shutil.copytree(WEB, web, ignore=shutil.ignore_patterns("node_modules", "src"))
    (web / "node_modules").symlink_to(WEB / "node_modules")
    (web / "src").mkdir()
    return web
