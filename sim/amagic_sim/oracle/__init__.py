"""QEMU's GICv2 as an oracle: a third opinion beside the RTL and the model.

- `process`: a QEMU process; `agent`, `ring`: the programs on its CPUs (firmware/oracle)
- `machine`: what QEMU's machine has, and how accesses reach it; `target`: it runs operations
- `divergences`, `entry`: where it is known to be wrong; `conditions`, `history`: when that is so
- `compare`: its answers with those that are right; `stream`, `vectors`: what it is asked
- ``python -m amagic_sim.oracle``: all of that, live
"""
