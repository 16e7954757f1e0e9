"""A QEMU that is missing, does not start, dies or says nothing is an error that says so."""

import os
import signal
import stat
import sys

import pytest

from amagic_sim.oracle import process, ring
from amagic_sim.oracle.process import OracleError, Qemu, find_qemu, qemu_version
from amagic_sim.oracle.ring import Ring


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Makes a shell script the emulator."""

    def make(body: str):
        path = tmp_path / "qemu"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("AMAGIC_QEMU", str(path))
        return path

    return make


def children() -> set[int]:
    found = set()
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as file:
            found.update(map(int, file.read().split()))
    return found


def test_a_missing_emulator_is_an_error_that_says_what_to_install(monkeypatch):
    monkeypatch.setenv("AMAGIC_QEMU", "qemu-nowhere")
    with pytest.raises(OracleError, match="no qemu-nowhere on PATH: .*qemu-system-arm"):
        find_qemu()


def test_the_version_is_read_from_the_emulator(fake):
    assert qemu_version(fake('echo "QEMU emulator version 9.1.2 (Debian 1:9.1)"')) == "9.1.2"
    with pytest.raises(OracleError, match="does not name a version: hello"):
        qemu_version(fake("echo hello"))


def test_an_option_that_the_emulator_refuses_is_shown_with_its_command(fake):
    fake('echo "qemu: -chardev: invalid option" >&2; exit 1')
    with Qemu(["-S"], 1) as qemu:
        with pytest.raises(OracleError, match="status 1; it printed:\nqemu: -chardev") as caught:
            qemu.qtest(["readl 0x8000000"])
    assert "virtualization=on" in str(caught.value)


def test_a_silent_emulator_is_given_up(fake, monkeypatch):
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(ring, "START_SECONDS", 0.2)
    fake("exec sleep 60")
    with Qemu(["-S"], 1) as qemu:
        with pytest.raises(OracleError, match="no answer to 'readl 0x8000000'; it still runs"):
            qemu.qtest(["readl 0x8000000"])
        with pytest.raises(OracleError, match="CPUs did not start within 0.2 s; it still runs"):
            Ring(qemu, 1)


def test_an_emulator_that_dies_is_an_error_with_the_signal(fake):
    fake("exec sleep 60")
    with Qemu(["-S"], 1) as qemu:
        (child,) = children()
        os.kill(child, signal.SIGKILL)
        with pytest.raises(OracleError, match="ended by SIGKILL, and printed nothing"):
            Ring(qemu, 1)


def test_an_answer_that_is_no_ok_is_an_error(fake):
    code = (
        "import os, re, sys, time;"
        " fd = re.search(r'socket,id=qtest,fd=([0-9]+)', ' '.join(sys.argv))[1];"
        r" os.write(int(fd), b'FAIL Unknown\n'); time.sleep(60)"
    )
    fake(f'exec {sys.executable} -c "{code}" "$@"')
    with Qemu(["-S"], 1) as qemu:
        with pytest.raises(OracleError, match="qtest refused a command: FAIL Unknown"):
            qemu.qtest(["nonsense"])


def test_nothing_is_left_behind(fake):
    fake("exec sleep 60")
    before = children(), set(os.listdir("/proc/self/fd"))
    with pytest.raises(ZeroDivisionError):
        with Qemu(["-S"], 1):
            assert children() != before[0]
            raise ZeroDivisionError
    assert (children(), set(os.listdir("/proc/self/fd"))) == before
