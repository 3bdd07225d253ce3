"""Options that take several values, in every command that has any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bidding.domain.policies.names import POLICY_NAMES
from stacks.local.bench.routing.peers import PEERS
from stacks.local.cli import app
from stacks.local.commands.many_values import ManyValues, repeated


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command below a group, with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def given(line: str, name: str) -> object:
    """What an option was given by this command line, nothing being run."""
    command: Any = get_command(app)
    words = line.split()
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    return command.make_context(None, words).params[name]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--p a b c", "--p a --p b --p c"),
        ("--p=a b c", "--p=a --p b --p c"),
        ("--p= b", "--p= --p b"),
        ("--p a --other b --p=c d", "--p a --other b --p=c --p d"),
        ("file --p a b --flag file", "file --p a --p b --flag file"),
    ],
)
def test_each_value_gets_its_option(typed: str, meant: str) -> None:
    """Up to the next option, by a space or by `=`; what belongs to no such option stays as it was."""
    assert repeated(typed.split(), frozenset({"--p"})) == meant.split()


def test_every_command_with_a_list_option_takes_several_values() -> None:
    """Nobody has to remember which of them does."""
    lists = {
        name: command
        for name, command in commands(get_command(app))
        if any(each.param_type_name == "option" and each.multiple for each in command.params)
    }
    assert lists.keys() >= {"bench routing", "bench auction", "bench engines", "bench adaptation", "replay", "cost"}
    assert [name for name, command in lists.items() if not isinstance(command, ManyValues)] == []


def test_values_follow_one_option_wherever_it_is_known() -> None:
    """Numbers too, and beside a file that another option leads to."""
    assert given("bench auction --policy random linucb --peer litellm", "policy") == ["random", "linucb"]
    routing = "bench routing --data x --budget=1e-4 1e-3 --policy=random best_single"
    assert (given(routing, "budget"), given(routing, "policy")) == ([1e-4, 1e-3], ["random", "best_single"])
    assert given("cost --mix a=0.5 b=0.5", "mix") == ["a=0.5", "b=0.5"]
    replay = "replay --policy greedy cheapest --json report.json"
    assert (given(replay, "policy"), given(replay, "file")) == (["greedy", "cheapest"], Path("report.json"))


@pytest.mark.parametrize("bench", ["routing", "auction"])
def test_help_names_every_policy_and_peer(bench: str) -> None:
    """Without a look into the code."""
    shown = CliRunner().invoke(app, ["bench", bench, "--help"], env={"COLUMNS": "400"}).output
    assert [name for name in (*POLICY_NAMES, *PEERS) if name not in shown] == []
    assert shown.count("one or more") >= 2


def test_a_bench_of_several_policies_runs() -> None:
    """Two policies after one flag are both timed."""
    arguments = ["bench", "auction", "--seats", "2", "--rounds", "100", "--policy", "random", "best_single"]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert ("random" in result.output, "best_single" in result.output) == (True, True)
