"""The model as a whole: a target of scripts, and something that a stream generator can fork."""

from copy import deepcopy

from amagic_sim.model import Identity, Model, ModelTarget
from amagic_sim.replay.operation import Access, Answer, Drive, Outputs, Pulse, ScriptConfig, Settle

ENABLE = [
    Access(0, "GICD", 0x000, value=1),
    Access(0, "GICC", 0x000, value=1),
    Access(0, "GICC", 0x004, value=0xF0),
    Access(0, "GICD", 0x100, value=0x0800_0000),
]


def test_a_run_has_an_answer_for_each_operation_with_every_cpus_outputs():
    quiet, signalled = Outputs(), Outputs(nirq=1)
    operations = [*ENABLE, Drive(0, 27, 1), Access(0, "GICC", 0x00C), Pulse(0, 30), Settle()]
    answers = ModelTarget().run(ScriptConfig(cpus=2), operations)
    assert answers == [
        *[Answer(None, (quiet, quiet))] * 4,
        Answer(None, (signalled, quiet)),
        Answer(27, (quiet, quiet)),
        *[Answer(None, (quiet, quiet))] * 2,
    ]


def test_each_run_begins_at_reset():
    target, config = ModelTarget(), ScriptConfig()
    target.run(config, [*ENABLE, Drive(0, 27, 1)])
    assert target.run(config, [Access(0, "GICD", 0x000)]) == [Answer(0, (Outputs(),))]


def test_a_copy_of_a_model_goes_its_own_way():
    model = Model(ScriptConfig())
    for operation in (
        Access(0, "GICD", 0x304, value=1 << 8),  # SPI 40 is active
        Access(0, "GICH", 0x100, value=1 << 31 | 2 << 28 | 40 << 10 | 50),
    ):
        model.do(operation)
    copy = deepcopy(model)
    copy.do(Access(0, "GICV", 0x010, value=50))
    isactiver1 = Access(0, "GICD", 0x304)
    assert (copy.do(isactiver1).value, model.do(isactiver1).value) == (0, 1 << 8)


def test_accesses_of_cpus_that_are_not_there_are_raz_wi():
    model = Model(ScriptConfig(cpus=2))
    model.do(Access(2, "GICD", 0x000, value=3))
    assert [model.do(Access(cpu, "GICD", 0x004)).value for cpu in (1, 2)] == [2 | 1 << 5, 0]
    assert model.do(Access(0, "GICD", 0x000)).value == 0


def test_identification_registers_are_as_one_wants_them():
    arm = Model(ScriptConfig(), Identity(implementer=0x43B, product=0x02, revision=1))
    iidrs = [arm.do(Access(0, *place)).value for place in (("GICD", 0x008), ("GICC", 0x0FC))]
    assert iidrs == [0x0200_143B, 0x0202_143B]
    variant = Model(ScriptConfig(), Identity(variant=5))
    assert variant.do(Access(0, "GICD", 0x008)).value == 0xA605_0000
