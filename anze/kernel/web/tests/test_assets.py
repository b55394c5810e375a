"""The asset script takes only what the lock names, byte for byte."""

import importlib.util
import io
import json
import tarfile

import pytest

from anze.kernel.web.tests.places import ROOT, STATIC


@pytest.fixture
def assets():
    spec = importlib.util.spec_from_file_location("assets", ROOT / "scripts" / "assets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tarball(tmp_path):
    path = tmp_path / "sample-box-1.0.0.tgz"
    files = {
        "dist/a.js": b"run()\n//# sourceMappingURL=a.js.map\n",
        "dist/a.css": b"a{}\n/*# sourceMappingURL=a.css.map */",
        "icons/outline/check.svg": b'<svg class="x">\n<path stroke="none" d="M0 0h24v24H0z" '
        b'fill="none" />\n<path d="M5 12" />\n</svg>',
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def package(**changes):
    return {
        "package": "@sample/box",
        "version": "1.0.0",
        "integrity": "sha512-",
        "files": {"dist/a.js": "box/a.js"},
        **changes,
    }


def test_an_altered_package_is_refused_and_named(assets, tarball):
    with pytest.raises(assets.AssetError, match=r"sample-box-1\.0\.0\.tgz is not the locked file"):
        assets.checked(package(integrity="sha512-AAAA"), tarball.parent)


def test_source_map_lines_are_cut(assets, tarball, tmp_path):
    files = {"dist/a.js": "box/a.js", "dist/a.css": "box/a.css"}
    assets.unpack(package(files=files), tarball, tmp_path / "out")
    assert (tmp_path / "out/box/a.js").read_bytes().strip() == b"run()"
    assert (tmp_path / "out/box/a.css").read_bytes() == b"a{}"


def test_a_file_the_package_lacks_is_named(assets, tarball, tmp_path):
    with pytest.raises(assets.AssetError, match=r"has no file dist/b\.js"):
        assets.unpack(package(files={"dist/b.js": "b.js"}), tarball, tmp_path / "out")


def test_the_sprite_holds_the_drawings_without_their_empty_boxes(assets, tarball, tmp_path):
    sprite = {"from": "icons/outline", "to": "icons.svg", "icons": ["check"]}
    assets.unpack(package(files={}, sprite=sprite), tarball, tmp_path / "out")
    drawn = (tmp_path / "out/icons.svg").read_text()
    assert '<symbol id="check" viewBox="0 0 24 24"><path d="M5 12" /></symbol>' in drawn


def test_a_folder_that_misses_a_file_is_not_current(assets, tmp_path):
    folder = tmp_path / "vendor"
    (folder / "box").mkdir(parents=True)
    (folder / ".stamp").write_text("s")
    assert not assets.is_current("s", [package()], folder)
    (folder / "box" / "a.js").touch()
    assert assets.is_current("s", [package()], folder)
    assert not assets.is_current("other", [package()], folder)


def test_what_only_the_tests_need_is_not_among_what_is_shipped():
    lock = json.loads((ROOT / "assets.lock").read_text())
    shipped = {one["package"] for one in lock["assets"]}
    assert shipped.isdisjoint({one["package"] for one in lock["tests"]})
    assert not list(STATIC.glob("vendor/axe*"))


def test_the_lock_holds_no_address():
    assert "http" not in (ROOT / "assets.lock").read_text()


def test_no_vendored_file_points_to_a_source_map():
    vendored = [*STATIC.glob("vendor/**/*.js"), *STATIC.glob("vendor/**/*.css")]
    assert vendored, "run scripts/assets.py"
    assert not [path.name for path in vendored if b"sourceMappingURL" in path.read_bytes()]
