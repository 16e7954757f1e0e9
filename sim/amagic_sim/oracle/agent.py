"""Builds the agent that QEMU's CPUs run."""

from pathlib import Path

from ..compiler import (
    AARCH64,
    CFLAGS,
    LDFLAGS,
    built_once,
    find_compiler,
    firmware_root,
    inputs,
    run_compiler,
)

__all__ = ["build_agent"]


def build_agent(secure: bool = False) -> Path:
    """The ELF file of the agent, for EL2 or for Secure EL3, built when it is not there yet."""
    compiler = find_compiler(AARCH64)
    folder = firmware_root() / "oracle"
    script = folder / "agent.ld"
    sources = [folder / "agent.c", folder / "start.S"]
    level = ["-DSECURE"] if secure else []
    command = [*compiler.command, *CFLAGS, *level, *LDFLAGS, f"-Wl,-T,{script}", *map(str, sources)]

    def build(work: Path) -> list[Path]:
        elf = work / "agent.elf"
        run_compiler([*command, "-o", str(elf)], "building the oracle's agent")
        return [elf]

    made_of = [compiler.version, command, inputs([*sources, script], [folder])]
    return built_once("agent", made_of, build) / "agent.elf"
