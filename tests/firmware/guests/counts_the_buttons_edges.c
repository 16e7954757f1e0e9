/*
 * The button's interrupt is forwarded to the guest that owns it, as an edge-triggered SPI. An edge
 * that comes while one is active is taken after its end, also when the guest is switched out then;
 * several that come meanwhile are one. Its active state is not switched: the edges that come while
 * the other world is in find the interrupt as the guest left it. (The guest moves the line itself,
 * by notes to the simulation.)
 *
 * Expected: status 0 ticks 33
 */
#include "guest_test.h"

static volatile uint32_t edges;
static void (*volatile in_handler)(void); /* once, while it is active */

/* The line after DELAY cycles: soc_wrapper.sv. */
static void button(bool down, uint32_t delay)
{
    guest_note(0xBu << 24 | delay << 4 | down);
}

static void press(uint32_t delay)
{
    button(false, 0);
    wait_until(guest_timer_count() + 20);
    button(true, delay);
}

static bool pending(void)
{
    return gicd_bit(GICD_ISPENDR, GUEST_BUTTON_INTID);
}

static void press_and_wait(void)
{
    press(0);
    while (!pending())
        ;
}

static void press_twice(void)
{
    press_and_wait();
    press_and_wait();
}

/* Out before the edge comes, and in again after it. */
static void press_and_leave(void)
{
    press(1500);
    guest_yield();
}

static void press_by_software(void)
{
    set_pending(GUEST_BUTTON_INTID);
    CHECK(pending());
}

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    CHECK(acknowledged == GUEST_BUTTON_INTID);
    CHECK(gicd_bit(GICD_ISACTIVER, GUEST_BUTTON_INTID));
    edges++;
    if (in_handler) {
        void (*then)(void) = in_handler;

        in_handler = NULL;
        then();
        CHECK(pending() && gicd_bit(GICD_ISACTIVER, GUEST_BUTTON_INTID));
    }
    guest_gic_end(acknowledged);
}

static void take(uint32_t count)
{
    uint32_t wanted = edges + count;

    guest_unmask();
    while (edges < wanted)
        ;
    wait_until(guest_timer_count() + 500); /* in which one too many would come */
    guest_mask();
    CHECK(edges == wanted && !pending());
    CHECK(!gicd_bit(GICD_ISACTIVER, GUEST_BUTTON_INTID));
}

void guest_main(void)
{
    static void (*const meanwhile[])(void) = {press_and_wait, press_twice, press_and_leave,
                                              press_by_software};

    guest_gic_init();
    guest_gic_enable(GUEST_BUTTON_INTID, 0x80);
    /* It never comes, and lets this one be switched the short way. */
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    /* Some of these come when the other world is in, and this one has nothing in list registers. */
    for (uint32_t i = 0; i < 12; i++) {
        press(5000 + 700 * i);
        take(1);
    }
    for (uint32_t i = 0; i < 3; i++) {
        press(0);
        take(1);
    }
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            in_handler = meanwhile[i];
            press(0);
            take(2);
        }
    }
    /* One in the list register, and one behind it, on the physical side. */
    press_and_wait();
    press_and_leave();
    take(2);
    finish_with(0, edges, 0);
}
