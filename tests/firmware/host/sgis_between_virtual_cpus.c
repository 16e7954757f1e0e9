/*
 * SGIs between the virtual CPUs of a VM: every filter of GICD_SGIR, the source CPU in IAR, a source
 * each with SPENDSGIR and CPENDSGIR, and one source after the other when several are pending.
 *
 * Expected output:
 *   SGIs: 0 wrong
 */
#include "vgic_test.h"

#define SGI 3
#define BYTE (GICD_SPENDSGIR + SGI)

static struct vgic_cpu *const zero = &cpus[0], *const one = &cpus[1];

static uint8_t sources(struct vgic_cpu *cpu)
{
    return read_gicd_byte(cpu, BYTE);
}

static void clear(void)
{
    for (unsigned i = 0; i < 2; i++)
        write_gicd_byte(&cpus[i], GICD_CPENDSGIR + SGI, 0xFF);
}

static void every_filter(void)
{
    static const struct {
        uint8_t filter, list, at_zero, at_one;
    } cases[] = {
        {0, 0x00, 0, 0}, {0, 0x01, 1, 0}, {0, 0x02, 0, 1}, {0, 0xFF, 1, 1},
        {1, 0xFF, 0, 1}, {1, 0x00, 0, 1}, {2, 0x00, 1, 0}, {2, 0x02, 1, 0},
        {3, 0xFF, 0, 0},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        send_sgi(zero, cases[i].filter, cases[i].list, SGI);
        CHECK(sources(zero) == cases[i].at_zero);
        CHECK(sources(one) == cases[i].at_one);
        CHECK(read_gicd(one, GICD_ISPENDR_AT(0)) == (uint32_t)cases[i].at_one << SGI);
        clear();
    }
    send_sgi(one, 1, 0, SGI);
    CHECK(sources(zero) == 2 && sources(one) == 0);
    clear();
    CHECK(sources(zero) == 0);
}

static void pending_bits_of_each_source(void)
{
    write_gicd_byte(zero, BYTE, 0xFF); /* virtual CPUs that are not there have no bit */
    CHECK(sources(zero) == 3 && sources(one) == 0);
    write_gicd_byte(zero, GICD_CPENDSGIR + SGI, 1);
    CHECK(sources(zero) == 2);
    CHECK(read_gicd_byte(zero, GICD_CPENDSGIR + SGI) == 2);
    write_gicd(zero, GICD_ICPENDR_AT(0), 1u << SGI);
    CHECK(sources(zero) == 2); /* SGIs have no part in ICPENDR */
    clear();
}

/* It arrives when its target comes in, with the sender's number, and the target ends it. */
static void source_in_iar(void)
{
    send_sgi(zero, 1, 0, SGI);
    CHECK(acknowledge() == NOTHING);
    switch_to(zero, one);
    CHECK(GICV(GICV_HPPIR) == (SOURCE(0) | SGI));
    CHECK(acknowledge() == (SOURCE(0) | SGI));
    send_sgi(one, 0, 3, SGI);
    CHECK(acknowledge() == NOTHING); /* its own waits behind the active one */
    switch_to(one, zero);
    CHECK(acknowledge() == (SOURCE(1) | SGI));
    end_of_interrupt(SOURCE(1) | SGI);
    exit_and_enter(zero);
    CHECK(read_gicd(zero, GICD_ISACTIVER_AT(0)) == 0);
    switch_to(zero, one);
    CHECK(read_gicd(one, GICD_ISACTIVER_AT(0)) == 1u << SGI);
    end_of_interrupt(SOURCE(0) | SGI);
    CHECK(GICH(GICH_MISR) == GICH_MISR_EOI_MASK); /* which brings us to the host */
    exit_and_enter(one);
    CHECK(GICH(GICH_MISR) == 0);
    CHECK(acknowledge() == (SOURCE(1) | SGI));
    end_of_interrupt(SOURCE(1) | SGI);
    exit_and_enter(one);
    CHECK(acknowledge() == NOTHING && one->used_lrs == 0 && one->busy == 0);
    switch_to(one, zero);
}

/* Each source is taken once, the lowest first; an SGI that is active can come again. */
static void several_sources(void)
{
    for (unsigned lrs = 1; lrs <= 4; lrs *= 2) {
        start_vm(2, lrs);
        send_sgi(one, 0, 1, SGI);
        send_sgi(zero, 2, 0, SGI);
        for (unsigned source = 0; source < 2; source++) {
            CHECK(acknowledge() == (SOURCE(source) | SGI));
            CHECK(acknowledge() == NOTHING);
            exit_and_enter(zero);
            CHECK(sources(zero) == (source ? 0 : 2));
            end_of_interrupt(SOURCE(source) | SGI);
            exit_and_enter(zero);
        }
        CHECK(acknowledge() == NOTHING && zero->busy == 0);

        /* From one and the same source twice: the first one is active, the second one waits. */
        send_sgi(zero, 2, 0, SGI);
        CHECK(acknowledge() == SGI);
        send_sgi(zero, 2, 0, SGI);
        send_sgi(zero, 2, 0, SGI);
        CHECK(sources(zero) == 1 && acknowledge() == NOTHING);
        end_of_interrupt(SGI);
        CHECK(acknowledge() == SGI); /* no exit was needed */
        end_of_interrupt(SGI);
        exit_and_enter(zero);
        CHECK(acknowledge() == NOTHING && zero->busy == 0);
    }
}

/* A source that is taken back while it is in the list register makes way for the next one. */
static void source_taken_back(void)
{
    write_gicd_byte(zero, BYTE, 3);
    CHECK(GICV(GICV_HPPIR) == (SOURCE(0) | SGI));
    write_gicd_byte(zero, GICD_CPENDSGIR + SGI, 1);
    CHECK(GICV(GICV_HPPIR) == (SOURCE(1) | SGI));
    write_gicd_byte(zero, GICD_CPENDSGIR + SGI, 2);
    CHECK(acknowledge() == NOTHING && zero->used_lrs == 0);
}

/* The next source may go to another list register: the one that was ended is no condition then. */
static void end_in_one_list_register_next_in_another(void)
{
    send_sgi(zero, 2, 0, SGI - 1);
    write_gicd_byte(zero, BYTE, 3);
    CHECK(acknowledge() == SGI - 1);
    end_of_interrupt(SGI - 1);
    CHECK(acknowledge() == SGI);
    end_of_interrupt(SGI);
    exit_and_enter(zero);
    CHECK(GICH(GICH_MISR) == 0);
    CHECK(acknowledge() == (SOURCE(1) | SGI));
    end_of_interrupt(SOURCE(1) | SGI);
    exit_and_enter(zero);
    CHECK(GICH(GICH_MISR) == 0 && zero->busy == 0 && zero->eoi_lrs == 0);
}

int main(void)
{
    start_vm(2, 0);
    every_filter();
    pending_bits_of_each_source();
    source_in_iar();
    source_taken_back();
    end_in_one_list_register_next_in_another();
    several_sources();
    report("SGIs");
}
