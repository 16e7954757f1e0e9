"""A QEMU process with the virt machine, and the qtest connection to it.

What connects the two has no name: the guest's memory is a memfd and qtest's socket is one of a
pair, so that nothing is left behind however this process ends; QEMU itself is killed by the
kernel when its parent dies.
"""

import ctypes
import mmap
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ..replay.operation import TargetError

__all__ = ["GUEST_MEMORY", "OracleError", "Qemu", "find_qemu", "qemu_version"]

GUEST_MEMORY = 8 << 20
START_SECONDS = 60
ANSWER_SECONDS = 60
"""A process that says nothing for so long is taken for dead. An operation takes microseconds."""

_PR_SET_PDEATHSIG = 1


class OracleError(TargetError):
    """QEMU cannot be used, or stopped being of use; the text says why, and what it printed."""


def find_qemu() -> Path:
    """The emulator: what ``AMAGIC_QEMU`` names, or ``qemu-system-aarch64`` on PATH."""
    name = os.environ.get("AMAGIC_QEMU", "qemu-system-aarch64")
    found = shutil.which(name)
    if found is None:
        raise OracleError(
            f"no {name} on PATH: install it (on Debian: apt-get install qemu-system-arm),"
            " or name one with AMAGIC_QEMU=/path/to/qemu-system-aarch64"
        )
    return Path(found)


def qemu_version(qemu: Path) -> str:
    """The version, such as ``7.2.22``."""
    try:
        done = subprocess.run([qemu, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OracleError(f"cannot run {qemu}: {error}") from error
    found = re.search(r"version (\d+\.\d+\.\d+)", done.stdout)
    if done.returncode or found is None:
        raise OracleError(f"{qemu} --version does not name a version: {done.stdout}{done.stderr}")
    return found[1]


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Qemu:
    """A running QEMU; a context manager that ends it.

    With ``secure`` its GIC has Security Extensions, and CPU 0 begins at EL3.
    ``memory`` is the guest's RAM. ``levels`` holds the lines of an intercepted CPU by number.
    """

    def __init__(self, arguments: Sequence[str], cpus: int, secure: bool = False):
        self.memory = self._process = self._socket = None
        self.levels: dict[int, int] = {}
        self._received = b""
        qemu = find_qemu()
        self._stderr = tempfile.TemporaryFile()
        ours, theirs = socket.socketpair()
        memory = os.memfd_create("oracle")
        try:
            os.ftruncate(memory, GUEST_MEMORY)
            self.command = [str(qemu), *self._machine(cpus, memory, theirs.fileno(), secure)]
            self.command += arguments
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=self._stderr,
                stderr=self._stderr,
                pass_fds=[memory, theirs.fileno()],
                preexec_fn=_die_with_parent,
            )
            self.memory = mmap.mmap(memory, GUEST_MEMORY)
        except OSError as error:
            ours.close()
            self.close()
            raise OracleError(f"cannot start {qemu}: {error}") from error
        finally:
            os.close(memory)
            theirs.close()
        self._socket = ours
        ours.settimeout(ANSWER_SECONDS)

    @staticmethod
    def _machine(cpus: int, memory: int, qtest: int, secure: bool) -> list[str]:
        options = "gic-version=2,virtualization=on,memory-backend=ram" + ",secure=on" * secure
        return [
            *("-machine", f"virt,{options}"),
            *("-object", f"memory-backend-file,id=ram,size={GUEST_MEMORY},share=on,"
              f"mem-path=/proc/self/fd/{memory}"),
            *("-m", str(GUEST_MEMORY >> 20), "-cpu", "cortex-a57", "-smp", str(cpus)),
            *("-accel", "tcg,thread=single", "-nodefaults", "-no-user-config", "-display", "none"),
            *("-chardev", f"socket,id=qtest,fd={qtest}"),
            *("-qtest", "chardev:qtest", "-qtest-log", "/dev/null"),
        ]  # fmt: skip

    def __enter__(self) -> "Qemu":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """End the process, and let go of everything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._socket is not None:
            self._socket.close()
        if self.memory is not None:
            self.memory.close()
        self._stderr.close()

    def failure(self, what: str) -> OracleError:
        """An error that says what went wrong, whether QEMU still runs, and what it printed."""
        code = self._process.poll()
        if code is None:
            state = "it still runs"
        elif code < 0:
            state = f"it was ended by {signal.Signals(-code).name}"
        else:
            state = f"it ended with status {code}"
        self._stderr.seek(0)
        printed = self._stderr.read().decode(errors="replace").strip()
        printed = f"; it printed:\n{printed}" if printed else ", and printed nothing"
        return OracleError(f"QEMU: {what}; {state}{printed}\n$ {shlex.join(self.command)}")

    def check_alive(self) -> None:
        if self._process.poll() is not None:
            raise self.failure("the process is gone")

    def qtest(self, commands: Sequence[str]) -> list[str]:
        """Send commands together, and give back the answers without their ``OK``."""
        answers: list[str] = []
        try:
            self._socket.sendall("".join(f"{command}\n" for command in commands).encode())
            while len(answers) < len(commands):
                answers += self._answers()
        except TimeoutError:
            raise self.failure(f"no answer to {commands[len(answers)]!r}") from None
        except OSError as error:
            time.sleep(0.1)  # for the process to be gone, and its status to be there
            raise self.failure(f"qtest: {error}") from None
        return answers

    def _answers(self) -> list[str]:
        received = self._socket.recv(1 << 16)
        if not received:
            raise ConnectionResetError("the connection was closed")
        *lines, self._received = (self._received + received).split(b"\n")
        answers = []
        for line in lines:
            first, _, rest = line.decode(errors="replace").partition(" ")
            if first == "IRQ":
                change, number = rest.split()
                self.levels[int(number)] = int(change == "raise")
            elif first == "OK":
                answers.append(rest)
            else:
                raise self.failure(f"qtest refused a command: {line.decode(errors='replace')}")
        return answers
