#include "stage2.h"

#include "arch/riscv/cache.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/sv32.h"
#include "guests/guest_abi.h"
#include "lib/attributes.h"
#include "mode.h"
#include "panic.h"
#include "platform.h"

#define DIR_PAGE (GUEST_GICC + SV32_PAGE_SIZE)
#define DEVICE (SV32_READ | SV32_WRITE)

#define PAGES __attribute__((section(".pages"))) /* hyp.ld */

static struct sv32_table memory[GUESTS] PAGES;
static struct sv32_table devices[HARTS] PAGES;
static struct sv32_table roots[HARTS] PAGES;
static bool dir_trapped[HARTS];

_Static_assert(GUEST_RAM_BASE >> 22 == GUEST_RAM_UNCACHED >> 22 &&
                   GUEST_RAM_MAX <= GUEST_RAM_UNCACHED - GUEST_RAM_BASE,
               "both views of a guest's memory are in one table");

static void map(struct sv32_table *pages, uint32_t va, uint32_t pa, uint32_t flags)
{
    if (!sv32_map(pages, va, pa, flags))
        panic("page not mapped", 1, va);
}

/* Where the guest's CPU interface is not the hardware's, nothing of GICV is in the map. */
static void map_gicv(struct sv32_table *pages, uint32_t va)
{
    if (mode->gicv)
        map(pages, va, GICV_BASE + (va - GUEST_GICC), DEVICE);
}

COLD void stage2_init_hart(void)
{
    struct sv32_table *pages = &devices[this_hart()];

    map_gicv(pages, GUEST_GICC);
    map_gicv(pages, DIR_PAGE);
    map(pages, GUEST_TIMER, CNTEL0_BASE(GUEST_FRAME), DEVICE);
    sv32_set_root(&roots[this_hart()], GUEST_GICC, sv32_link(pages));
    csr_write(satp, sv32_satp(&roots[this_hart()]));
    sfence_vma();
}

COLD void stage2_give_memory(unsigned vm, uint32_t size)
{
    for (uint32_t at = 0; at < size; at += SV32_PAGE_SIZE) {
        uint32_t pa = GUEST_RAM(vm) + at;

        map(&memory[vm], GUEST_RAM_BASE + at, pa, DEVICE | SV32_EXECUTE);
        map(&memory[vm], GUEST_RAM_UNCACHED + at, pa + UNCACHED_OFFSET, DEVICE);
    }
}

COLD void stage2_take_memory(unsigned vm)
{
    for (uint32_t at = 0; at < GUEST_RAM_MAX; at += SV32_PAGE_SIZE) {
        sv32_unmap(&memory[vm], GUEST_RAM_BASE + at);
        sv32_unmap(&memory[vm], GUEST_RAM_UNCACHED + at);
    }
}

COLD uint32_t stage2_map(unsigned vm)
{
    return sv32_link(&memory[vm]);
}

HOT void stage2_enter(uint32_t map)
{
    sv32_set_root(&roots[this_hart()], GUEST_RAM_BASE, map);
    sfence_vma();
}

static COLD void change_dir(bool trapped)
{
    dir_trapped[this_hart()] = trapped;
    if (trapped)
        sv32_unmap(&devices[this_hart()], DIR_PAGE);
    else
        map_gicv(&devices[this_hart()], DIR_PAGE);
    sfence_vma();
}

HOT void stage2_trap_dir(bool trapped)
{
    if (dir_trapped[this_hart()] != trapped)
        change_dir(trapped);
}
