"""The types of the pages are those of the server: one document, one generated file, and it is the committed one."""

import sys

from tests.architecture.web_tools import ROOT, need_web_tools, run_with_node


def test_the_committed_types_of_the_pages_are_the_generated_ones() -> None:
    need_web_tools()

    done = run_with_node(sys.executable, "web/make_types.py", "--check", folder=ROOT)

    assert done.returncode == 0, done.stderr
