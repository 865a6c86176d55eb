"""Which stacks a stack module has, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyformation import SourceError
from pyformation.sources import load

HEAD = """
from collections import deque, namedtuple
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from pyformation import Component, Stack, Template
from pyformation.aws import sns, sqs

class Net(Stack):
    topic = sns.Topic()

class App(Stack):
    def __init__(self, name="app"):
        self.queue = sqs.Queue(queue_name=name)

class Stage:
    def __init__(self, name):
        self.name = name
        self.network = Net()
        self.apps = {"web": App(name)}
        self._hidden = Net()

@dataclass
class Fields:
    net: Stack

class Slots:
    __slots__ = ("net", "never")
    def __init__(self):
        self.net = Net()

class Group:
    net = Net

Pair = namedtuple("Pair", "one two")
"""

# What a module says, and the names of the stacks that it has.
NAMES = {
    "a list": ("nets = [Net(), Net()]", ["nets0", "nets1"]),
    "a tuple": ("nets = (Net(), Net())", ["nets0", "nets1"]),
    "a dictionary": ('apps = {"eu": App("a"), "us-east-1": App("b"), 3: App()}', ["apps_eu", "apps_us_east_1", "apps_3"]),
    "lists in lists": ("nets = [[Net()], (Net(), [Net()])]", ["nets00", "nets10", "nets110"]),
    "lists in a dictionary": ('apps = {"eu": [App("a"), App("b")]}', ["apps_eu0", "apps_eu1"]),
    "a comprehension": ('apps = {name: App(name) for name in ("a", "b")}', ["apps_a", "apps_b"]),
    "other collections": ('d = deque([Net()])\nm = MappingProxyType({"a": Net()})', ["d0", "m_a"]),
    "a named tuple": ("pair = Pair(Net(), App())", ["pair_one", "pair_two"]),
    "an object": ('prod = Stage("prod")', ["prod_network", "prod_apps_web"]),
    "objects in a list": ('stages = [Stage(n) for n in ("a", "b")]', ["stages0_network", "stages0_apps_web", "stages1_network", "stages1_apps_web"]),
    "a dataclass": ("fields = Fields(Net())", ["fields_net"]),
    "slots": ("slots = Slots()", ["slots_net"]),
    "a namespace": ("space = SimpleNamespace(net=Net())", ["space_net"]),
    "a plain class": ("class Prod:\n    net = Net()\n    _not = Net()", ["Prod_net"]),
    "templates": ('ts = [Template(description="a")]', ["ts0"]),
    "one at the top level and in a list": ("net = Net()\nall_nets = [net, Net()]", ["net", "all_nets1"]),
    "in a list before the top level": ("all_nets = [Net(), Net()]\nnet = all_nets[1]", ["all_nets0", "net"]),
    "in two lists": ("a = [Net()]\nb = a + [Net()]", ["a0", "b1"]),
    "named, and in a set": ("a = Net()\nboth = {a}\nviews = {1: a}.values()\nkeys = {a: 1}", ["a"]),
    "private": ("_nets = [Net()]\nnet = Net()", ["net"]),
    "a list that holds itself": ("nets = [Net()]\nnets.append(nets)", ["nets0"]),
    "a deep list": ("nets = Net()\nfor _ in range(3000): deep = [locals().get('deep')]\n", ["nets"]),
    "a stack of a stack": ("class Outer(Stack):\n    def __init__(self):\n        self.inner = Net()\nouter = Outer()", ["outer", "outer_inner"]),
    "classes": ("class Other(Net): pass", ["Net", "App", "Other"]),
    "a list of classes": ("kinds = [Net, App]", ["Net", "App"]),
    "classes under one name": ("kinds = {'a': Net}; del Net, App, Group", ["kinds_a"]),
}  # fmt: skip

# What a module says, and the error.
ERRORS = {
    "a set": ("nets = {Net()}", "the stack Net in nets has no name there; put it into a list or a dictionary, or assign it to a name of its own"),
    "a set in a dictionary": ('nets = {"a": frozenset([Net()])}', "the stack Net in nets['a'] has no name there; "),
    "values of a dictionary": ("nets = {1: Net()}.values()", "the stack Net in nets has no name there; "),
    "keys": ("nets = {Net(): 1}", "the stack Net in nets has no name there; "),
    "keys of one name": ('apps = {"a-b": App("a"), "a_b": App("b")}', "apps['a-b'] and apps['a_b'] would both be named 'apps_a_b'; rename one of them"),
    "a name and an item": ("apps0 = App()\napps = [App()]", "apps0 and apps[0] would both be named 'apps0'; rename one of them"),
    "two lists": ("a = [Net() for _ in range(11)]\na1 = [Net()]", "a[10] and a1[0] would both be named 'a10'; rename one of them"),
}  # fmt: skip


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module for each row; another one has them all as modules of its own, so that one process looks at all."""
    folder = tmp_path_factory.mktemp("modules")
    rows = {**NAMES, **ERRORS}
    (folder / "rows.py").write_text(f"ROWS = {[HEAD + text for text, _ in rows.values()]!r}\n")
    (folder / "every.py").write_text(EVERY)
    return folder


EVERY = """
import sys
from types import ModuleType
from rows import ROWS
from pyformation import PyformationError, Stack, Template
from pyformation.sources.module_stacks import stacks_of

answers = {}
for number, text in enumerate(ROWS):
    module = ModuleType(f"row{number}")
    module.__file__ = __file__
    sys.modules[module.__name__] = module
    exec(text, vars(module))
    try:
        answers[str(number)] = list(stacks_of(module, "stacks.py"))
    except PyformationError as error:
        answers[str(number)] = str(error)

template = Template(metadata=answers)
"""


@pytest.fixture(scope="module")
def answers(modules: Path) -> dict[str, list[str] | str]:
    (found,) = load(str(modules / "every.py"))
    return dict(zip([*NAMES, *ERRORS], found.data["Metadata"].values(), strict=True))


@pytest.mark.parametrize("row", NAMES)
def test_stacks_are_named_after_where_they_are(answers: dict[str, list[str] | str], row: str) -> None:
    assert answers[row] == NAMES[row][1]


@pytest.mark.parametrize("row", ERRORS)
def test_stacks_that_cannot_be_told_apart_are_an_error(answers: dict[str, list[str] | str], row: str) -> None:
    assert isinstance(answers[row], str), answers[row]
    assert str(answers[row]).startswith(f"stacks.py: {ERRORS[row][1]}")


def test_one_of_them_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "stacks.py"
    path.write_text(HEAD + 'nets = [Net()]\napps = {"eu": App("x")}\n')
    assert [each.name for each in load(str(path))] == ["nets0", "apps_eu"]
    (found,) = load(f"{path}:apps_eu")
    assert found.data["Resources"]["Queue"]["Properties"] == {"QueueName": "x"}
    with pytest.raises(SourceError) as caught:
        load(f"{path}:apps")
    assert str(caught.value) == f"{path}:apps is a dict; name a stack in it ({path}:apps_eu)"
