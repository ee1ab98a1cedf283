"""Two Asterisks in one panel, 22 and 16, with the same numbers on both and a trunk between them.

The operator is alice, at 201 of `main`. Each has its own worker process under the one that `make run` starts.
"""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.page import log_in
from tests.e2e.stack import Panel, eventually, panel
from tests.rig.asterisk import Asterisk
from tests.rig.fixtures import provide
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.timeout(120)]

SOON = 10_000.0  # ms
TO_BRANCH = "7"
"""What the dialplan of `main` sends over the trunk."""


class House(NamedTuple):
    main: Asterisk
    branch: Asterisk
    panel: Panel


def join(asterisk: Asterisk, here: str, there: str, other: Asterisk, prefix: str) -> None:
    """A trunk to the other one, which knows its calls by the user that they come from."""
    trunk = f"""
[{there}]
type = endpoint
transport = transport
context = from-internal
disallow = all
allow = ulaw,alaw
direct_media = no
media_address = 127.0.0.1
bind_rtp_to_media_address = yes
from_user = {here}
send_pai = yes
trust_id_inbound = yes
aors = {there}

[{there}]
type = aor
contact = sip:127.0.0.1:{other.ports.sip}
"""
    dialplan = (
        f"\n[from-internal](+)\nexten => _{prefix}2XX,1,Dial(PJSIP/${{EXTEN:1}}@{there},60)\n same => n,Hangup()\n"
    )
    for name, text in (("pjsip.conf", trunk), ("extensions.conf", dialplan)):
        with (asterisk.directory / "etc" / name).open("a") as file:
            file.write(text)


@pytest.fixture(scope="module")
def house(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with ExitStack() as stack:
        main, branch = (stack.enter_context(contextmanager(provide)(pytestconfig, major)) for major in (22, 16))
        join(main, "main", "branch", branch, TO_BRANCH)
        join(branch, "branch", "main", main, "6")
        for each in (main, branch):
            each.restart()
        environment = {
            "PBXS": "main,branch",
            "AMI_URL_MAIN": main.ami_url,
            "AMI_URL_BRANCH": branch.ami_url,
            "TRUNK_PREFIX_BRANCH": TO_BRANCH,
        }
        folder = tmp_path_factory.mktemp("pbxs")
        operators = {"alice": "201", "bea": "branch/201"}
        running = stack.enter_context(panel(folder, None, operators=operators, environment=environment))
        yield House(main, branch, running)


@pytest.fixture
def phones(house: House) -> Iterator[tuple[Rig, Rig]]:
    """201 and 202 of either PBX, which answer."""
    with Rig(house.main) as main, Rig(house.branch) as branch:
        for rig in (main, branch):
            for number in ("201", "202"):
                rig.phone(number, answer_after=0.3)
        yield main, branch


@pytest.fixture
def board(house: House, kept_chromium: Browser) -> Iterator[Page]:
    context = kept_chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    log_in(page, house.panel.address, "alice")
    yield page
    context.close()
    assert not failures, failures


def expect_tile(page: Page, extension: str, state: str) -> None:
    expect(page.locator(f'[data-extension="{extension}"]')).to_have_attribute("data-state", state, timeout=SOON)


def expect_stale(page: Page, extension: str, *, stale: bool) -> None:
    tile = page.locator(f'[data-extension="{extension}"]{"[data-stale]" if stale else ":not([data-stale])"}')
    expect(tile).to_have_count(1, timeout=SOON)


def readiness(house: House) -> dict[str, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"{house.panel.address}/readyz", timeout=5) as answer:
            said = json.load(answer)
    except urllib.error.HTTPError as not_ready:
        said = json.load(not_ready)
    pbxs: dict[str, dict[str, object]] = said["pbx"]
    return pbxs


def test_the_same_number_is_another_tile_and_a_call_to_it_is_shown_there_alone(
    house: House, phones: tuple[Rig, Rig], board: Page
) -> None:
    _, branch = phones
    caller = branch.call_from_outside("5550100", name="Jan Novák")
    expect_tile(board, "branch/201", "talking")
    expect_tile(board, "201", "idle")
    expect(board.locator('[data-extension="branch/201"]')).to_contain_text("201 · branch")
    expect(board.locator('[data-extension="branch/201"]')).to_contain_text("Jan Novák")
    expect(board.locator("#my-calls [data-call]")).to_have_count(0)
    caller.hangup()
    expect_tile(board, "branch/201", "idle")


def test_a_transfer_to_the_other_pbx_goes_over_the_trunk(house: House, phones: tuple[Rig, Rig], board: Page) -> None:
    main, _ = phones
    caller = main.call_from_outside("5550100", number="+48600111222", name="Jan Novák")
    expect_tile(board, "201", "talking")
    board.keyboard.type("bruno")
    expect(board.locator("cb-result")).to_have_count(2)  # one on each PBX
    there = board.locator("cb-result", has_text="202 · branch")
    expect(there).to_have_count(1)
    while there.get_attribute("aria-selected") != "true":
        board.keyboard.press("ArrowDown")
    board.keyboard.press("Enter")
    expect_tile(board, "branch/202", "talking")
    expect_tile(board, "201", "idle")
    expect_tile(board, "202", "idle")
    expect(board.locator("#receipts")).to_contain_text("Bruno Keller", timeout=SOON)
    expect(board.locator('[data-extension="branch/202"]')).to_contain_text("Jan Novák")
    assert any(name.startswith("PJSIP/branch-") for name in house.main.channels())
    caller.hangup()
    expect_tile(board, "branch/202", "idle")


def test_one_that_is_gone_is_stale_and_the_other_goes_on(house: House, phones: tuple[Rig, Rig], board: Page) -> None:
    main, _ = phones
    house.branch.kill()
    expect_stale(board, "branch/201", stale=True)
    expect_stale(board, "201", stale=False)
    expect(board.locator("html[data-link=live]")).to_have_count(1)
    expect(board.locator("cb-banner")).to_contain_text("branch not connected since")
    assert {name: each["link"] for name, each in readiness(house).items()} == {"main": "live", "branch": "offline"}
    caller = main.call_from_outside("5550100")
    expect_tile(board, "201", "talking")
    caller.hangup()
    expect_tile(board, "201", "idle")
    house.branch.start()
    expect_stale(board, "branch/201", stale=False)
    expect(board.locator("cb-banner")).to_be_hidden()


def test_a_worker_that_is_killed_is_started_again_and_the_other_never_stops(
    house: House, phones: tuple[Rig, Rig], board: Page
) -> None:
    def epochs() -> dict[str, int]:
        return {name: int(str(each["lease_epoch"])) for name, each in readiness(house).items()}

    before, were = workers(house), epochs()
    assert before.keys() == {"main", "branch"}
    assert all(os.getsid(pid) == pid for pid in before.values())  # who ends the whole group tells them once, not twice
    os.kill(before["branch"], signal.SIGKILL)
    eventually(lambda: epochs()["branch"] > were["branch"], 15, "another worker keeps the branch")
    house.panel.wait_ready()
    caller = phones[1].call_from_outside("5550100")
    expect_tile(board, "branch/201", "talking")
    caller.hangup()
    expect_tile(board, "branch/201", "idle")
    assert workers(house)["main"] == before["main"]
    assert epochs()["main"] == were["main"]


def workers(house: House) -> dict[str, int]:
    """Their process ids, by PBX."""
    found = {}
    for child in Path(f"/proc/{house.panel.worker.pid}/task/{house.panel.worker.pid}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_text()
        found[command.partition("--pbx=")[2].partition("\0")[0]] = int(child)
    return found
