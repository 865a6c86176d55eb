"""Packages of code: what they hold, that every machine makes the same, and the template that refers to them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, run_command

from pyformation import MissingExtraError, PyformationError, SourceError
from pyformation.assets import Options, Package, Packager, dependencies
from pyformation.sources import load


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path_factory.mktemp("uv")))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def function(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Role": "r",
            "Runtime": "python3.13",
            "Handler": "index.f",
            "Code": "src/",
            **properties,
        },
    }


def template(folder: Path, *, globals_: Any = None, parameters: Any = None, **resources: Any) -> str:
    data: dict[str, Any] = {"Resources": resources}
    if globals_ is not None:
        data["Globals"] = globals_
    if parameters is not None:
        data["Parameters"] = parameters
    path = folder / "t.json"
    path.write_text(json.dumps(data))
    return str(path)


def packaged(source: str, look: Callable[[Package], Any], **options: Any) -> list[Any]:
    """What `look` sees of each package of a source, while it can be written."""
    with Packager(Options(**options)) as packager:
        return [look(package) for package in packager.packages(load(source)[0])]


def names(package: Package) -> list[str]:
    return [entry.path for entry in package.entries()]


def content(package: Package) -> dict[str, bytes]:
    from pyformation.sources.entries import read

    return {entry.path: read(entry) for entry in package.entries()}


def pyformation(
    *arguments: object, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, cwd=cwd, env=env)


# ---------------------------------------------------------------------------------------------
# Wheels of our own


def wheel(
    folder: Path,
    name: str,
    tag: str = "py3-none-any",
    files: dict[str, str] | None = None,
    version: str = "1.0",
) -> Path:
    """A wheel; a name in `files` that begins with DATA lies in its data folder, one with BIN is a script."""
    info = f"{name}-{version}.dist-info"
    inside = {
        f"{name}/__init__.py": f"tag = {tag!r}\n",
        **(files or {}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = ""
    for path, text in inside.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text)}\n"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in [*inside.items(), (f"{info}/RECORD", f"{record}{info}/RECORD,,\n")]:
            about = zipfile.ZipInfo(path)
            about.external_attr = (0o100755 if path.endswith(".sh") else 0o100644) << 16
            archive.writestr(about, text)
    return target


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels: a pure one with scripts and data, a compiled one for some platforms, a source only."""
    folder = tmp_path_factory.mktemp("wheels")
    wheel(
        folder,
        "tiny",
        files={
            "tiny/sub/mod.py": "x = 1\n",
            "tiny/tool.sh": "#!/bin/sh\n",
            "tiny-1.0.dist-info/entry_points.txt": "[console_scripts]\ntiny = tiny:main\n",
            "tiny-1.0.data/scripts/run.py": "#!python\nprint(1)\n",
        },
    )
    for tag in (
        "cp313-cp313-manylinux_2_34_x86_64",
        "cp313-cp313-manylinux_2_34_aarch64",
        "cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp311-cp311-manylinux_2_34_x86_64",
        "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
    ):
        wheel(folder, "native", tag)
    wheel(folder, "newest", "cp313-cp313-manylinux_2_38_x86_64")
    wheel(folder, "newest", "cp311-cp311-manylinux_2_28_x86_64")
    source = folder / "unbuilt-1.0.tar.gz"
    subprocess.run(["tar", "czf", source, "-T", os.devnull], check=True)
    for name in ("boto3", "botocore", "s3transfer", "jmespath"):
        wheel(folder, name)
    return folder


def needing(folder: Path, wheels: Path, *lines: str) -> Path:
    """A folder of code that needs packages."""
    requirements = "\n".join([f"--find-links {wheels}", "--no-index", *lines, ""])
    return write(folder, {"src/index.py": "import tiny\n", "src/requirements.txt": requirements})


INSTALLERS = ["uv", "pip"]


@pytest.fixture(params=INSTALLERS)
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    choose(request.param, monkeypatch)
    return str(request.param)


def choose(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "pip":
        monkeypatch.setattr(dependencies, "find_uv", lambda: None)
    elif dependencies.find_uv() is None:
        pytest.skip("uv is not installed (the extra lambda)")


# ---------------------------------------------------------------------------------------------
# Dependencies


def test_what_installers_leave_is_dropped(tmp_path: Path, wheels: Path, installer: str) -> None:
    needing(tmp_path, wheels, "tiny==1.0")
    (found,) = packaged(template(tmp_path, F=function()), content)
    assert list(found) == [
        "index.py",
        "tiny-1.0.dist-info/METADATA",
        "tiny-1.0.dist-info/RECORD",
        "tiny-1.0.dist-info/WHEEL",
        "tiny-1.0.dist-info/entry_points.txt",
        "tiny/__init__.py",
        "tiny/sub/mod.py",
        "tiny/tool.sh",
    ]
    record = found["tiny-1.0.dist-info/RECORD"].decode().splitlines()
    assert [line.split(",")[0] for line in record] == [path for path in found if path.startswith("tiny")]
    for line in record:
        path, hashed, size = line.split(",")
        if hashed:
            digest = base64.urlsafe_b64encode(hashlib.sha256(found[path]).digest()).rstrip(b"=").decode()
            assert (hashed, size) == (f"sha256={digest}", str(len(found[path])))


PLATFORMS = [
    ("python3.13", "x86_64", "cp313-cp313-manylinux_2_34_x86_64"),
    ("python3.13", "arm64", "cp313-cp313-manylinux_2_34_aarch64"),
    ("python3.11", "x86_64", "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"),
]


@pytest.mark.parametrize(("runtime", "architecture", "tag"), PLATFORMS)
def test_wheels_fit_the_runtime_and_the_architecture(
    runtime: str, architecture: str, tag: str, tmp_path: Path, wheels: Path, installer: str
) -> None:
    needing(tmp_path, wheels, "native")
    source = template(tmp_path, F=function(Runtime=runtime, Architectures=[architecture]))
    (found,) = packaged(source, content)
    assert found["native/__init__.py"] == f"tag = {tag!r}\n".encode()
    assert f"Tag: {tag}".encode() in found["native-1.0.dist-info/WHEEL"]


WITHOUT_WHEEL = [
    ("unbuilt", "python3.13", "x86_64"),
    ("newest", "python3.13", "x86_64"),
    ("newest", "python3.11", "x86_64"),
    ("native", "python3.12", "x86_64"),
    ("native", "python3.11", "arm64"),
    ("nowhere", "python3.13", "x86_64"),
]


# Those of pip take most of a second each.
@pytest.mark.parametrize(
    ("with_", "name", "runtime", "architecture"),
    [("uv", *row) for row in WITHOUT_WHEEL] + [("pip", *row) for row in WITHOUT_WHEEL[:2]],
)
def test_a_package_without_a_wheel_is_refused_by_name(
    with_: str,
    name: str,
    runtime: str,
    architecture: str,
    tmp_path: Path,
    wheels: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(with_, monkeypatch)
    needing(tmp_path, wheels, name)
    source = template(tmp_path, F=function(Runtime=runtime, Architectures=[architecture]))
    with pytest.raises(
        SourceError, match=rf"Resources.F: '{name}' has no wheel for {runtime} on {architecture} "
    ):
        packaged(source, names)


def test_hashes_are_checked(tmp_path: Path, wheels: Path, installer: str) -> None:
    good = hashlib.sha256((wheels / "tiny-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    needing(tmp_path, wheels, f"tiny==1.0 --hash=sha256:{good}")
    (found,) = packaged(template(tmp_path, F=function()), names)
    assert "tiny/__init__.py" in found
    needing(tmp_path, wheels, f"tiny==1.0 --hash=sha256:{'0' * 64}")
    with pytest.raises(SourceError, match=r"cannot install the packages of|has no wheel"):
        packaged(template(tmp_path, F=function()), names)


def test_boto3_is_left_out_when_asked_for(tmp_path: Path, wheels: Path) -> None:
    needing(tmp_path, wheels, "boto3", "botocore", "s3transfer", "jmespath", "tiny")
    source = template(tmp_path, F=function())
    (all_,) = packaged(source, names)
    (few,) = packaged(source, names, without_boto3=True)
    assert {path for path in all_ if path not in few} == {
        path for path in all_ if path.startswith(("boto", "s3transfer", "jmespath"))
    }
    assert "boto3/__init__.py" in all_ and "tiny/__init__.py" in few


def test_other_tools_and_missing_lock_files(tmp_path: Path) -> None:
    project = '[project]\nname = "p"\nversion = "1"\ndependencies = ["tiny"]\n'
    for files, words in (
        ({"src/pyproject.toml": project}, "has no lock file; run 'uv lock'"),
        ({"src/poetry.lock": ""}, "'poetry export'"),
        ({"src/poetry.lock": None, "src/pdm.lock": ""}, "'pdm export'"),
        ({"src/pdm.lock": None, "src/pyproject.toml": "["}, "pyproject.toml is not TOML: "),
    ):
        for name, text in files.items():
            (tmp_path / name).unlink() if text is None else write(tmp_path, {name: text})
        with pytest.raises(SourceError, match=words):
            packaged(template(tmp_path, F=function()), names)
    write(tmp_path, {"src/pyproject.toml": "[tool.ruff]\n"})
    assert packaged(template(tmp_path, F=function()), names) == [["pyproject.toml"]]


def test_a_project_with_a_src_folder(tmp_path: Path) -> None:
    write(
        tmp_path / "app",
        {"pyproject.toml": '[project]\nname = "p"\nversion = "1"\n', "src/p/a.py": "", "tests/b.py": ""},
    )
    assert packaged(template(tmp_path, F=function(Code="app")), names) == [["p/a.py"]]


def test_a_runtime_that_is_a_parameter(tmp_path: Path, wheels: Path) -> None:
    needing(tmp_path, wheels, "native")
    runtime = function(Runtime={"Ref": "Runtime"}, Architectures={"Fn::Split": [",", {"Ref": "Arch"}]})
    parameters = {"Runtime": {"Type": "String"}, "Arch": {"Type": "String", "Default": "arm64"}}
    source = template(tmp_path, parameters=parameters, F=runtime)
    with pytest.raises(PyformationError, match=r"Runtime.*-P|Parameters.Runtime"):
        packaged(source, names)
    (found,) = packaged(source, content, parameters={"Runtime": "python3.13"})
    assert b"aarch64" in found["native/__init__.py"]


def test_other_runtimes_take_any_folder(tmp_path: Path) -> None:
    write(
        tmp_path, {"src/index.js": "", "src/requirements.txt": "nowhere\n", "src/node_modules/m/index.js": ""}
    )
    source = template(tmp_path, F=function(Runtime="nodejs22.x"))
    assert packaged(source, names) == [["index.js", "node_modules/m/index.js", "requirements.txt"]]


def test_runtimes_of_sam_globals(tmp_path: Path, wheels: Path) -> None:
    needing(tmp_path, wheels, "native")
    source = template(
        tmp_path,
        globals_={"Function": {"Runtime": "python3.13", "Architectures": ["arm64"]}},
        F={"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "src/", "Handler": "index.f"}},
    )
    (found,) = packaged(source, content)
    assert b"aarch64" in found["native/__init__.py"]


# ---------------------------------------------------------------------------------------------
# uv.lock


@pytest.fixture
def project(tmp_path: Path, wheels: Path) -> Path:
    """A workspace with a project that needs a package, a development package and a project beside it."""
    if dependencies.find_uv() is None:
        pytest.skip("uv is not installed (the extra lambda)")
    index = f'[tool.uv]\nno-index = true\nfind-links = ["{wheels}"]\n'
    return write(
        tmp_path,
        {
            "pyproject.toml": f'[project]\nname = "root"\nversion = "1"\nrequires-python = ">=3.11"\n{index}[tool.uv.workspace]\nmembers = ["app"]\n',
            "app/pyproject.toml": '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["tiny"]\n[dependency-groups]\ndev = ["native"]\n',
            "app/src/index.py": "import tiny\n",
            "app/tests/test_index.py": "",
            ".git/HEAD": "",
        },
    )


def test_a_project_with_a_lock_file_in_its_workspace(project: Path) -> None:
    uv = dependencies.find_uv()
    subprocess.run([str(uv), "lock", "--quiet"], cwd=project, check=True)
    (found,) = packaged(template(project, F=function(Code="app")), names)
    assert [path for path in found if ".dist-info" not in path] == [
        *["index.py", "tiny/__init__.py", "tiny/sub/mod.py", "tiny/tool.sh"],
    ]


BACKEND = """
import os, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, info = "mylib-1-py3-none-any.whl", "mylib-1.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.write("mylib.py")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: mylib\\nVersion: 1\\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(f"{info}/RECORD", "".join(f"{each},,\\n" for each in archive.namelist()))
    return name
"""


def test_a_project_beside_it_is_built_and_counts(project: Path) -> None:
    """A project of the workspace is the only thing that is built; its files decide the key as well."""
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    about = '[project]\nname = "{}"\nversion = "1"\nrequires-python = ">=3.11"\n'
    app = about.format("app") + 'dependencies = ["mylib"]\n[tool.uv.sources]\nmylib = { workspace = true }\n'
    root = (project / "pyproject.toml").read_text().replace('"app"]', '"app", "lib"]')
    lib = {
        "lib/pyproject.toml": about.format("mylib") + build,
        "lib/backend.py": BACKEND,
        "lib/mylib.py": "x = 1\n",
    }
    write(project, {"pyproject.toml": root, "app/pyproject.toml": app, **lib})
    subprocess.run([str(dependencies.find_uv()), "lock", "--quiet"], cwd=project, check=True)
    source = template(project, F=function(Code="app"))
    (found,) = packaged(source, content)
    assert found["mylib.py"] == b"x = 1\n"
    write(project, {"lib/mylib.py": "x = 2\n"})
    (found,) = packaged(source, content)
    assert found["mylib.py"] == b"x = 2\n"


def test_a_lock_file_needs_uv(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, {"uv.lock": "version = 1\n"})
    choose("pip", monkeypatch)
    with pytest.raises(MissingExtraError, match=r"needs uv: run pip install '\.\[lambda\]' in a clone"):
        packaged(template(project, F=function(Code="app")), names)


# ---------------------------------------------------------------------------------------------
# The same everywhere


def test_every_machine_makes_the_same_archive(tmp_path: Path, wheels: Path) -> None:
    """Two installers, two Pythons, two umasks, two time zones, two orders of files: one key, the same bytes."""
    files = {"index.py": "import tiny\n", "b/c.py": "", "a/z.py": "1", "a/b.py": "2", "é.txt": "é"}
    program = """
import os, sys
umask, installer, turned, source, target = sys.argv[1:]
os.umask(int(umask, 8))
from pyformation.assets import Packager, dependencies
from pyformation.sources import load
if installer == "pip":
    dependencies.find_uv = lambda: None
if turned == "yes":
    scandir = os.scandir
    os.scandir = lambda *path: _Turned(scandir(*path))
    class _Turned(list):
        def __iter__(self): return self
        def __next__(self):
            if not self: raise StopIteration
            return self.pop()
        def __enter__(self): return self
        def __exit__(self, *_): pass
        def close(self): pass
with Packager() as packager:
    (package,) = packager.packages(load(source)[0])
    package.write(target)
    print(package.name)
"""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", tmp_path / "other env"],
        check=True,
    )
    paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))])
    other = str(tmp_path / "other env" / "bin" / "python")
    runs = [
        ("022", "uv", "no", "UTC", sys.executable),
        ("077", "uv", "yes", "Asia/Tokyo", other),
        ("002", "pip", "yes", "America/New_York", sys.executable),
        ("077", "pip", "no", "UTC", other),
    ]
    if dependencies.find_uv() is None:
        runs = runs[2:]
    made: list[tuple[str, bytes]] = []
    for number, (umask, installer, turned, zone, python) in enumerate(runs):
        folder = tmp_path / str(number)
        order = sorted(files, reverse=turned == "yes")
        needing(folder, wheels, "tiny", "native")
        write(folder / "src", {name: files[name] for name in order})
        (folder / "src" / "link").symlink_to("a/b.py")
        (folder / "src" / "index.py").chmod(0o777 if umask == "002" else 0o755)
        target = folder / "made.zip"
        cache = str(folder / "cache")
        result = subprocess.run(
            [python, "-c", program, umask, installer, turned, template(folder, F=function()), str(target)],
            env={**os.environ, "PYTHONPATH": paths, "TZ": zone, "XDG_CACHE_HOME": cache},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        made.append((result.stdout, target.read_bytes()))
    assert len({name for name, _ in made}) == 1
    assert len({data for _, data in made}) == 1
    with zipfile.ZipFile(tmp_path / "0" / "made.zip") as archive:
        modes = {item.filename: item.external_attr >> 16 for item in archive.infolist()}
        assert [*modes] == sorted(modes)
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert (modes["index.py"], modes["a/b.py"], modes["link"]) == (0o100755, 0o100644, 0o120777)
        assert archive.read("link") == b"a/b.py"


def test_the_key_is_that_of_the_output(tmp_path: Path, wheels: Path) -> None:
    """Another way to the same content has the same key, and content that differs another one."""

    def key(package: Package) -> str:
        return package.name

    needing(tmp_path, wheels, "tiny")
    source = template(tmp_path, F=function())
    (first,) = packaged(source, key)
    needing(tmp_path, wheels, "tiny==1.0  # pinned")
    assert packaged(source, key) == [first]
    (tmp_path / "src" / "index.py").chmod(0o755)
    assert packaged(source, key) != [first]
    write(tmp_path / "one", {"src/a": "b", "src/c": ""})
    write(tmp_path / "other", {"src/a": "", "src/bc": ""})
    assert packaged(template(tmp_path / "one", F=function()), key) != packaged(
        template(tmp_path / "other", F=function()), key
    )


def test_an_unchanged_function_is_not_installed_again(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[object] = []
    install = dependencies.install
    from pyformation.assets import packaging

    monkeypatch.setattr(packaging, "install", lambda *given: (installed.append(given), install(*given)))
    needing(tmp_path, wheels, "tiny")
    source = template(tmp_path, F=function(), G=function())
    about = lambda package: (package.name, package.files, package.size)  # noqa: E731
    first = packaged(source, about)
    assert len(installed) == 1
    assert packaged(source, about) == first
    assert len(installed) == 1
    assert packaged(source, about, cache=False) == first
    assert len(installed) == 2
    write(tmp_path, {"src/index.py": "import tiny as t\n"})
    assert packaged(source, about) != first
    assert len(installed) == 3


def test_packages_that_are_not_pinned_and_moved_on(tmp_path: Path) -> None:
    """A key never names other content than its own, also where the cache is older than the registry."""
    folder = tmp_path / "wheels"
    wheel(folder, "tiny")
    needing(tmp_path, folder, "tiny")
    template(tmp_path, F=function())

    def key(target: str) -> str:
        result = pyformation("package", "t.json", "--output-dir", target, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        data = json.loads((tmp_path / target / "t.json").read_text())
        return str(data["Resources"]["F"]["Properties"]["Code"])

    first = key("one")
    wheel(folder, "tiny", version="2.0")
    assert key("one") == first  # The archive is there: nothing is installed.
    second = key("two")
    assert second != first
    with zipfile.ZipFile(tmp_path / "two" / second) as archive:
        assert "tiny-2.0.dist-info/METADATA" in archive.namelist()
    assert key("two") == second


# ---------------------------------------------------------------------------------------------
# Layers, files, archives


def layer(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": "src/", **properties}}


LAYERS = [
    ({}, ["helpers.py"], ["python/helpers.py"]),
    ({"CompatibleRuntimes": ["python3.13"]}, ["pkg/x.py"], ["python/pkg/x.py"]),
    ({}, ["python/pkg/x.py", "bin/tool"], ["bin/tool", "python/pkg/x.py"]),
    ({"CompatibleRuntimes": ["nodejs22.x"]}, ["x.js"], ["x.js"]),
]


@pytest.mark.parametrize(("properties", "files", "expected"), LAYERS)
def test_layers_lie_below_python(
    properties: dict[str, Any], files: list[str], expected: list[str], tmp_path: Path
) -> None:
    write(tmp_path / "src", dict.fromkeys(files, ""))
    assert packaged(template(tmp_path, L=layer(**properties)), names) == [expected]


def test_packages_in_layers(tmp_path: Path, wheels: Path) -> None:
    needing(tmp_path, wheels, "native")
    with pytest.raises(SourceError, match="nothing says for which Python: declare CompatibleRuntimes"):
        packaged(template(tmp_path, L=layer()), names)
    one = layer(CompatibleRuntimes=["python3.13"], CompatibleArchitectures=["arm64"])
    (found,) = packaged(template(tmp_path, L=one), content)
    assert b"aarch64" in found["python/native/__init__.py"] and "python/index.py" in found
    two = layer(CompatibleRuntimes=["python3.13", "python3.11"])
    (found,) = packaged(template(tmp_path, L=two), content)
    for version in ("3.13", "3.11"):
        path = f"python/lib/python{version}/site-packages/native/__init__.py"
        assert f"cp{version.replace('.', '')}".encode() in found[path]


def test_prebuilt_archives_and_single_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        archive.writestr("index.py", "x" * 1000)
    write(tmp_path, {"one.py": "", "job.py": "print()"})
    source = template(
        tmp_path,
        Made=function(Code="made.zip"),
        One=function(Code="one.py"),
        Job={"Type": "AWS::Glue::Job", "Properties": {"Role": "r", "Command": {"ScriptLocation": "job.py"}}},
    )
    made, one, job = packaged(source, lambda package: package)
    assert made.name.endswith(".zip") and made.size == 1000
    made.write(str(tmp_path / "copy.zip"))
    assert (tmp_path / "copy.zip").read_bytes() == (tmp_path / "made.zip").read_bytes()
    assert names(one) == ["one.py"] and one.name.endswith(".zip")
    assert job.name.endswith(".py") and not job.name.startswith(one.name[:10])


# ---------------------------------------------------------------------------------------------
# Bad input


def test_what_is_missing_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"Resources.F: Code is 'src/', which does not exist .*t.json:1"):
        packaged(template(tmp_path, F=function()), names)
    with pytest.raises(SourceError, match="Code is 'scr/', which does not exist; did you mean 'src'"):
        packaged(template(write(tmp_path, {"src/a": ""}), F=function(Code="scr/")), names)
    with open(tmp_path / "src" / "big", "wb") as file:
        file.truncate(251 * 2**20)
    with pytest.raises(SourceError, match="'src/' has 251 MB unzipped; Lambda takes at most 250 MB"):
        packaged(template(tmp_path, F=function()), names)


def test_a_folder_without_files(tmp_path: Path) -> None:
    write(tmp_path, {"src/x.log": "", "src/.gitignore": "*.log\n"})
    with pytest.raises(
        SourceError, match=r"Resources.F: 'src/' has no files to package; .gitignore leaves out 1 "
    ):
        packaged(template(tmp_path, F=function()), names)


def test_a_function_and_its_layers_are_too_large_together(tmp_path: Path) -> None:
    for name in ("src", "layer"):
        (tmp_path / name).mkdir()
        with open(tmp_path / name / "big", "wb") as file:
            file.truncate(130 * 2**20)
    source = template(tmp_path, L=layer(Content="layer"), F=function(Layers=[{"Ref": "L"}]))
    with pytest.raises(SourceError, match="'src/' with L has 260 MB unzipped"):
        packaged(source, names)


# ---------------------------------------------------------------------------------------------
# The command


STACK = """
from pyformation import Asset, Output, Stack
from pyformation.aws import cloudformation, glue, lambda_, stepfunctions

class App(Stack):
    function = lambda_.Function(role="r", runtime="python3.13", handler="index.f", code=Asset("src/"))
    job = glue.Job(role="r", command=glue.Job.JobCommand(script_location=Asset("job.py")))
    machine = stepfunctions.StateMachine(role_arn="r", definition_s3_location=Asset("machine.json"))
    child = cloudformation.Stack(template_url=Asset("child/t.yaml"))
"""
CHILD = "Resources:\n  Inner:\n    Type: AWS::Lambda::Function\n    Properties: {Role: r, Runtime: python3.13, Handler: i.f, Code: code}\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        {
            "stack.py": STACK,
            "src/index.py": "def f(event, context): ...\n",
            "src/x.log": "",
            ".gitignore": "*.log\n",
            ".git/HEAD": "",
            "job.py": "",
            "machine.json": "{}",
            "child/t.yaml": CHILD,
            "child/code/i.py": "",
        },
    )


def test_packages_beside_the_template(app: Path) -> None:
    result = pyformation("package", "stack.py", "--output-dir", "out", cwd=app)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "out/App.yaml\n"
    assert "Function: 1 file, 27 bytes, 1 left out by .gitignore; written to out" in result.stderr
    data = yaml.safe_load((app / "out" / "App.yaml").read_text())["Resources"]
    code = data["Function"]["Properties"]["Code"]
    with zipfile.ZipFile(app / "out" / code) as archive:
        assert archive.namelist() == ["index.py"]
    child = (app / "out" / data["Child"]["Properties"]["TemplateURL"]).read_text()
    inner = yaml.safe_load(child)["Resources"]["Inner"]["Properties"]["Code"]
    assert (app / "out" / inner).exists()
    assert data["Machine"]["Properties"]["DefinitionS3Location"].endswith(".json")
    before = {path: path.stat().st_mtime_ns for path in (app / "out").glob("*.zip")}
    again = pyformation("package", "stack.py", "--output-dir", "out", cwd=app)
    assert "already in out" in again.stderr
    assert {path: path.stat().st_mtime_ns for path in (app / "out").glob("*.zip")} == before
    # The template with plain paths can be packaged like any other.
    assert pyformation("package", "out/App.yaml", "--output-dir", "twice", cwd=app).returncode == 0
    assert {path.name for path in (app / "twice").glob("*.zip")} == {path.name for path in before}


def test_stacks_of_one_module_that_nest(tmp_path: Path) -> None:
    """The template of a nested stack is another stack of the module, with files of its own."""
    module = """
from pyformation import Asset, Stack
from pyformation.aws import cloudformation, lambda_

class Inner(Stack):
    function = lambda_.Function(role="r", runtime="nodejs22.x", handler="i.f", code=Asset("src/"))

class Outer(Stack):
    child = cloudformation.Stack(template_url="Inner.yaml")
"""
    write(tmp_path, {"stack.py": module, "src/i.js": ""})
    result = pyformation("package", "stack.py:Outer", "--output-dir", "out", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    outer = yaml.safe_load((tmp_path / "out" / "Outer.yaml").read_text())["Resources"]
    inner = yaml.safe_load((tmp_path / "out" / outer["Child"]["Properties"]["TemplateURL"]).read_text())[
        "Resources"
    ]
    assert (tmp_path / "out" / inner["Function"]["Properties"]["Code"]).exists()


def test_a_revision_is_packaged_as_it_was(app: Path) -> None:
    (app / ".git" / "HEAD").unlink()
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        command = ["git", "-c", "user.name=n", "-c", "user.email=e@e", *arguments]
        subprocess.run(command, cwd=app, check=True)
    now = pyformation("package", "stack.py", "--output-dir", "now", cwd=app)
    (app / "src" / "index.py").write_text("changed")
    then = pyformation("package", "git:HEAD:stack.py", "--output-dir", "then", cwd=app)
    assert (now.returncode, then.returncode) == (0, 0), then.stderr
    assert (app / "now" / "App.yaml").read_text() == (app / "then" / "App.yaml").read_text()


def test_a_dry_run_lists_the_content(app: Path) -> None:
    result = pyformation("package", "stack.py", "--dry-run", cwd=app)
    assert result.returncode == 0, result.stderr
    assert not (app / "build").exists()
    lines = result.stdout.splitlines()
    assert re.fullmatch(r"Function Code: src/ -> \w{40}\.zip, 1 left out by \.gitignore", lines[0])
    assert lines[1].split() == ["27", "bytes", "index.py"]
    assert "Lambda's limits                250.0 MB     50.0 MB" in lines
    write(app, {"src/test_index.py": "", "src/tests/a.py": ""})
    result = pyformation("package", "stack.py", "--dry-run", "--without-tests", cwd=app)
    assert result.stdout.splitlines()[0] == f"{lines[0]}, 2 excluded"


def test_what_was_packaged_is_not_packaged_again(tmp_path: Path) -> None:
    """Of a folder that holds its own template, whatever folders were written to before."""
    data = {"Resources": {"F": function(Code="."), "G": function(Code="lib")}}
    write(tmp_path, {"index.py": "1", "lib/a.py": "", "t.json": json.dumps(data)})
    keep = write(tmp_path, {f"data/{'0' * 40}.zip": "no package of ours"})
    for options in ([], [], ["--output-dir", "out"], ["--output-dir", "lib/x"]):
        result = pyformation("package", "t.json", *options, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    (old, *_), (new, *_) = (sorted((tmp_path / folder).iterdir()) for folder in ("build", "lib/x"))
    assert old.name == new.name
    with Packager() as packager:
        first, second = packager.packages(load(str(tmp_path / "t.json"))[0])
        assert names(first) == [f"data/{'0' * 40}.zip", "index.py", "lib/a.py", "t.json"]
        assert names(second) == ["a.py"]
    before = (keep / "t.json").read_text()
    for options in (["--output-dir", "."], ["--bucket", "b", "-o", "t.json"]):
        result = pyformation("package", "t.json", *options, cwd=tmp_path)
        assert result.returncode == 1 and "is the template itself" in result.stderr, result.stderr
    assert (keep / "t.json").read_text() == before


def test_errors_of_the_command(app: Path) -> None:
    for arguments, words in (
        (["stack.py", "-o", "x.yaml"], "--output needs --bucket"),
        (["stack.py", "-o", "x.yaml", "--output-dir", "y", "--bucket", "b"], "give --output or --output-dir"),
        (["nothing.yaml"], "there is no file 'nothing.yaml'"),
        (["stack.py:Ap"], "did you mean 'App'"),
    ):
        result = pyformation("package", *arguments, cwd=app)
        assert result.returncode == 1 and words in result.stderr, result.stderr
        assert result.stderr.count("\n") == 1
    (app / "src").rename(app / "gone")
    result = pyformation("package", "stack.py", cwd=app)
    assert result.returncode == 1
    assert (
        "Resources.Function: Code is 'src/', which does not exist" in result.stderr
        and "(stack.py:6)" in result.stderr
    )


def test_compiled_packages_of_layers_fit_their_functions(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose("uv", monkeypatch)
    needing(tmp_path, wheels, "library")
    wheel(wheels, "library", "cp313-cp313-manylinux_2_34_x86_64", {"library/speed.cpython-313.so": "x86"})
    wheel(wheels, "library", "cp313-cp313-manylinux_2_34_aarch64", {"library/speed.cpython-313.so": "arm"})
    write(tmp_path, {"code/index.py": ""})

    def layer_with(*architectures: str) -> dict[str, Any]:
        given = {"CompatibleArchitectures": list(architectures)} if architectures else {}
        content = {"Content": "src", "CompatibleRuntimes": ["python3.13"], **given}
        return {"Type": "AWS::Lambda::LayerVersion", "Properties": content}

    on_arm = function(Code="code", Architectures=["arm64"], Layers=[{"Ref": "L"}])
    for _ in range(2):  # Installed, and from the cache.
        with pytest.raises(
            SourceError,
            match=r"^Resources.F: it runs on arm64, and the layer L has packages that are compiled for x86_64; declare "
            r"the layer's CompatibleArchitectures",
        ):
            packaged(template(tmp_path, F=on_arm, L=layer_with()), names)
    assert len(packaged(template(tmp_path, F=on_arm, L=layer_with("arm64")), names)) == 2
    with pytest.raises(
        SourceError, match="compiled for arm64, and the layer is for arm64 and x86_64; declare a layer"
    ):
        packaged(template(tmp_path, F=on_arm, L=layer_with("arm64", "x86_64")), names)
    # What is not compiled runs everywhere.
    needing(tmp_path, wheels, "tiny==1.0")
    assert len(packaged(template(tmp_path, F=on_arm, L=layer_with("arm64", "x86_64")), names)) == 2
    assert len(packaged(template(tmp_path, F=on_arm, L=layer_with()), names)) == 2


# ---------------------------------------------------------------------------------------------
# The writer of archives


def test_threads_write_what_zipfile_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names outside of ASCII, links, programs, empty and large files, what is compressed already, and no file at all."""
    from pyformation.assets import archives
    from pyformation.sources.entries import Entry

    noise = random.Random(0).randbytes(300_000)
    entries = [
        Entry("a.py", "", 5, data=b"x = 1"),
        Entry("bin/run", "", 4, True, data=b"#!sh"),
        Entry("empty", "", 0, data=b""),
        Entry("link", "", 0, target="bin/run"),
        *(Entry(f"n/{number}.bin", "", len(noise), data=noise + bytes([number])) for number in range(20)),
        Entry("n/same.json", "", 3_000_000, data=b"0" * 3_000_000),
        Entry("picture.png", "", 2, data=b"ab"),
        Entry("\u00fc/\u2713.txt", "", 2, data=b"ab"),
    ]
    for number, found in enumerate((entries, entries[:1], [])):
        archives.write_archive(found, str(tmp_path / "threads.zip"))
        with monkeypatch.context() as patched:
            patched.setattr(archives, "_MOST_FILES", 0)
            archives.write_archive(found, str(tmp_path / "zipfile.zip"))
        assert (tmp_path / "threads.zip").read_bytes() == (tmp_path / "zipfile.zip").read_bytes(), number
    archives.write_archive(entries, str(tmp_path / "all.zip"))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [entry.path for entry in entries]
        assert archive.getinfo("picture.png").compress_type == zipfile.ZIP_STORED
        assert [archive.read(entry.path) for entry in entries if entry.data] == [
            entry.data for entry in entries if entry.data
        ]


def test_large_files_have_the_key_of_their_content(tmp_path: Path) -> None:
    from pyformation.sources.entries import Entry, key_of

    (tmp_path / "large").write_bytes(content := b"0123456789" * 1_000_000)
    size = len(content)
    file = Entry("large", str(tmp_path / "large"), size)
    assert key_of([file]) == key_of([Entry("large", "", size, data=content)])
    assert key_of([file]) != key_of([Entry("large", "", size, data=content[:-1] + b"x")])
    (tmp_path / "large").unlink()
    with pytest.raises(SourceError, match=r"cannot read '.*large': No such file"):
        key_of([file])


def test_packages_in_memory_and_on_disk_are_the_same(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyformation.assets import packaging

    choose("uv", monkeypatch)
    needing(tmp_path, wheels, "tiny==1.0")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    made: list[tuple[str, bytes]] = []
    for memory in (0, 1_000_000):
        monkeypatch.setattr(packaging, "_MEMORY", memory)
        with Packager(Options(cache=False)) as packager:
            (package,) = packager.packages(load(template(tmp_path, F=function()))[0])
            assert memory or list(temporary.iterdir()) != []
            package.write(str(tmp_path / "a.zip"))
        assert list(temporary.iterdir()) == []
        made.append((package.name, (tmp_path / "a.zip").read_bytes()))
    assert made[0] == made[1]


# ---------------------------------------------------------------------------------------------
# Examples


def test_the_area_calculator_is_packaged(tmp_path: Path) -> None:
    result = pyformation("package", ROOT / "examples" / "area" / "stack.py", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    data = yaml.load((tmp_path / "build" / "AreaStack.yaml").read_text(), yaml.BaseLoader)
    with zipfile.ZipFile(tmp_path / "build" / data["Resources"]["Function"]["Properties"]["Code"]) as archive:
        assert archive.namelist() == ["area.py"]


def test_the_example_with_packages(tmp_path: Path) -> None:
    found = loaded_template(ROOT / "examples" / "packages" / "domain_stack.py")
    resources = found.data["Resources"]
    assert resources["Function"]["Properties"]["Code"] == "src/"
    assert resources["Function"]["Properties"]["Layers"] == [{"Ref": "Common"}]
    with Packager() as packager:
        (layer_,) = [
            each
            for each in packager.packages(without_requirements(found, tmp_path))
            if each.file.name == "Common"
        ]
        assert names(layer_) == ["python/replies.py"]


def loaded_template(path: Path) -> Any:
    return load(str(path))[0]


def without_requirements(found: Any, folder: Path) -> Any:
    """The same template, whose function is a folder that needs nothing from the registry."""
    import attrs

    write(folder / "src", {"domains.py": ""})
    shutil.copytree(ROOT / "examples" / "packages" / "common", folder / "common")
    return attrs.evolve(found, base=str(folder))


@pytest.mark.slow
def test_the_example_with_packages_from_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_OFFLINE")
    example = ROOT / "examples" / "packages"
    result = pyformation("package", "domain_stack.py", "--output-dir", tmp_path, cwd=example)
    if "Failed to fetch" in result.stderr or "error sending request" in result.stderr:
        pytest.skip("the registry of packages cannot be reached")
    assert result.returncode == 0, result.stderr
    data = yaml.load((tmp_path / "DomainStack.yaml").read_text(), yaml.BaseLoader)
    with zipfile.ZipFile(tmp_path / data["Resources"]["Function"]["Properties"]["Code"]) as archive:
        assert {"domains.py", "idna/core.py", "idna-3.10.dist-info/RECORD"} <= set(archive.namelist())
