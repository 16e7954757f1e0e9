#include "devices.h"

#include "console.h"
#include "drivers/irqchip.h"
#include "lib/attributes.h"
#include "panic.h"
#include "platform.h"
#include "world.h"

/* The guests that the devices belong to. */
#ifndef HYP_UART_OWNER
#define HYP_UART_OWNER 1
#endif
#ifndef HYP_BUTTON_OWNER
#define HYP_BUTTON_OWNER 1
#endif

static const struct device {
    uint16_t pintid;
    uint16_t vintid;
    bool edge;
    uint8_t owner;
} devices[] = {
    {SPI_UART, GUEST_UART_INTID, false, HYP_UART_OWNER},
    {SPI_BUTTON, GUEST_BUTTON_INTID, true, HYP_BUTTON_OWNER},
};

_Static_assert(HYP_UART_OWNER < GUESTS && HYP_BUTTON_OWNER < GUESTS, "there is no such guest");

COLD void devices_assign(void)
{
    for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        const struct device *device = &devices[i];
        struct vm *vm = world_vm(device->owner);

        /* The link has the receiver for itself. */
        if (!vm->vcpus || (HYP_LINK && device->pintid == SPI_UART))
            continue;
        irqchip->set_edge(device->pintid, device->edge);
        if (vgic_map_phys_irq(&vm->vcpu[0]->vgic, device->vintid, device->pintid, false) != VGIC_OK)
            panic("device not mapped", 1, device->pintid);
    }
}

COLD bool devices_have_receiver(struct vcpu *vcpu)
{
    return vgic_find_phys(&vcpu->vgic, SPI_UART);
}

#define RECEIVER_STATUS                                                                            \
    (UART_STATUS_RXVALID_MASK | UART_STATUS_RXLOST_MASK | UART_STATUS_RXFRAME_MASK)

COLD uint32_t devices_read_receiver(uint32_t offset, unsigned size)
{
    if (size != 4)
        return 0;
    switch (offset) {
    case UART_DATA:
        return uart_read_data();
    case UART_STATUS:
        return uart_read_status() & RECEIVER_STATUS;
    case UART_INTENABLE:
        return uart_read_enables() & UART_INTENABLE_RXVALID_MASK;
    default:
        return 0;
    }
}

COLD void devices_write_receiver(uint32_t offset, unsigned size, uint32_t value)
{
    if (size == 4 && offset == UART_STATUS)
        uart_clear_status(value & RECEIVER_STATUS);
    if (size == 4 && offset == UART_INTENABLE)
        uart_write_enables(value & UART_INTENABLE_RXVALID_MASK);
}
