"""What recover and delete ask in a terminal (tmux), and that a no changes nothing."""

from __future__ import annotations

import pytest
from aws_servers import Account
from live_stacks import BROKEN, QUEUE, WAIT, create, exists, fail, status, template
from test_deploy_view import Tmux, tmux

__all__ = ["tmux"]


def test_recover_asks(account: Account, tmux: Tmux) -> None:
    create(account, "shop", template(Queue=QUEUE, Broken=BROKEN))
    tmux.start("recover", "shop")
    text = tmux.until(r"^Go on\? \[y/N\]:")
    assert "will delete the empty stack" in text and exists(account, "shop")
    tmux.keys("y", "Enter")
    text = tmux.until("exit status 0")
    assert "shop no longer exists" in text and not exists(account, "shop")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "ended"), [(["n", "Enter"], 1), (["Enter"], 1), (["C-c"], 130), (["C-d"], 130)]
)
def test_without_agreement_nothing_is_deleted(
    account: Account, tmux: Tmux, keys: list[str], ended: int
) -> None:
    create(account, "shop", template(Queue=QUEUE))
    tmux.start("delete", "shop")
    text = tmux.until(r"^Delete shop\? \[y/N\]:")
    assert "PF101 Queue" in text
    tmux.keys(*keys)
    tmux.until(f"exit status {ended}")
    assert exists(account, "shop")


@pytest.mark.slow
def test_ctrl_c_ends_the_watching_only(account: Account, tmux: Tmux) -> None:
    waiting = {**WAIT["Wait"], "Properties": {**WAIT["Wait"]["Properties"], "Timeout": "60"}}
    client = account.client()
    client.create_stack(StackName="shop", TemplateBody=template(**{**WAIT, "Wait": waiting}))
    tmux.start("status", "shop", "--follow")
    tmux.until("Wait ")
    tmux.keys("C-c")
    tmux.until(r"shop goes on at AWS: \[d\]etach or \[w\]ait\?")
    tmux.keys("d", "Enter")
    text = tmux.until("exit status 130")
    assert "\nshop goes on at AWS\n" in text and "error" not in text
    assert client.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
    fail(account, "shop")
    assert status(account, "shop") == "ROLLBACK_COMPLETE"
