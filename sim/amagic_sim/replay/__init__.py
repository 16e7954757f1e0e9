"""GIC scripts (`*.gic`): read, and run against the RTL, the golden model and QEMU."""
