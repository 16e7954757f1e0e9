"""What the GIC alone costs on an ECP5, how fast it is, and how many cycles it takes.

`command` is the command line, `points` says what is measured, `measure` brings a point's figures
together: from `implement` (synthesis, place and route) and `latency` (simulation).
"""
