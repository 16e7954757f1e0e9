/*
 * Priorities inside the guest: a virtual interrupt preempts a lower one as far as the binary point
 * lets it, in every depth, also when there are fewer list registers than levels; each end uncovers
 * the level below, spilled or not; and a pending one waits for its turn in the order of priority.
 *
 * Expected output:
 *   nesting: 0 wrong
 */
#include "vgic_test.h"

#define DEPTH 6
#define LOWEST 0xC0u
#define PRIORITY(level) ((uint8_t)(LOWEST - 0x10u * (level)))
#define SGI(level) (1 + (level))

static struct vgic_cpu *const cpu = &cpus[0];

static uint32_t running(void)
{
    return GICV(GICV_RPR);
}

static void set_up(unsigned lrs)
{
    start_vm(1, lrs);
    for (unsigned level = 0; level < DEPTH; level++)
        write_gicd_byte(cpu, GICD_IPRIORITYR + SGI(level), PRIORITY(level));
}

static void send(unsigned level)
{
    send_sgi(cpu, 2, 0, SGI(level));
}

/* The higher one preempts; one of the same or a lower priority has to wait. */
static void nest(unsigned lrs, bool switched)
{
    set_up(lrs);
    for (unsigned level = 0; level < DEPTH; level++) {
        send(level);
        if (level)
            send(level - 1); /* again, below the one that is active soon */
        CHECK(acknowledge() == SGI(level));
        exit_and_enter(cpu);
        CHECK(running() == PRIORITY(level) && acknowledge() == NOTHING);
        if (switched)
            switch_to(cpu, cpu);
    }
    CHECK(vgic_traps_dir(cpu) == (lrs < DEPTH - 1));
    for (unsigned level = DEPTH; level--;) {
        CHECK(running() == PRIORITY(level));
        end_of_interrupt(SGI(level));
        exit_and_enter(cpu);
        CHECK(!(read_gicd(cpu, GICD_ISACTIVER_AT(0)) >> SGI(level) & 1));
        if (level == DEPTH - 1)
            continue;
        /* What was sent again comes now, before the level below goes on. */
        if (level) {
            CHECK(acknowledge() == SGI(level));
            end_of_interrupt(SGI(level));
            exit_and_enter(cpu);
        }
    }
    CHECK(acknowledge() == SGI(0));
    end_of_interrupt(SGI(0));
    exit_and_enter(cpu);
    CHECK(running() == 0xFF && acknowledge() == NOTHING);
    CHECK(cpu->busy == 0 && cpu->used_lrs == 0 && cpu->spilled_active == 0);
    CHECK(cpu->stats.overflows > 0);
}

/* Those that are spilled meet no list register, and are told by their count. */
static void end_without_exits(unsigned lrs)
{
    set_up(lrs);
    for (unsigned level = 0; level < DEPTH; level++) {
        send(level);
        CHECK(acknowledge() == SGI(level));
        exit_and_enter(cpu);
    }
    for (unsigned level = DEPTH; level--;) {
        CHECK(running() == PRIORITY(level));
        end_of_interrupt(SGI(level));
    }
    CHECK(GICH(GICH_MISR) & GICH_MISR_LRENP_MASK); /* which brings us to the host */
    exit_and_enter(cpu);
    CHECK(cpu->stats.spilled_ends == DEPTH - lrs && GICH(GICH_MISR) == 0);
    CHECK(running() == 0xFF && cpu->busy == 0 && cpu->used_lrs == 0);
}

/* Of several that are spilled one is ended: it is counted once, and the others stay active. */
static void end_two_at_each_exit(unsigned lrs)
{
    set_up(lrs);
    for (unsigned level = 0; level < DEPTH; level++) {
        send(level);
        CHECK(acknowledge() == SGI(level));
        exit_and_enter(cpu);
    }
    for (unsigned level = DEPTH; level; level -= 2) {
        end_of_interrupt(SGI(level - 1));
        end_of_interrupt(SGI(level - 2));
        exit_and_enter(cpu);
        exit_and_enter(cpu);
        CHECK(running() == (level == 2 ? 0xFF : PRIORITY(level - 3)));
        CHECK(read_gicd(cpu, GICD_ISACTIVER_AT(0)) == ((1u << (level - 2)) - 1) << SGI(0));
    }
    CHECK(cpu->busy == 0 && cpu->used_lrs == 0);
}

/* Binary point n: bits [7:n+1] are the group priority, and only a higher group preempts. */
static void binary_point(unsigned lrs)
{
    for (unsigned point = 2; point < 8; point++) {
        bool preempts;

        set_up(lrs);
        GICV(GICV_BPR) = point;
        send(0);
        CHECK(acknowledge() == SGI(0));
        exit_and_enter(cpu);
        send(2);
        preempts = PRIORITY(2) >> (point + 1) < PRIORITY(0) >> (point + 1);
        CHECK(acknowledge() == (preempts ? SGI(2) : NOTHING));
        exit_and_enter(cpu);
        if (preempts)
            end_of_interrupt(SGI(2));
        exit_and_enter(cpu);
        end_of_interrupt(SGI(0));
        exit_and_enter(cpu);
        CHECK(acknowledge() == (preempts ? NOTHING : SGI(2)));
        if (!preempts)
            end_of_interrupt(SGI(2));
        exit_and_enter(cpu);
        CHECK(cpu->busy == 0 && running() == 0xFF);
    }
}

int main(void)
{
    for (unsigned lrs = 1; lrs <= 4; lrs *= 2) {
        nest(lrs, false);
        nest(lrs, true);
        end_without_exits(lrs);
        end_two_at_each_exit(lrs);
        binary_point(lrs);
    }
    report("nesting");
}
