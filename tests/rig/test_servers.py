"""PostgreSQL, Redis and Chromium of the rig."""

from __future__ import annotations

import http.server
import subprocess
import threading
import time
from pathlib import Path

import psycopg
import pytest

from tests.rig.ports import PortBlock
from tests.rig.postgres import Postgres
from tests.rig.redis import Redis


@pytest.mark.postgres
def test_postgres_keeps_its_data_over_a_restart_that_breaks_connections(postgres: Postgres) -> None:
    connection = psycopg.connect(postgres.url, autocommit=True)
    connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postgres.restart()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    with psycopg.connect(postgres.url) as again:
        assert again.execute("SELECT number FROM kept").fetchone() == (7,)
        again.execute("DROP TABLE kept")


@pytest.mark.postgres
def test_postgres_comes_back_after_a_crash(postgres: Postgres) -> None:
    postgres.restart(crash=True)
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.redis
def test_redis_forgets_everything_in_a_restart_on_the_same_port(redis: Redis) -> None:
    url = redis.url
    assert redis.command("SET", "rig-test", "1") == b"+OK\r\n"
    redis.restart()
    assert redis.url == url
    assert redis.command("GET", "rig-test") == b"$-1\r\n"


@pytest.mark.redis
def test_a_paused_redis_takes_connections_and_does_not_answer(redis: Redis) -> None:
    redis.pause()
    try:
        with pytest.raises(TimeoutError):
            redis.command("PING")
    finally:
        redis.resume()
    assert redis.command("PING") == b"+PONG\r\n"


@pytest.fixture
def web_port():
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>ours</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_chromium_reaches_our_server_and_nothing_else(chromium, web_port: int) -> None:
    page = chromium.new_page()
    page.goto(f"http://127.0.0.1:{web_port}/")
    assert page.title() == "ours"
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://outside.test/")


def test_two_test_runs_never_share_a_port() -> None:
    with PortBlock() as one, PortBlock() as two:
        mine = {one.take(), one.take(), one.group(), one.group(), *one.media}
        theirs = {two.take(), two.take(), two.group(), two.group(), *two.media}
    assert len(mine) == len(theirs) == 6
    assert not mine & theirs


def test_installing_is_quick_when_everything_is_there(postgres: Postgres, redis: Redis) -> None:
    started = time.monotonic()
    done = subprocess.run([Path(__file__).with_name("install.sh")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "The parts for the tests are all installed.\n")
    assert time.monotonic() - started < 2
