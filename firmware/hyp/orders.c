/* The orders to move guests: when, what, and what is answered. */
#include "drivers/timer.h"
#include "lib/attributes.h"
#include "link/image.h"
#include "migrate.h"
#include "panic.h"
#include "platform.h"
#include "report.h"
#include "vcpu.h"
#include "vgic_lock.h"
#include "world.h"

#if HYP_MIGRATE
__attribute__((used)) const volatile struct migrate_order migrate_orders[MIGRATE_ORDERS] = {{0}};
#endif

bool migrate_ordered;

static unsigned next;
static uint64_t next_at;

static COLD void plan(unsigned number, uint64_t from)
{
    if (!HYP_MIGRATE)
        return;
    next = number;
    migrate_ordered = number < MIGRATE_ORDERS && migrate_orders[number].what != MIGRATE_END;
    if (migrate_ordered)
        next_at = from + migrate_orders[number].after;
}

COLD void migrate_begin(void)
{
    plan(0, 0);
}

COLD uint32_t migrate_within(uint32_t cycles)
{
    uint64_t now;

    if (!migrate_is_ordered())
        return cycles;
    now = timer_count();
    if (now >= next_at)
        return 1;
    return next_at - now < cycles ? (uint32_t)(next_at - now) : cycles;
}

COLD bool migrate_is_due(void)
{
    return migrate_is_ordered() && timer_count() >= next_at;
}

/* One that is both counts as active: it has one list register. */
static COLD void count_open(const uint32_t *irq, unsigned count, uint32_t *pending,
                            uint32_t *active)
{
    for (; count; count--, irq++)
        if (*irq & IMAGE_IRQ_ACTIVE)
            ++*active;
        else if (*irq & IMAGE_IRQ_PENDING)
            ++*pending;
}

/* What the guest of an image has of interrupts, for who counts the cases that were met. */
static COLD void report_state(const struct image_head *image)
{
    const struct image_cpu *cpu = (const struct image_cpu *)(image + 1);
    const uint32_t *spi = (const uint32_t *)(cpu + image->guest.vcpus);
    uint32_t pending = 0, active = 0, tick = 0;

    for (; (const uint32_t *)cpu != spi; cpu++) {
        uint32_t word = cpu->irq[PPI_VTIMER];
        bool due = cpu->ctl == 1 && image_64(image->count) >= image_64(cpu->cval);

        count_open(cpu->irq, VGIC_PRIVATE, &pending, &active);
        tick |= !!(word & IMAGE_IRQ_PENDING) | !!(word & IMAGE_IRQ_ACTIVE) << 1 | due << 2;
    }
    count_open(spi, VGIC_SPIS, &pending, &active);
    report_number("bytes", image->length);
    report_number("pending", pending);
    report_number("active", active);
    report_number("tick", tick);
}

static COLD void answer(const struct migrate_order *order, enum image_error error)
{
    static const char *const names[] = {
        [MIGRATE_OUT] = "out",
        [MIGRATE_IN] = "in",
        [MIGRATE_SEND] = "send",
        [MIGRATE_RECEIVE] = "receive",
    };

    report_text("AMAGIC-MIGRATE ");
    report_text(names[order->what]);
    report_number("from", order->from);
    report_number("to", order->to);
    report_text(" ");
    report_text(image_error_name(error));
    if (order->what == MIGRATE_OUT && !error)
        report_state((const struct image_head *)(uintptr_t)GUEST_RAM(order->to));
    report_text("\n");
}

/* The serial port is slow: the system counter, by which every timer runs, stands meanwhile. */

static COLD enum image_error send(unsigned slot)
{
    const struct image_head *image = (const struct image_head *)(uintptr_t)GUEST_RAM(slot);
    enum image_error error = migrate_check(slot);

    if (error)
        return error;
    timer_stop();
    link_send_image(image, image->length);
    timer_start();
    return IMAGE_OK;
}

static COLD enum image_error receive(unsigned slot)
{
    void *memory = (void *)(uintptr_t)GUEST_RAM(slot);
    enum image_error error = migrate_check_free(slot);
    enum link_received received;

    if (error)
        return error;
    timer_stop();
    received = link_receive_image(memory, GUEST_RAM_MAX);
    timer_start();
    switch (received) {
    case LINK_RECEIVED:
        return IMAGE_OK;
    case LINK_TOO_LONG:
        return IMAGE_NO_ROOM;
    default:
        return IMAGE_TRUNCATED;
    }
}

static COLD enum image_error carry_out(const struct migrate_order *order)
{
    switch (order->what) {
    case MIGRATE_OUT:
        if (order->from >= GUESTS)
            return IMAGE_NO_SUCH_SLOT;
        return migrate_out(world_vm(order->from), order->to);
    case MIGRATE_IN:
        return migrate_in(order->to);
    case MIGRATE_SEND:
        return send(order->to);
    case MIGRATE_RECEIVE:
        return receive(order->to);
    default:
        panic("there is no such order", 1, order->what);
    }
}

/* A guest leaves when all its virtual CPUs are out: one may be on another hart. */
static COLD bool has_to_wait(const struct migrate_order *order)
{
    const struct vm *vm;

    if (HARTS == 1 || order->what != MIGRATE_OUT || order->from >= GUESTS)
        return false;
    vm = world_vm(order->from);
    for (unsigned i = 0; i < vm->vcpus; i++)
        if (vgic_is_elsewhere(&vm->vcpu[i]->vgic))
            return true;
    return false;
}

COLD void migrate_do(void)
{
    while (migrate_is_due()) {
        struct migrate_order order = migrate_orders[next];

        if (has_to_wait(&order))
            break;
        answer(&order, carry_out(&order));
        plan(next + 1, timer_count());
    }
}
