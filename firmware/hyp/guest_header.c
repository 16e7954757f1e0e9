#include "guest_header.h"

#include "arch/riscv/sv32.h"
#include "lib/attributes.h"
#include "vgic.h"

#include <stddef.h>

COLD int guest_header_wrong(const struct guest_header *header, uint32_t ram_max)
{
    uint32_t end = GUEST_RAM_BASE + header->ram_size;

    if (header->magic != GUEST_MAGIC)
        return offsetof(struct guest_header, magic);
    if (header->version != GUEST_VERSION)
        return offsetof(struct guest_header, version);
    if (!header->ram_size || header->ram_size > ram_max || header->ram_size % SV32_PAGE_SIZE)
        return offsetof(struct guest_header, ram_size);
    if (header->image_end < GUEST_RAM_BASE + sizeof(*header) || header->image_end > end)
        return offsetof(struct guest_header, image_end);
    if (header->entry < GUEST_RAM_BASE || header->entry >= end || header->entry % 4)
        return offsetof(struct guest_header, entry);
    if (!header->vcpus || header->vcpus > VGIC_CPUS)
        return offsetof(struct guest_header, vcpus);
    return -1;
}
