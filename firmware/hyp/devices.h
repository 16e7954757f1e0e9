/*
 * Devices that belong to one guest: their interrupts are forwarded to it as SPIs, and nobody else
 * has them. Which is whose is the host's to say, in a table.
 *
 * The button's line is all that there is of it, and its edges count. Of the serial port a guest gets
 * the receiver, whose line is a level: it stays high while a received byte waits. The port's page
 * has the transmitter as well, which is the host's console; so the page is not mapped but emulated,
 * and has the receiver only. The owner can leave bytes unread until more are lost. It cannot print,
 * change the rate, or touch the host's part in any other way, and the other guests see no byte.
 */
#ifndef AMAGIC_HYP_DEVICES_H
#define AMAGIC_HYP_DEVICES_H

#include "vcpu.h"

/* Give each device to its guest, if that has one virtual CPU at least: its image was good. */
void devices_assign(void);

/* Whether VCPU's guest has the receiver. */
bool devices_have_receiver(struct vcpu *vcpu);

/* Accesses to GUEST_UART; SIZE is 1, 2 or 4. Only words have an effect. */
uint32_t devices_read_receiver(uint32_t offset, unsigned size);
void devices_write_receiver(uint32_t offset, unsigned size, uint32_t value);

#endif
