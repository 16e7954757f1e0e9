"""The synthesized netlist, simulated: what is tested is what is synthesized."""
