"""Each rule of ``rules.toml`` has its tests, and they are there."""

import re
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
RULES = tomllib.loads((HERE / "rules.toml").read_text())["rule"]


@pytest.mark.parametrize("rule", RULES, ids=[rule["name"] for rule in RULES])
def test_rule_has_its_tests(rule):
    assert rule["tests"]
    for test in rule["tests"]:
        path, _, name = test.partition("::")
        text = (HERE.parent / path).read_text()
        assert not name or re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), test
