"""The list of mutations: each is still one, and every category has one."""

import re
import tomllib
from pathlib import Path

import pytest

import amagic.gic

LIST = tomllib.loads((Path(__file__).parent / "list.toml").read_text())
CATEGORIES = {
    "engine order",
    "selection",
    "active priorities",
    "EOImode",
    "1-of-N",
    "LR states",
    "EOICount",
    "maintenance",
    "HW deactivation",
    "banking",
}


@pytest.mark.parametrize("each", LIST["hand"], ids=lambda each: each["name"])
def test_what_is_mutated_by_hand_is_in_its_file_once(each):
    text = (Path(amagic.gic.__file__).parent / each["file"]).read_text()
    assert text.count(each["old"]) == 1
    assert each["new"] != each["old"]


def test_every_category_has_a_mutation_by_hand():
    assert {each["category"] for each in LIST["hand"]} == CATEGORIES
    names = [each["name"] for each in LIST["hand"]]
    assert len(set(names)) == len(names) == 10


def test_the_mutations_at_random_are_as_many_as_were_asked_for():
    chosen = LIST["random"]["mutations"].strip().splitlines()
    assert len(set(chosen)) == LIST["random"]["count"] == 20
    for each in chosen:
        assert re.match(r"mutate -mode \w+ -module gic_ip_gic\w* -cell \S+ -port \w+ ", each)


def test_each_claim_of_equivalence_has_a_reason_and_a_scope_around_its_mutation():
    chosen = LIST["random"]["mutations"].strip().splitlines()
    for claim in LIST["equivalent"]:
        number = int(claim["mutant"].removeprefix("random-"))
        module = re.search(r"-module (\S+)", chosen[number - 1])[1]
        assert module.startswith(claim["scope"]) and len(claim["reason"]) > 20
        assert not any(module.startswith(box) for box in claim.get("boxes", ()))
