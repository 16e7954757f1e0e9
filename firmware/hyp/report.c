#include "report.h"

#include "arch/riscv/csr.h"
#include "console.h"
#include "drivers/irqchip.h"
#include "harts.h"
#include "mode.h"
#include "panic.h"
#include "platform.h"
#include "drivers/probe.h"
#include "drivers/timer.h"
#include "link/session.h"
#include "vcpu.h"
#include "world.h"

#include <stdarg.h>

#define FNV_BASIS 0x811C9DC5u
#define FNV_PRIME 0x01000193u

/*
 * A guest is named when it left for the host more often than this in each of its time slices, and
 * in its beginning and end. A tick that is handled is one exit. The ends of slices do not count,
 * nor does an emulated CPU interface: there, handling a tick takes several accesses.
 */
#define EXITS_PER_SLICE 2
#define EXITS_ONCE 8

static uint32_t checksum;

static void put(char byte)
{
    checksum = (checksum ^ (uint8_t)byte) * FNV_PRIME;
    console_putc(byte);
}

static COLD void text(const char *text)
{
    while (*text)
        put(*text++);
}

static COLD void decimal(uint32_t value)
{
    char digits[10];
    unsigned count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count)
        put(digits[--count]);
}

static COLD void hexadecimal(uint32_t value)
{
    text("0x");
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
}

static COLD void number(const char *name, uint32_t value)
{
    put(' ');
    text(name);
    put(' ');
    decimal(value);
}

static COLD void address(const char *name, uint32_t value)
{
    put(' ');
    text(name);
    put(' ');
    hexadecimal(value);
}

static const char *trap_name(uint32_t cause)
{
    static const char *const names[16] = {
        [CAUSE_MISALIGNED_FETCH] = "fetch-misaligned",
        [CAUSE_FETCH_ACCESS] = "fetch-access",
        [CAUSE_ILLEGAL_INSTRUCTION] = "illegal-instruction",
        [CAUSE_BREAKPOINT] = "breakpoint",
        [CAUSE_MISALIGNED_LOAD] = "load-misaligned",
        [CAUSE_LOAD_ACCESS] = "load-access",
        [CAUSE_MISALIGNED_STORE] = "store-misaligned",
        [CAUSE_STORE_ACCESS] = "store-access",
        [CAUSE_USER_ECALL] = "user-ecall",
        [CAUSE_SUPERVISOR_ECALL] = "ecall",
        [CAUSE_FETCH_PAGE_FAULT] = "fetch-page",
        [CAUSE_LOAD_PAGE_FAULT] = "load-page",
        [CAUSE_STORE_PAGE_FAULT] = "store-page",
    };

    return cause < 16 && names[cause] ? names[cause] : "unknown";
}

static COLD void report_fault(const struct vm *vm)
{
    text(" fault ");
    switch (vm->fault) {
    case FAULT_NONE:
        text("none\n");
        return;
    case FAULT_TRAP:
        text(trap_name(vm->fault_cause));
        break;
    case FAULT_HYPERCALL:
        text("hypercall");
        break;
    case FAULT_IMAGE:
        text("image");
        break;
    }
    address("value", vm->fault_value);
    address("pc", vm->fault_pc);
    put('\n');
}

/* A guest names itself: only what cannot break the report's lines is printed. */
static COLD void name(const struct vm *vm)
{
    unsigned length = 0;

    text(" name ");
    for (; length < sizeof(vm->image.name); length++) {
        char byte = vm->image.name[length];

        if (byte <= ' ' || byte > '~')
            break;
        put(byte);
    }
    if (!length)
        put('-');
}

static const char *state_name(enum vm_state state)
{
    static const char *const names[] = {
        [VM_RUNNING] = "running", [VM_DONE] = "done",   [VM_FAULTED] = "faulted",
        [VM_EMPTY] = "empty",     [VM_MOVED] = "moved",
    };

    return names[state];
}

/* The statistics of a VM are the sums of those of its virtual CPUs. */
static void add(uint32_t *sum, const uint32_t *values, unsigned count)
{
    while (count--)
        *sum++ += *values++;
}

#define WORDS(what) (sizeof(what) / sizeof(uint32_t))

static COLD void report_guest(const struct vm *vm)
{
    struct vcpu_stats stats = {0};
    struct vgic_stats vgic = {0};
    uint32_t masked = 0;

    for (unsigned i = 0; i < vm->vcpus; i++) {
        add((uint32_t *)&stats, (const uint32_t *)&vm->vcpu[i]->stats, WORDS(stats));
        add((uint32_t *)&vgic, (const uint32_t *)&vm->vcpu[i]->vgic.stats, WORDS(vgic));
        masked += vm->vcpu[i]->vtimer.holds;
    }
    text("guest ");
    decimal(vm->id);
    name(vm);
    text(" state ");
    text(state_name(vm->state));
    number("status", vm->result.status);
    number("ticks", vm->result.ticks);
    number("spurious", vm->result.spurious);
    number("early", vm->result.early);
    number("exits", stats.exits);
    number("irqs", stats.irqs);
    number("slices", stats.slices);
    number("straight", stats.straight);
    number("maintenance", stats.maintenance);
    number("none", stats.spurious);
    number("gicd", stats.gicd);
    number("gicc", stats.gicc);
    number("emulated", stats.emulated);
    number("hypercalls", stats.hypercalls);
    number("forwarded", vgic.queued_on_irq);
    number("expired", vgic.queued_on_entry);
    number("masked", masked);
    number("withdrawn", vgic.withdrawn);
    number("overflows", vgic.overflows);
    number("ends", vgic.spilled_ends);
    number("orphans", vgic.orphans);
    report_fault(vm);
}

static COLD void report_offender(const struct vm *vm)
{
    uint32_t exits = 0, slices = 1; /* the one in which it ended */

    for (unsigned i = 0; i < vm->vcpus; i++) {
        const struct vcpu_stats *stats = &vm->vcpu[i]->stats;

        exits += stats->exits - stats->slices - stats->gicc;
        slices += stats->slices;
    }
    if (exits <= slices * EXITS_PER_SLICE + EXITS_ONCE)
        return;
    text("offender ");
    decimal(vm->id);
    number("exits", exits);
    number("slices", slices);
    put('\n');
}

static COLD void report_hart(unsigned hart)
{
    text("hart ");
    decimal(hart);
    number("moves", harts[hart].moves);
    number("kicks", harts[hart].kicks);
    number("waits", harts[hart].waits);
    number("others", harts[hart].others);
    put('\n');
}

static bool passed(const struct vm *vm)
{
    bool orphans = false;

    for (unsigned i = 0; i < vm->vcpus; i++)
        orphans = orphans || vm->vcpu[i]->vgic.stats.orphans;
    return vm->state != VM_FAULTED && !vm->result.status && !orphans;
}

void report_text(const char *what)
{
    text(what);
}

void report_number(const char *what, uint32_t value)
{
    number(what, value);
}

static _Noreturn void end(unsigned result)
{
    uart_flush();
    probe_mark(PROBE_END, result);
    if (HYP_LINK)
        session_end(result);
    for (;;)
        wait_for_interrupt();
}

void report_and_end(void)
{
    bool pass = true;
    uint32_t sum;

    checksum = FNV_BASIS;
    text("AMAGIC-REPORT 1\nmode ");
    text(mode->name);
    text(" irqchip ");
    text(irqchip->name);
    number("lrs", irqchip->list_registers());
    put('\n');
    for (unsigned id = 0; id < GUESTS; id++) {
        report_guest(world_vm(id));
        pass = pass && passed(world_vm(id));
    }
    for (unsigned id = 0; id < GUESTS; id++)
        report_offender(world_vm(id));
    for (unsigned hart = 0; HARTS > 1 && hart < HARTS; hart++)
        report_hart(hart);
    text("host");
    number("cycles", (uint32_t)timer_count());
    number("dropped", probe_dropped());
    put('\n');
    sum = checksum;
    text("checksum ");
    hexadecimal(sum);
    text(pass ? "\nPASS\n" : "\nFAIL\n");
    end(!pass);
}

void panic(const char *what, unsigned count, ...)
{
    va_list values;

    harts_close();
    text("AMAGIC-PANIC ");
    text(what);
    va_start(values, count);
    while (count--) {
        put(' ');
        hexadecimal(va_arg(values, uint32_t));
    }
    va_end(values);
    text("\nFAIL\n");
    end(2);
}
