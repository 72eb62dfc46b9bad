"""The simulator runs what the worker runs: the same objects, none of them copied or exchanged."""

import ast
import inspect
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from agents import heart
from streams import (
    door,
    dues,
    intake,
    lane,
    lanes,
    ledger,
    model,
    order,
    ticker,
    topology,
    transaction,
)
from tests.simulation import reader, story, worker
from tests.simulation.plan import plan
from tests.simulation.story import Story

HERE = Path(__file__).parent
PRODUCTION = (door, dues, heart, intake, lane, lanes, ledger, model, order, ticker, transaction)

SHARED = (
    "Lanes", "Wiring", "Intake", "Door", "ControlDoor", "Homes", "Ticker", "Wall", "MemoryRows",
    "READERS", "_opened", "ahead_s",
)  # fmt: skip
"""What a worker is built of, by the names under which `streams.topology` knows it."""


@pytest.mark.parametrize("name", SHARED)
def test_a_simulated_worker_is_built_of_the_topologys_own_parts(name: str) -> None:
    assert getattr(worker, name) is getattr(topology, name)


def test_agents_run_the_topologys_body() -> None:
    assert reader.offer_each is topology.offer_each


def test_what_runs_is_production_down_to_the_heart() -> None:
    told = Story(plan(0))
    try:
        told.machines.add()
        (one,) = told.machines.workers
        assert type(one.lanes) is lanes.Lanes
        assert type(one.lanes.wiring.heart) is topology.Model
        for counted, pure in (
            (one.lanes.wiring.heart.step, heart.step),
            (one.lanes.wiring.heart.tick, heart.tick),
        ):
            assert isinstance(counted, partial)
            assert counted.args[0].func is pure
        assert lanes.Ledger is ledger.Ledger
        assert lanes.Lane is lane.Lane
        assert topology.open_transaction is transaction.open_transaction
    finally:
        told.loop.over()


def _defined(tree: ast.AST) -> set[str]:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def _public(module: ModuleType) -> set[str]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}


def test_the_simulator_defines_nothing_that_production_does() -> None:
    theirs = set().union(*map(_public, PRODUCTION))
    assert {"Lane", "Ledger", "Lanes", "Door", "Transaction", "step"} <= theirs
    mine = {path.name: _defined(ast.parse(path.read_text())) & theirs for path in HERE.glob("*.py")}
    assert not {name: names for name, names in mine.items() if names}


def test_only_the_producer_and_the_time_are_exchanged() -> None:
    tree = ast.parse(inspect.getsource(story))
    exchanged = {
        f"{ast.unparse(call.args[0])}.{ast.literal_eval(call.args[1])}"
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "patch.object"
    }
    assert exchanged == {"transaction.AIOKafkaProducer", "ledger.time"}
