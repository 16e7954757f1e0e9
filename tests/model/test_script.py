"""The sequence that the script format's description has as its example."""


def test_a_level_interrupt_is_signalled_acknowledged_ended_and_signalled_again(make):
    gic = make(cpus=1, spis=32, lrs=4)
    gic.write("GICD_CTLR", 1)
    gic.write("GICC_CTLR", 1)
    gic.write("GICC_PMR", 0xF0)
    gic.write("GICD+0x41b", 0x80, size=1)
    gic.write("GICD_ISENABLER0", 0x0800_0000)
    gic.line(27, 1)
    assert gic.out().nirq == 1
    assert gic.read("GICC_IAR") == 27
    assert gic.read("GICD_ISACTIVER0") & 0x0800_0000
    assert gic.out().nirq == 0
    gic.write("GICC_EOIR", 27)
    assert gic.out().nirq == 1
