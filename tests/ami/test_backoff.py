"""How long to wait before trying again."""

from __future__ import annotations

from itertools import islice

import pytest

from ami_worker.ami.backoff import Backoff
from ami_worker.ami.connection import ConnectFailed, LoginRefused, backoff


@pytest.mark.parametrize("luck", [0.0, 0.5, 0.999])
def test_delays_after_a_loss_grow_from_half_a_second_to_less_than_four(luck: float) -> None:
    delays = list(islice(Backoff(lambda: luck), 12))
    assert delays == sorted(delays)
    assert 0.5 <= delays[0] <= 0.625
    assert 3 <= delays[-1] <= 3.75


def test_delays_vary_so_that_workers_do_not_come_back_in_step() -> None:
    assert len({next(backoff()) for _ in range(20)}) > 15


@pytest.mark.parametrize("luck", [0.0, 0.5, 0.999])
def test_a_refused_log_in_is_never_tried_again_within_half_a_minute(luck: float) -> None:
    delays = Backoff(lambda: luck)
    waits = [delays.after(LoginRefused("wrong")) for _ in range(8)]
    assert waits == sorted(waits)
    assert waits[0] >= 30
    assert 300 <= waits[-1] <= 375
    assert sum(waits[:5]) > 600  # five failures in ten minutes is fail2ban's usual rule


def test_the_two_rows_grow_apart_and_start_anew_after_success() -> None:
    delays = Backoff(lambda: 0.5)
    assert delays.after(ConnectFailed("nobody")) == 0.5625
    assert delays.after(LoginRefused("wrong")) == 33.75
    assert delays.after(ConnectFailed("nobody")) == 1.125
    assert delays.after(LoginRefused("wrong")) == 67.5
    delays.reset()
    assert delays.next() == 0.5625
    assert delays.refused() == 33.75
