#include "report.h"

#include "arch/riscv/csr.h"
#include "console.h"
#include "drivers/irqchip.h"
#include "panic.h"
#include "platform.h"
#include "drivers/probe.h"
#include "drivers/timer.h"
#include "link/session.h"
#include "world.h"

#include <stdarg.h>

#define FNV_BASIS 0x811C9DC5u
#define FNV_PRIME 0x01000193u

static uint32_t checksum;

static void put(char byte)
{
    checksum = (checksum ^ (uint8_t)byte) * FNV_PRIME;
    console_putc(byte);
}

static void text(const char *text)
{
    while (*text)
        put(*text++);
}

static void decimal(uint32_t value)
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

static void hexadecimal(uint32_t value)
{
    text("0x");
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
}

static void number(const char *name, uint32_t value)
{
    put(' ');
    text(name);
    put(' ');
    decimal(value);
}

static void address(const char *name, uint32_t value)
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

static void report_fault(const struct vcpu *vcpu)
{
    text(" fault ");
    switch (vcpu->fault) {
    case FAULT_NONE:
        text("none\n");
        return;
    case FAULT_TRAP:
        text(trap_name(vcpu->fault_cause));
        break;
    case FAULT_HYPERCALL:
        text("hypercall");
        break;
    case FAULT_IMAGE:
        text("image");
        break;
    }
    address("value", vcpu->fault_value);
    address("pc", vcpu->fault_pc);
    put('\n');
}

/* A guest names itself: only what cannot break the report's lines is printed. */
static void name(const struct vcpu *vcpu)
{
    unsigned length = 0;

    text(" name ");
    for (; length < sizeof(vcpu->image.name); length++) {
        char byte = vcpu->image.name[length];

        if (byte <= ' ' || byte > '~')
            break;
        put(byte);
    }
    if (!length)
        put('-');
}

static void report_guest(const struct vcpu *vcpu)
{
    text("guest ");
    decimal(vcpu->id);
    name(vcpu);
    text(vcpu->state == VCPU_DONE ? " state done" : " state faulted");
    number("status", vcpu->result.status);
    number("ticks", vcpu->result.ticks);
    number("spurious", vcpu->result.spurious);
    number("early", vcpu->result.early);
    number("exits", vcpu->stats.exits);
    number("irqs", vcpu->stats.irqs);
    number("slices", vcpu->stats.slices);
    number("maintenance", vcpu->stats.maintenance);
    number("none", vcpu->stats.spurious);
    number("emulated", vcpu->stats.emulated);
    number("hypercalls", vcpu->stats.hypercalls);
    number("forwarded", vcpu->vgic.stats.queued_on_irq);
    number("expired", vcpu->vgic.stats.queued_on_entry);
    number("withdrawn", vcpu->vgic.stats.withdrawn);
    number("overflows", vcpu->vgic.stats.overflows);
    number("ends", vcpu->vgic.stats.spilled_ends);
    number("orphans", vcpu->vgic.stats.orphans);
    report_fault(vcpu);
}

static bool passed(const struct vcpu *vcpu)
{
    return vcpu->state == VCPU_DONE && !vcpu->result.status && !vcpu->vgic.stats.orphans;
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
    text("AMAGIC-REPORT 1\nmode forwarded irqchip ");
    text(irqchip->name);
    number("lrs", irqchip->list_registers());
    put('\n');
    for (unsigned id = 0; id < GUESTS; id++) {
        report_guest(world_vcpu(id));
        pass = pass && passed(world_vcpu(id));
    }
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
