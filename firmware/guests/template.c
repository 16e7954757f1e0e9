/*
 * A guest to start from. Copy this file, change it, and run it:
 *
 *     make demo GUEST0=my_guest.c
 *
 * The other guest is then the demo's own; GUEST1=file replaces that one as well. A file may also be
 * an ELF program that you have built yourself: it must be linked for 0x40000000 and begin with the
 * header of guest_abi.h (guest.ld, start.S and guest.c here do that for a C source).
 *
 * What a guest has
 *   - one core in supervisor mode (RV32IMA), with traps of its own. The host's translation is on:
 *     addresses are the guest's (guest_abi.h), and satp is not the guest's to write;
 *   - up to 32 KiB of memory at 0x40000000: header, program, data, and a stack at the end;
 *   - a GICv2: GUEST_GICD is emulated by the host, GUEST_GICC is hardware, the virtual interface;
 *   - a virtual timer at GUEST_TIMER, whose interrupt is 27, and which it shares with the other
 *     guest without either noticing;
 *   - hypercalls: a console, an end, a yield, a mark in the trace.
 * Touch anything else and the host stops the guest; the report says why, and the other goes on.
 *
 * What the demo's judge wants to see, to call the run a PASS
 *   - a tick for each deadline: CVAL moves on only in the handler, after the acknowledge, and by
 *     adding to the deadline, since TVAL would drift;
 *   - 500 ticks, then HVC_DONE with status 0.
 */
#include "guest.h"

#define PERIOD 8009 /* counts, which are clock cycles, between two ticks */
#ifndef TICKS
#define TICKS 500
#endif

static uint64_t deadline;
static struct guest_result result;

/* guest_main() waits for this, and the handler writes it: the compiler must not keep it. */
static volatile bool done;

/*
 * start.S saves the registers and comes here, with interrupts off. It returns with sret.
 */
void guest_interrupt(void)
{
    /* Acknowledge: the virtual interrupt goes from pending to active. No exit to the host. */
    uint32_t acknowledged = guest_gic_acknowledge();

    /* 1020 and above: nothing was pending any more. There is nothing to end. */
    if (gicv_iar_get_intid(acknowledged) >= 1020)
        return;

    /*
     * The line may have fallen since the interrupt was signalled: with interrupts off, a guest
     * that polls its timer and moves CVAL on retires a tick without taking it. Count it apart.
     */
    if (!guest_timer_expired()) {
        result.spurious++;
    } else {
        if (guest_timer_count() < deadline)
            result.early++;
        result.ticks++;
        deadline += PERIOD;
        if (result.ticks < TICKS) {
            guest_timer_set_compare(deadline); /* the line falls */
            guest_timer_on();                  /* for a host that has masked it (hyp/mode.h) */
        } else {
            guest_timer_off();
        }
    }
    done = result.ticks == TICKS;

    /*
     * End: the virtual interrupt becomes inactive, and the hardware deactivates the physical one
     * with it, still without an exit. If the line is high again by now, it is pending again.
     */
    guest_gic_end(acknowledged);
}

/*
 * start.S sets up the trap vector, sie, the stack and the variables, and comes here. A reset of the
 * board comes here again without loading the guest anew: an ELF program of your own has to set up
 * its variables as well.
 */
void guest_main(void)
{
    guest_print("hello from the template");

    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);

    deadline = guest_timer_count() + PERIOD;
    guest_timer_set_compare(deadline);
    guest_timer_on();
    guest_unmask();

    while (!done) {
        /* A section without interrupts. The bench checks that no handler is entered in it. */
        guest_mask();
        for (volatile int i = 0; i < 20; i++)
            ;
        guest_unmask();
    }

    /* Ends this guest for good. A status other than 0 makes the run FAIL. */
    guest_mask();
    guest_done(&result);
}
