/* Sv32 translation tables: what a guest may touch, and nothing else. */
#ifndef AMAGIC_ARCH_SV32_H
#define AMAGIC_ARCH_SV32_H

#include <stdbool.h>
#include <stdint.h>

#define SV32_PAGE_SIZE 4096u
#define SV32_TABLES 3 /* the root, one table for the RAM's 4 MiB, one for the devices' */

#define SV32_READ (1u << 1)
#define SV32_WRITE (1u << 2)
#define SV32_EXECUTE (1u << 3)

struct sv32_table {
    uint32_t entry[1024];
} __attribute__((aligned(4096)));

/* One guest's translation: SV32_TABLES tables, all entries 0 at first. table[0] is the root. */
struct sv32_space {
    struct sv32_table *table;
    unsigned used; /* tables in use, the root included; 0 before the first map */
};

/*
 * Map the page at VA to the page at PA with SV32_READ, _WRITE, _EXECUTE, for supervisor mode only.
 * False when VA or PA is not aligned to a page, or no table is left.
 */
bool sv32_map(struct sv32_space *space, uint32_t va, uint32_t pa, uint32_t flags);

/* Take the page at VA out again. The caller orders it before the guest with sfence_vma(). */
void sv32_unmap(struct sv32_space *space, uint32_t va);

/* The value of satp for SPACE. */
uint32_t sv32_satp(const struct sv32_space *space);

#endif
