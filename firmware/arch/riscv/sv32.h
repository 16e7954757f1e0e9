/* Sv32 translation tables of two levels: what a guest may touch, and nothing else. */
#ifndef AMAGIC_ARCH_SV32_H
#define AMAGIC_ARCH_SV32_H

#include <stdbool.h>
#include <stdint.h>

#define SV32_PAGE_SIZE 4096u

#define SV32_VALID (1u << 0)
#define SV32_READ (1u << 1)
#define SV32_WRITE (1u << 2)
#define SV32_EXECUTE (1u << 3)

/* A root table, or one with the pages of 4 MiB. Empty when all its entries are 0. */
struct sv32_table {
    uint32_t entry[1024];
} __attribute__((aligned(4096)));

/*
 * Map the page at VA to the page at PA with SV32_READ, _WRITE, _EXECUTE, for supervisor mode only.
 * False when VA or PA is not aligned to a page. PAGES is the table for the 4 MiB that VA lies in.
 */
bool sv32_map(struct sv32_table *pages, uint32_t va, uint32_t pa, uint32_t flags);

/* Take the page at VA out again. */
void sv32_unmap(struct sv32_table *pages, uint32_t va);

/* An entry that points to what lies at PA. */
static inline uint32_t sv32_entry(uint32_t pa, uint32_t flags)
{
    return (pa / SV32_PAGE_SIZE) << 10 | flags | SV32_VALID;
}

/* A root table's entry for 4 MiB that are those of PAGES. */
static inline uint32_t sv32_link(const struct sv32_table *pages)
{
    return sv32_entry((uint32_t)(uintptr_t)pages, 0);
}

/* Let the 4 MiB in which VA lies be what ENTRY says. */
static inline void sv32_set_root(struct sv32_table *root, uint32_t va, uint32_t entry)
{
    root->entry[va >> 22] = entry;
}

/* The value of satp for ROOT. The caller orders any change before the guest, with sfence_vma(). */
static inline uint32_t sv32_satp(const struct sv32_table *root)
{
    return 1u << 31 | (uint32_t)(uintptr_t)root / SV32_PAGE_SIZE;
}

#endif
