/*
 * A guest's distributor does what the hardware's does: every access goes to both, of one CPU each,
 * and what they read is the same. First a table of rules, then accesses at random, with all of the
 * state compared now and then.
 *
 * Left out is what differs by design: the number of rows in TYPER, IIDR and PIDR (another product),
 * and the rows and lines that a guest does not have.
 *
 * Expected output:
 *   GICD: 0 wrong
 */
#include "vgic_test.h"

#include "lib/random.h"

#define HARDWARE (GIC_BASE + 0x1000)
#define RANDOM_ACCESSES 150

static struct vgic_cpu *const cpu = &cpus[0];

static uint32_t read_hardware(uint32_t offset, unsigned size)
{
    if (size == 1)
        return *(volatile uint8_t *)(HARDWARE + offset);
    if (size == 2)
        return *(volatile uint16_t *)(HARDWARE + offset);
    return REG(HARDWARE + offset);
}

static void write_both(uint32_t offset, unsigned size, uint32_t value)
{
    vgicd_write(cpu, offset, size, value);
    if (size == 1)
        *(volatile uint8_t *)(HARDWARE + offset) = (uint8_t)value;
    else if (size == 2)
        *(volatile uint16_t *)(HARDWARE + offset) = (uint16_t)value;
    else
        REG(HARDWARE + offset) = value;
}

static bool agree(uint32_t offset, unsigned size, uint32_t *value)
{
    *value = vgicd_read(cpu, offset, size);
    return *value == read_hardware(offset, size);
}

/* Written with size and value, if there is one; then the word at the second offset reads this. */
struct rule {
    uint16_t written;
    uint8_t size; /* 0: nothing is written */
    uint32_t value;
    uint16_t read;
    uint32_t expected;
};

static const struct rule rules[] = {
    /* Control: two bits. */
    {GICD_CTLR, 4, 0xFFFFFFFF, GICD_CTLR, 3},
    {GICD_CTLR + 1, 1, 0, GICD_CTLR, 3}, /* a narrow access reaches its own bytes */
    {GICD_CTLR, 1, 0, GICD_CTLR, 0},
    {GICD_CTLR, 2, 0xFFFF, GICD_CTLR, 3},
    {GICD_CTLR, 4, 0, GICD_CTLR, 0},
    {GICD_TYPER, 4, 0xFFFFFFFF, GICD_CIDR0, 0x0D},
    /* Enables: SGIs always are. */
    {0, 0, 0, GICD_ISENABLER, 0x0000FFFF},
    {GICD_ICENABLER, 4, 0xFFFFFFFF, GICD_ISENABLER, 0x0000FFFF},
    {GICD_ISENABLER, 4, 0x08000000, GICD_ICENABLER, 0x0800FFFF},
    {GICD_ISENABLER + 3, 1, 0xFF, GICD_ISENABLER, 0xFF00FFFF},
    {GICD_ICENABLER + 2, 2, 0xF000, GICD_ISENABLER, 0x0F00FFFF},
    {GICD_ISENABLER + 4, 4, 0x00000101, GICD_ICENABLER + 4, 0x00000101},
    {GICD_ICENABLER + 4, 4, 0x00000001, GICD_ISENABLER + 4, 0x00000100},
    /* Groups. */
    {GICD_IGROUPR, 4, 0xF000000F, GICD_IGROUPR, 0xF000000F},
    {GICD_IGROUPR, 4, 0, GICD_IGROUPR, 0},
    {GICD_IGROUPR + 4, 4, 0x12345678, GICD_IGROUPR + 4, 0x12345678},
    /* Pending: not of SGIs. Set while active, too. */
    {GICD_ISPENDR, 4, 0x0010FFFF, GICD_ISPENDR, 0x00100000},
    {GICD_ISACTIVER, 4, 0x00100020, GICD_ICACTIVER, 0x00100020},
    {0, 0, 0, GICD_ICPENDR, 0x00100000},
    {GICD_ICPENDR, 4, 0x00100000, GICD_ISPENDR, 0},
    {GICD_ISPENDR, 4, 0x00100000, GICD_ISPENDR, 0x00100000},
    {GICD_ICACTIVER, 4, 0x00100020, GICD_ISACTIVER, 0},
    {0, 0, 0, GICD_ISPENDR, 0x00100000},
    {GICD_ICPENDR, 4, 0xFFFFFFFF, GICD_ISPENDR, 0},
    {GICD_ISPENDR + 4, 4, 0x80000001, GICD_ICPENDR + 4, 0x80000001},
    {GICD_ICPENDR + 4, 4, 0x80000001, GICD_ISPENDR + 4, 0},
    /* Priorities: five bits, a byte or a word. */
    {GICD_IPRIORITYR + 20, 4, 0xFFFFFFFF, GICD_IPRIORITYR + 20, 0xF8F8F8F8},
    {GICD_IPRIORITYR + 21, 1, 0x47, GICD_IPRIORITYR + 20, 0xF8F840F8},
    {GICD_IPRIORITYR + 60, 4, 0x08101820, GICD_IPRIORITYR + 60, 0x08101820},
    {GICD_IPRIORITYR + 63, 1, 0, GICD_IPRIORITYR + 60, 0x00101820},
    /* Targets: with one CPU there is nothing to choose. */
    {GICD_ITARGETSR, 4, 0xFFFFFFFF, GICD_ITARGETSR, 0},
    {GICD_ITARGETSR + 40, 1, 0xFF, GICD_ITARGETSR + 40, 0},
    /* Triggers: those of SGIs and PPIs are fixed; the lower bit reads 1 but for SGIs. */
    {GICD_ICFGR, 4, 0, GICD_ICFGR, 0xAAAAAAAA},
    {GICD_ICFGR + 4, 4, 0xFFFFFFFF, GICD_ICFGR + 4, 0x55555555},
    {GICD_ICFGR + 8, 4, 0xC000000E, GICD_ICFGR + 8, 0xD555555F},
    {GICD_ICFGR + 8, 1, 0, GICD_ICFGR + 8, 0xD5555555},
    {GICD_ICFGR + 8, 4, 0, GICD_ICFGR + 8, 0x55555555},
    /* SGIs: filters, and a bit for each source in a byte for each. */
    {GICD_SGIR, 4, 0x00010003, GICD_SPENDSGIR, 0x01000000},
    {GICD_CPENDSGIR + 3, 1, 0xFE, GICD_SPENDSGIR, 0x01000000},
    {GICD_CPENDSGIR + 3, 1, 0x01, GICD_CPENDSGIR, 0},
    {GICD_SGIR, 4, 0x00FE0003, GICD_SPENDSGIR, 0},
    {GICD_SGIR, 4, 0x01FF0003, GICD_SPENDSGIR, 0},
    {GICD_SGIR, 4, 0x02000004, GICD_ISPENDR, 0x00000010},
    {GICD_SGIR, 4, 0x03FF0005, GICD_ISPENDR, 0x00000010},
    {GICD_SGIR, 1, 0x06, GICD_ISPENDR, 0x00000010},
    {GICD_SPENDSGIR, 4, 0xFFFFFFFF, GICD_SPENDSGIR, 0x01010101},
    {GICD_SPENDSGIR + 15, 1, 0xFF, GICD_CPENDSGIR + 12, 0x01000000},
    {GICD_CPENDSGIR, 4, 0xFFFFFFFF, GICD_SPENDSGIR, 0},
    {GICD_CPENDSGIR + 4, 4, 0xFFFFFFFF, GICD_ISPENDR, 0x00008000},
    {GICD_CPENDSGIR + 12, 4, 0xFFFFFFFF, GICD_ISPENDR, 0},
    /* What reads 0 here: no Security Extensions, no lines, and nothing. */
    {GICD_NSACR, 4, 0xFFFFFFFF, GICD_NSACR, 0},
    {GICD_PPISR, 4, 0xFFFFFFFF, GICD_PPISR, 0},
    {GICD_SPISR, 4, 0xFFFFFFFF, GICD_SPISR, 0},
    {0x00C, 4, 0xFFFFFFFF, 0x00C, 0},
    {0xD80, 4, 0xFFFFFFFF, 0xD80, 0},
    {0, 0, 0, GICD_SGIR, 0},
    {GICD_CIDR0, 4, 0, GICD_CIDR0 + 12, 0xB1},
};

static void every_rule(void)
{
    for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct rule *rule = &rules[i];
        uint32_t value;
        bool same;

        if (rule->size)
            write_both(rule->written, rule->size, rule->value);
        same = agree(rule->read, 4, &value);
        if (same && value == rule->expected)
            continue;
        print_hex(same ? "both read" : "the guest's reads", value);
        print_hex("in rule", i);
        wrong++;
    }
}

/* Arrays whose first two rows a guest has: where they are, and how long that is. */
static const struct {
    uint16_t first, size;
} state[] = {
    {GICD_CTLR, 4},       {GICD_IGROUPR, 8},    {GICD_ISENABLER, 8},   {GICD_ICENABLER, 8},
    {GICD_ISPENDR, 8},    {GICD_ICPENDR, 8},    {GICD_ISACTIVER, 8},   {GICD_ICACTIVER, 8},
    {GICD_ICFGR, 16},     {GICD_CPENDSGIR, 16}, {GICD_SPENDSGIR, 16},  {GICD_SGIR, 4},
    {GICD_ITARGETSR, 64}, {GICD_NSACR, 16},     {GICD_IPRIORITYR, 64},
};

#define STATES (sizeof(state) / sizeof(state[0]))

static bool all_agree(void)
{
    uint32_t value;

    for (unsigned n = 0; n < STATES; n++) {
        for (uint32_t at = 0; at < state[n].size; at += 4) {
            if (agree(state[n].first + at, 4, &value))
                continue;
            print_hex("they differ at", state[n].first + at);
            wrong++;
            return false;
        }
    }
    return true;
}

static void at_random(void)
{
    uint32_t seed = 0x1234567;

    for (unsigned i = 1; i <= RANDOM_ACCESSES; i++) {
        uint32_t random = random_next(&seed), value = random_next(&seed) & random_next(&seed);
        unsigned n = random % STATES, size = 1u << (random >> 8) % 3;
        uint32_t offset = state[n].first + (random >> 16) % state[n].size / size * size;

        write_both(offset, size, value);
        if (!agree(offset, size, &value) || (i % 50 == 0 && !all_agree())) {
            print_hex("after the write to", offset);
            wrong++;
            return;
        }
    }
}

int main(void)
{
    start_vm(1, 0);
    vgic_save(cpu);
    write_both(GICD_CTLR, 4, 0);
    every_rule();
    at_random();
    report("GICD");
}
