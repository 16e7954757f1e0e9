#include "sv32.h"

#include "lib/attributes.h"

#define PTE_ACCESSED (1u << 6)
#define PTE_DIRTY (1u << 7)
#define PTE_LEAF (SV32_READ | SV32_WRITE | SV32_EXECUTE)

static uint32_t *entry_of(struct sv32_table *pages, uint32_t va)
{
    return &pages->entry[va / SV32_PAGE_SIZE % 1024];
}

COLD bool sv32_map(struct sv32_table *pages, uint32_t va, uint32_t pa, uint32_t flags)
{
    if (va % SV32_PAGE_SIZE || pa % SV32_PAGE_SIZE)
        return false;
    /* Accessed and dirty are set from the start: the core keeps no record of either. */
    *entry_of(pages, va) = sv32_entry(pa, (flags & PTE_LEAF) | PTE_ACCESSED | PTE_DIRTY);
    return true;
}

COLD void sv32_unmap(struct sv32_table *pages, uint32_t va)
{
    *entry_of(pages, va) = 0;
}
