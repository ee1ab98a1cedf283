"""Builds the file trees in which the two Asterisks run, and keeps them in the cache. Called by `tests.rig.asterisk`
and by `python -m tests.rig.chroot` (which builds both, for continuous integration to do ahead).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.rig.parts import Unavailable, cache_dir, require_debian_root, require_program


SUITES = {22: "sid", 16: "bullseye"}
"""Major version of Asterisk -> the Debian suite that has it."""

PACKAGES = {22: "asterisk", 16: "asterisk,asterisk-voicemail"}
"""Voicemail was a package of its own in bullseye and is part of Asterisk's own in sid."""

READY = ".cordboard-ready"
RECIPE = "1"  # a new number has old trees built anew


_failed: dict[int, str] = {}  # so that a build that failed is not tried again for every test of one run


def ensure(major: int) -> Path:
    """The tree with Asterisk `major` (22 or 16), built when it is not there yet: about a minute and 300 MB.

    Raises Unavailable when this machine cannot build it (not Debian, not root, no mirror, packages broken today).
    """
    require_debian_root(f"Asterisk {major}")
    if major in _failed:
        raise Unavailable(_failed[major])
    tree = cache_dir() / f"asterisk-{major}"
    with _locked(tree.with_suffix(".lock")):
        if not _is_ready(tree):
            try:
                _build(tree, SUITES[major], PACKAGES[major])
            except Unavailable as error:
                _failed[major] = str(error)
                raise
    return tree


def ensure_all() -> dict[int, Path | Unavailable]:
    """All trees, built at the same time; in place of one that cannot be had, why."""

    def attempt(major: int) -> Path | Unavailable:
        try:
            return ensure(major)
        except Unavailable as error:
            return error

    with ThreadPoolExecutor() as pool:
        return dict(zip(SUITES, pool.map(attempt, SUITES), strict=True))


def _is_ready(tree: Path) -> bool:
    stamp = tree / READY
    return stamp.exists() and stamp.read_text() == RECIPE


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(tree: Path, suite: str, packages: str) -> None:
    program = require_program("debootstrap")
    workspace = tree.with_name(f"{tree.name}.building")
    _remove(workspace)
    command = [program, "--variant=minbase", f"--include={packages}"]
    if not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists():
        command.append("--no-check-gpg")
    reasons = []
    for mirror in 2 * list(mirrors(suite)):  # the second time for what was a hiccup
        done = subprocess.run(
            [*command, suite, str(workspace), mirror], capture_output=True, text=True, check=False, env=_environment()
        )
        if done.returncode == 0:
            break
        reasons.append("\n".join((done.stdout + done.stderr).splitlines()[-3:]))
        _remove(workspace)
    else:
        raise Unavailable(f"debootstrap of {suite} failed: " + ("; ".join(reasons) or "no Debian mirror has it"))
    _slim(workspace)
    (workspace / READY).write_text(RECIPE)
    _remove(tree)
    workspace.rename(tree)


def mirrors(suite: str) -> Iterator[str]:
    """The archives in this machine's own apt sources that carry `suite`."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    for uri in dict.fromkeys(line.rstrip("/") for line in listing.stdout.splitlines()):
        if uri.startswith(("http://", "https://")) and _answers(f"{uri}/dists/{suite}/Release"):
            yield uri


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=20) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError):
        return False


def _environment() -> dict[str, str]:
    """Our environment, with the proxy that apt uses: debootstrap fetches by itself and does not read apt's settings."""
    environment = dict(os.environ)
    dump = subprocess.run(["apt-config", "dump", "Acquire::http::Proxy"], capture_output=True, text=True, check=False)
    if found := re.search(r'"(http[^"]+)"', dump.stdout):
        environment.setdefault("http_proxy", found[1])
    return environment


def _slim(tree: Path) -> None:
    for path in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"):
        shutil.rmtree(tree / path, ignore_errors=True)


def _remove(tree: Path) -> None:
    """Delete a tree, also one left by a debootstrap that was killed and has /proc still mounted in it."""
    for mount in ("proc", "sys", "dev/pts", "dev"):
        while os.path.ismount(tree / mount):
            subprocess.run(["umount", str(tree / mount)], check=True)
    if tree.exists():
        shutil.rmtree(tree)


def main() -> int:
    """Build all trees; the exit code is the number of those that cannot be had."""
    trees = ensure_all()
    for major, tree in trees.items():
        print(f"Asterisk {major}: {tree}")
    return sum(isinstance(tree, Unavailable) for tree in trees.values())


if __name__ == "__main__":
    sys.exit(main())
