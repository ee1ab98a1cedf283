"""A message through the whole panel: socket, worker and mail server as they run in an office."""

from __future__ import annotations

import email
import email.policy
import json
import re
import socket
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.e2e.board import Board
from tests.e2e.page import log_in
from tests.e2e.stack import panel
from tests.rig.fixtures import chromium_options
from tests.rig.phones import Rig


TEXT = "Jan Novák (+48 600 111 222) called at 10:42 and asks you to call back"


def can_message(board: Board, number: str) -> bool:
    return bool(board.row("extension", number).get("can_message"))


def states(board: Board) -> list[str]:
    return [row["state"] for row in board.all("command")]


def test_in_the_demo_a_message_becomes_a_file_and_its_address_stays_on_the_server(tmp_path: Path) -> None:
    with panel(tmp_path, None, operators={"rita": "201"}) as running:
        with Board(running, "rita") as board:
            board.until(lambda: can_message(board, "202"), 10, "202 to have an address")
            assert "message" in board.row("pbx", "pbx")["capabilities"]
            outcome = board.command("message", to="202", text=TEXT)
            assert (outcome["state"], outcome["reason"]) == ("done", "")
            assert outcome["text"] == "The message to Bruno Keller (202) is on its way"
            assert "example.com" not in json.dumps(board.rows)
        (file,) = (tmp_path / "mail").iterdir()
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert message["To"] == "Bruno Keller <202@example.com>"
        assert message["Subject"].strip() == TEXT
        assert TEXT in message.get_content()
    for stored in tmp_path.glob("cordboard.sqlite3*"):
        assert b"202@example.com" not in stored.read_bytes()


def test_a_worker_that_dies_over_a_message_leaves_it_unknown_and_its_successor_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mail_server:  # takes connections and says nothing
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{mail_server.getsockname()[1]}")
        monkeypatch.setenv("EMAIL_FROM", "reception@example.com")
        with panel(tmp_path, None, operators={"rita": "201"}) as running:
            with Board(running, "rita") as board:
                board.until(lambda: can_message(board, "202"), 10, "202 to have an address")
                board.send({"type": "command", "name": "message", "args": {"to": "202", "text": TEXT}})
                mail_server.settimeout(10)
                with mail_server.accept()[0]:
                    board.until(lambda: states(board) == ["sent"], 10, "the command to be under way")
                    running.worker.kill()
                    running.worker.start()
                    board.until(lambda: states(board) == ["unknown"], 20, "the outcome")
                board.until(lambda: board.row("pbx", "pbx")["link"] == "live", 20, "the picture")
            mail_server.setblocking(False)
            with pytest.raises(BlockingIOError):
                mail_server.accept()


LISTING = (
    'from panel.directory.models import Listing; Listing.objects.create(extension="202", email="bruno@example.com")'
)


@pytest.mark.asterisk
@pytest.mark.browser
def test_j14_two_keys_send_a_message_about_the_caller_and_the_call_goes_on(
    rig22: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_URL", f"file:{tmp_path}/sent")
    with panel(tmp_path, rig22.asterisk.ami_url, operators={"rita": "201"}) as running, sync_playwright() as playwright:
        running.manage("shell", "-c", LISTING)
        chromium = playwright.chromium.launch(**chromium_options())
        page = chromium.new_page()
        log_in(page, running.address, "rita")
        rig22.phone("201", answer_after=0)
        rig22.call_from_outside("5550100", name="Jan Novák")
        expect(page.locator('#my-calls cb-call[data-mine="talking"]')).to_contain_text("Jan Novák", timeout=10_000)
        page.keyboard.type("bru")
        expect(page.locator('#person .act[data-command="message"]')).to_be_visible(timeout=10_000)
        pressed = ["Alt+l", "Enter"]
        for key in pressed:
            page.keyboard.press(key)
        print(f"J14 nobody there: a message: {len(pressed)} keys, target 2")
        receipt = page.locator('#receipts [data-state="done"]').first
        expect(receipt).to_contain_text("The message to Bruno Keller (202) is on its way", timeout=10_000)
        (file,) = (tmp_path / "sent").iterdir()
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert message["To"] == "Bruno Keller <bruno@example.com>"
        assert re.match(r"Jan Novák \(.+\) called at \d\d:\d\d and asks you to call back\n", message.get_content())
        assert "bruno@example.com" not in page.content()
        talking = [row for row in rig22.asterisk.cli("core show channels concise").splitlines() if "!Up!" in row]
        assert len(talking) == 2, "the caller is where they were"
        chromium.close()
