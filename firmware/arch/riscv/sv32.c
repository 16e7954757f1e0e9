#include "sv32.h"

#include <stddef.h>

#define PTE_VALID (1u << 0)
#define PTE_ACCESSED (1u << 6)
#define PTE_DIRTY (1u << 7)
#define PTE_LEAF (SV32_READ | SV32_WRITE | SV32_EXECUTE)
#define PTE_PPN_SHIFT 10
#define SATP_SV32 (1u << 31)

static uint32_t *entry_of(struct sv32_space *space, uint32_t va)
{
    uint32_t *root = &space->table[0].entry[va >> 22];
    uint32_t table = (*root >> PTE_PPN_SHIFT) * SV32_PAGE_SIZE;

    if (!(*root & PTE_VALID))
        return NULL;
    return &((struct sv32_table *)(uintptr_t)table)->entry[(va / SV32_PAGE_SIZE) % 1024];
}

static uint32_t pte(uint32_t pa, uint32_t flags)
{
    return (pa / SV32_PAGE_SIZE) << PTE_PPN_SHIFT | flags | PTE_VALID;
}

bool sv32_map(struct sv32_space *space, uint32_t va, uint32_t pa, uint32_t flags)
{
    uint32_t *root = &space->table[0].entry[va >> 22];

    if (va % SV32_PAGE_SIZE || pa % SV32_PAGE_SIZE)
        return false;
    if (space->used == 0)
        space->used = 1;
    if (!(*root & PTE_VALID)) {
        if (space->used == SV32_TABLES)
            return false;
        *root = pte((uint32_t)(uintptr_t)&space->table[space->used++], 0);
    }
    /* Accessed and dirty are set from the start: the core keeps no record of either. */
    *entry_of(space, va) = pte(pa, (flags & PTE_LEAF) | PTE_ACCESSED | PTE_DIRTY);
    return true;
}

void sv32_unmap(struct sv32_space *space, uint32_t va)
{
    uint32_t *entry = entry_of(space, va);

    if (entry)
        *entry = 0;
}

uint32_t sv32_satp(const struct sv32_space *space)
{
    return SATP_SV32 | (uint32_t)(uintptr_t)&space->table[0] / SV32_PAGE_SIZE;
}
