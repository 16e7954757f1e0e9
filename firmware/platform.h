/* Where the host finds things: physical addresses, interrupt numbers, and what a guest is given.
 * Also read by assembler sources. */
#ifndef AMAGIC_PLATFORM_H
#define AMAGIC_PLATFORM_H

#include "amagic_regs.h"
#include "amagic_soc.h"

#ifndef __ASSEMBLER__
#include "arch/riscv/hart.h"
#endif

/* Places in the GIC's window, as a GIC-400 has them. */
#define GICD_BASE (GIC_BASE + 0x1000)
#define GICC_BASE (GIC_BASE + 0x2000)
#define GICH_BASE (GIC_BASE + 0x4000)
#define GICH_ALIAS(cpu) (GIC_BASE + 0x5000 + 0x200 * (cpu)) /* each CPU's, for all of them */
#define GICV_BASE (GIC_BASE + 0x6000)

/* Places in the timer's window. Frame 2h is that of hart h's guests, frame 2h + 1 its host's. */
#define CNTCONTROL_BASE (TIMER_BASE + 0x0000u)
#define CNTCTL_BASE (TIMER_BASE + 0x2000u)
#define CNT_BASE(n) (TIMER_BASE + 0x10000u + 0x2000u * (n))
#define CNTEL0_BASE(n) (CNT_BASE(n) + 0x1000u)
#define GUEST_FRAME (2 * this_hart())
#define HOST_FRAME (2 * this_hart() + 1)

#define PPI_MAINTENANCE 25
#define PPI_VTIMER 27
#define PPI_SLICE 30
#define SPI_UART 32
#define SPI_BUTTON 33 /* the first of the board's */

/*
 * The host has the first HOST_RAM_SIZE bytes of the memory, the guests equal shares of the rest, in
 * whole pages. GUESTS are those that there can be; some slots may be empty.
 */
#ifndef HOST_RAM_SIZE
#define HOST_RAM_SIZE 0x18000u
#endif
#define GUEST_RAM_MAX ((RAM_SIZE - HOST_RAM_SIZE) / GUESTS & ~0xFFFu)
#define GUEST_RAM(n) (RAM_BASE + HOST_RAM_SIZE + GUEST_RAM_MAX * (n))
#ifndef GUESTS
#define GUESTS 2
#endif

#endif
