/*
 * The agent that runs on every CPU of QEMU's virt machine, with interrupts masked: at EL2, or at
 * Secure EL3 where the GIC has Security Extensions (start.S).
 *
 * It takes operations from the ring (ring.h), so that the GIC sees accesses by CPUs that are
 * really there. The outputs are read from ISR_EL1: here it shows the physical lines, at EL1 with
 * HCR_EL2.{IMO,FMO} the virtual ones (Arm ARM DDI 0487, ISR_EL1).
 */

#include <stdint.h>

#include "agent.h"
#include "ring.h"

enum {
    GICD_BASE = 0x08000000,
    GICC_BASE = 0x08010000,
    GICH_BASE = 0x08030000,

    GICD_ISENABLER1 = GICD_BASE + 0x104,
    GICC_PMR = GICC_BASE + 0x004,
    GICH_HCR = GICH_BASE + 0x000,
    GICH_MISR = GICH_BASE + 0x010,

    ISR_F = 1 << 6,
    ISR_I = 1 << 7,
    PSCI_CPU_ON_64 = 0xC4000003,
};

extern volatile struct ring RING_BASE; /* by agent.ld */

#define RING (&RING_BASE)

/* Lets the next CPU run: QEMU runs them in turn. */
static void yield(void)
{
    __asm__ volatile("yield" ::: "memory");
}

/*
 * Until there is work. When the host sets `work` behind the check below, it finds this CPU asleep,
 * since it looks at that afterwards.
 */
static void sleep(uint64_t cpu)
{
    RING->asleep[cpu] = 1;
    if (!RING->work) {
        __asm__ volatile("wfi" ::: "memory");
    }
    RING->asleep[cpu] = 0;
}

static uint32_t read32(uintptr_t address)
{
    return *(volatile uint32_t *)address;
}

static void write32(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static void act(volatile struct slot *slot)
{
    if (slot->kind == SLOT_READ) {
        struct mmio_result result = mmio_read(slot->address, slot->size);
        slot->value = (uint32_t)result.value;
        slot->syndrome = (uint32_t)result.syndrome;
    } else if (slot->kind == SLOT_WRITE) {
        slot->syndrome = (uint32_t)mmio_write(slot->address, slot->size, slot->value).syndrome;
    }
    /*
     * QEMU does not look at the physical lines again when a list register's HW bit deactivates an
     * interrupt, but at the next write to the distributor: this one, which changes nothing.
     */
    *(volatile uint8_t *)GICD_ISENABLER1 = 0;
}

static uint8_t outputs(void)
{
    uint64_t physical = read_isr();
    uint32_t mask = 0;

    /* At EL1 a physical interrupt would be taken to EL2, whatever PSTATE masks: hold it back. */
    if (physical != 0) {
        mask = read32(GICC_PMR);
        write32(GICC_PMR, 0);
    }
    uint64_t virtual = read_isr_at_el1();
    if (physical != 0) {
        write32(GICC_PMR, mask);
    }

    uint8_t seen = 0;
    seen |= physical & ISR_I ? OUTPUT_IRQ : 0;
    seen |= physical & ISR_F ? OUTPUT_FIQ : 0;
    seen |= virtual & ISR_I ? OUTPUT_VIRQ : 0;
    seen |= virtual & ISR_F ? OUTPUT_VFIQ : 0;
    /* The maintenance line is an input of the same GIC: it is told from what drives it. */
    seen |= (read32(GICH_HCR) & 1) != 0 && read32(GICH_MISR) != 0 ? OUTPUT_MAINTENANCE : 0;
    return seen;
}

static int anyone_asleep(void)
{
    for (uint32_t cpu = 0; cpu < RING->cpus; cpu++) {
        if (RING->asleep[cpu]) {
            return 1;
        }
    }
    return 0;
}

/* Takes the steps that are this CPU's, until it is another one's turn. */
static void take_steps(uint32_t cpu)
{
    while (RING->taken != RING->posted) {
        volatile struct slot *slot = &RING->slots[RING->taken % RING_SLOTS];
        uint32_t step = RING->step;

        if (step == 0 && slot->cpu == cpu && !anyone_asleep()) {
            act(slot);
            RING->step = 1;
        } else if (step == cpu + 1) {
            slot->outputs[cpu] = outputs();
            if (step == RING->cpus) {
                RING->step = 0;
                RING->taken = RING->taken + 1;
            } else {
                RING->step = step + 1;
            }
        } else {
            return;
        }
    }
}

void agent_main(uint64_t cpu)
{
    if (cpu == 0) {
        while (RING->cpus == 0) {
            yield();
        }
        for (uint64_t other = 1; other < RING->cpus; other++) {
            psci_call(PSCI_CPU_ON_64, other, (uintptr_t)secondary_start, other);
        }
    }
    RING->ready[cpu] = 1;
    for (;;) {
        take_steps((uint32_t)cpu);
        if (RING->work) {
            yield();
        } else {
            sleep(cpu);
        }
    }
}

void agent_crashed(uint64_t syndrome, uint64_t pc, uint64_t address, uint64_t cpu)
{
    RING->crash_cpu = (uint32_t)cpu;
    RING->crash_syndrome = (uint32_t)syndrome;
    RING->crash_pc = pc;
    RING->crash_address = address;
    RING->crashed = 1;
    for (;;) {
        yield();
    }
}
