"""The device tree's nodes have what the kernel's bindings demand, and the addresses of the map."""

import re

import pytest

from amagic.gic import GicConfig
from amagic.ip import IpConfig
from amagic.ip.blocks import blocks
from amagic.ip.devicetree import render_device_tree

BASE = 0xF000_0000
SPIS = IpConfig(GicConfig(cpus=5, spis=64), timer=True, timer_spi=40)


def parse(text: str) -> dict[str, dict[str, object]]:
    """Properties by the path of their node; a list of cells or strings each, or True."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    nodes: dict[str, dict[str, object]] = {}
    path: list[str] = []
    for token in re.findall(r"[^;{}]*[;{}]", text):
        body, end = token[:-1].strip(), token[-1]
        if end == "{":
            path.append(body.split(":")[-1].strip())
            nodes["/".join(path)] = {}
        elif end == "}":
            path.pop()
        elif path and body:
            name, equals, value = (part.strip() for part in body.partition("="))
            words = re.findall(r'"([^"]*)"|(0x[0-9a-f]+|\b\d+\b)', value)
            cells = [text or int(number, 0) for text, number in words]
            nodes["/".join(path)][name] = cells if equals else True
    assert path == []
    return nodes


def test_the_gic_has_the_properties_of_a_gic_400():
    for cpus in (1, 8):
        nodes = parse(render_device_tree(IpConfig(GicConfig(cpus=cpus)), BASE))
        assert nodes == {
            "interrupt-controller@f0001000": {
                "compatible": ["arm,gic-400"],
                "#interrupt-cells": [3],
                "#address-cells": [0],
                "interrupt-controller": True,
                "reg": [
                    *(BASE + 0x1000, 0x1000),
                    *(BASE + 0x2000, 0x2000),
                    *(BASE + 0x4000, 0x2000),
                    *(BASE + 0x6000, 0x2000),
                ],
                # The maintenance interrupt: PPI 9, which is INTID 25, of these CPUs, level, high.
                "interrupts": [1, 9, ((1 << cpus) - 1) << 8 | 4],
            }
        }


def test_a_timer_on_spis_has_a_node_for_each_block_with_what_the_binding_requires():
    nodes = parse(render_device_tree(SPIS, BASE))
    at = {block.name: block.address for block in blocks(SPIS, BASE)}
    for number, frames in enumerate((8, 2)):
        control = at[f"CNTCTLBase{number}"]
        timer = nodes[f"timer@{control:x}"]
        assert timer["compatible"] == ["arm,armv7-timer-mem"]
        assert timer["reg"] == [control, 0x1000]
        assert timer["#address-cells"] == timer["#size-cells"] == [1]
        child, parent, size = timer["ranges"]
        for n in range(frames):
            frame = 8 * number + n
            places = [at[f"CNTBase{frame}"], at[f"CNTEL0Base{frame}"]]
            [(name, node)] = [
                (name, node)
                for name, node in nodes.items()
                if name.startswith(f"timer@{control:x}/") and node["frame-number"] == [n]
            ]
            assert node["reg"] == [
                *(places[0] - parent + child, 0x1000),
                *(places[1] - parent + child, 0x1000),
            ]
            assert places[1] + 0x1000 <= parent + size
            assert name.endswith(f"/frame@{node['reg'][0]:x}")
            # First the physical timer's interrupt, then the virtual one's.
            spi = SPIS.timer_spi - 32 + 2 * frame
            assert node["interrupts"] == [0, spi, 4, 0, spi + 1, 4]


@pytest.mark.parametrize("timer", [False, True])
def test_a_timer_on_ppis_has_no_node(timer):
    nodes = parse(render_device_tree(IpConfig(timer=timer), BASE))
    assert list(nodes) == ["interrupt-controller@f0001000"]


@pytest.mark.parametrize("base", [-0x8000, 0x4000, 1 << 32, True, "0"])
def test_a_base_that_is_no_place_for_the_ip_is_refused(base):
    with pytest.raises(ValueError, match="base must be a multiple of 0x8000 in 0 to 0xffff8000"):
        render_device_tree(IpConfig(), base)
