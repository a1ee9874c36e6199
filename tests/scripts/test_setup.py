"""scripts/setup on systems of all kinds, with stand-ins for their installers."""

import subprocess
from pathlib import Path

import pytest
from conftest import is_one_line
from fronts_support import bare_folder, run_script, stand_in

OPTIONAL = ("libtbb-dev", "libasio-dev", "libboost-fiber-dev", "valgrind")
RELEASES = {
    "debian": "PRETTY_NAME='Debian GNU/Linux 12'\nID=debian\n",
    "ubuntu": 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n',
    "mint": 'ID=linuxmint\nID_LIKE="ubuntu debian"\n',
    "fedora": "ID=fedora\n",
    "rocky": 'ID="rocky"\nID_LIKE="rhel centos fedora"\n',
    "alpine": "ID=alpine\n",
}


class System:
    """A system that has everything but what is missing, until its installer was called with it."""

    def __init__(self, folder: Path, release: str, missing: tuple[str, ...], user: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.bin = bare_folder(folder / "bin")
        self.release = folder / "os-release"
        self.release.write_text(RELEASES[release])
        self.called = folder / "called"
        stand_in(self.bin, "id", f"echo {user}")
        absent = " ".join(missing)
        # Both queries end with the package's name.
        query = (
            f'for package do :; done; case " {absent} " in *" $package "*)'
            f' [ -e {self.called} ] && grep -qw -e "$package" {self.called} || exit 1 ;; esac; echo installed'
        )
        family = "rpm" if release in ("fedora", "rocky") else "dpkg-query"
        if release != "alpine":
            stand_in(self.bin, family, query)
        self.installer("dnf" if family == "rpm" else "apt-get", f'echo "$@" >>{self.called}')

    def installer(self, name: str, text: str) -> None:
        stand_in(self.bin, name, text)

    def setup(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return run_script("setup", *arguments, PATH=str(self.bin), BOOKSTORE_OS_RELEASE=str(self.release))

    def installed(self) -> list[str]:
        return self.called.read_text().split() if self.called.exists() else []


def test_check_lists_what_is_missing_and_changes_nothing(tmp_path: Path) -> None:
    system = System(tmp_path, "debian", ("cmake", "valgrind"))
    done = system.setup("--check")
    assert (done.returncode, done.stdout) == (2, "scripts/setup: missing: cmake valgrind\n")
    assert not system.installed()


@pytest.mark.parametrize("release", ["debian", "ubuntu", "mint", "fedora", "rocky"])
@pytest.mark.parametrize("what", [(), ("--check",), ("--languages",), ("--tests",), ("--ci",)])
def test_says_that_all_is_there(tmp_path: Path, release: str, what: tuple[str, ...]) -> None:
    done = System(tmp_path, release, ()).setup(*what)
    assert (done.returncode, done.stdout) == (0, "scripts/setup: everything is installed\n"), done.stderr


@pytest.mark.parametrize(
    ("release", "package"), [("debian", "g++"), ("ubuntu", "g++"), ("mint", "g++"), ("fedora", "gcc-c++")]
)
def test_installs_only_what_is_missing_by_the_systems_own_name(
    tmp_path: Path, release: str, package: str
) -> None:
    system = System(tmp_path, release, (package,))
    done = system.setup()
    assert (done.returncode, done.stdout) == (0, "scripts/setup: installed\n"), done.stderr
    called = system.installed()
    assert called[-1] == package and "install" in called and called.count(package) == 1


@pytest.mark.parametrize(
    ("package", "options"),
    [
        ("black", ("--tests",)),
        ("black", ("--ci",)),
        ("libomp-dev", ("--ci",)),
        ("golang-go", ("--languages",)),
        ("librust-tokio-dev", ("--tests", "--languages")),
        ("cargo", ("--ci",)),
    ],
)
def test_options_ask_for_more(tmp_path: Path, package: str, options: tuple[str, ...]) -> None:
    assert not System(tmp_path / "plain", "debian", (package,)).setup().stderr
    system = System(tmp_path / "with", "debian", (package,))
    assert system.setup(*options).returncode == 0
    assert package in system.installed()


def test_fetches_the_package_lists_when_the_first_attempt_fails(tmp_path: Path) -> None:
    system = System(tmp_path, "debian", ("cmake",))
    updated = tmp_path / "updated"
    system.installer(
        "apt-get",
        f'case "$*" in *update*) : >{updated} ;; *) [ -e {updated} ] || exit 100; echo "$@" >{system.called} ;;'
        " esac",
    )
    done = system.setup()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("user", "apt", "complaint"),
    [
        (1000, "exit 0", "needs root; run as root: apt-get install cmake valgrind"),
        (0, None, "no apt-get here; install by hand: cmake valgrind"),
        (0, "echo 'E: no network' >&2; exit 100", "E: no network"),
        (0, "exit 0", "left cmake out"),
    ],
)
def test_that_cannot_install_what_is_needed_says_what_to_do(
    tmp_path: Path, user: int, apt: str | None, complaint: str
) -> None:
    system = System(tmp_path, "debian", ("cmake", "valgrind"), user)
    if apt is None:
        (system.bin / "apt-get").unlink()
    else:
        system.installer("apt-get", apt)
    done = system.setup()
    assert done.returncode == 2
    assert complaint in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(("user", "apt"), [(1000, "exit 0"), (0, None), (0, "exit 100"), (0, "exit 0")])
def test_what_is_optional_stops_nobody(tmp_path: Path, user: int, apt: str | None) -> None:
    system = System(tmp_path, "debian", OPTIONAL, user)
    if apt is None:
        (system.bin / "apt-get").unlink()
    else:
        system.installer("apt-get", apt)
    done = system.setup()
    assert done.returncode == 0
    assert f"(as root: apt-get install {' '.join(OPTIONAL)})" in done.stderr.splitlines()[-1]


def test_names_the_one_command_to_ask_for(tmp_path: Path) -> None:
    done = System(tmp_path, "fedora", ("json-devel", "gtest-devel", "asio-devel"), user=1000).setup()
    assert done.returncode == 2 and is_one_line(done.stderr)
    assert done.stderr.endswith("run as root: dnf install json-devel gtest-devel asio-devel\n")


def test_on_an_unknown_system_says_what_it_needs_and_goes_on(tmp_path: Path) -> None:
    system = System(tmp_path, "alpine", ("g++",))
    done = system.setup("--tests")
    assert done.returncode == 0 and is_one_line(done.stderr) and not system.installed()
    for package in ("libbenchmark-dev", "black", "valgrind"):
        assert package in done.stderr
    assert system.setup("--check").returncode == 2


def test_a_broken_system_is_told_apart_from_an_unknown_one(tmp_path: Path) -> None:
    system = System(tmp_path, "debian", ())
    (system.bin / "dpkg-query").unlink()
    done = system.setup()
    assert done.returncode == 2 and is_one_line(done.stderr) and "no dpkg-query here" in done.stderr
