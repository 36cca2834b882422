"""The policy of the pages, with the signing plug-in and without."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.kernel.pages import PLUGIN, POLICY, SecurityHeaders, routes


def a_site(folder: Path, plugin: Path | None) -> TestClient:
    (folder / "sign.html").write_text("<!doctype html>")
    app = Starlette(routes=routes(folder, plugin))
    app.add_middleware(SecurityHeaders, is_https=False, with_plugin=plugin is not None)
    return TestClient(app)


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


def test_without_the_plug_in_only_our_own_scripts_run(tmp_path: Path) -> None:
    site = a_site(tmp_path, None)

    assert directives(site.get("/sign").headers["content-security-policy"])["script-src"] == "'self'"
    assert site.get(PLUGIN).status_code == 404


def test_with_it_its_script_is_served_and_only_scripts_of_extensions_come_in(tmp_path: Path) -> None:
    script = tmp_path / "cadesplugin_api.js"
    script.write_text("window.cadesplugin = null;")
    site = a_site(tmp_path, script)

    served = site.get(PLUGIN)
    given = directives(site.get("/sign").headers["content-security-policy"])
    scripts = given.pop("script-src")

    assert (served.text, served.headers["content-type"].split(";")[0]) == (
        script.read_text(),
        "text/javascript",
    )
    assert scripts == "'self' chrome-extension: moz-extension: safari-web-extension:"
    assert given == {name: value for name, value in directives(POLICY).items() if name != "script-src"}
