/*
 * The physical interrupt controller behind a table of operations, so that its version is chosen
 * in one place, and nowhere else.
 */
#ifndef AMAGIC_DRIVERS_IRQCHIP_H
#define AMAGIC_DRIVERS_IRQCHIP_H

#include "arch/riscv/fast_path.h"

#include <stdbool.h>
#include <stdint.h>

#define IRQCHIP_SPURIOUS 1020u /* an INTID from here on is no interrupt */

enum irqchip_state {
    IRQCHIP_PENDING,
    IRQCHIP_ACTIVE,
    IRQCHIP_MASKED,
    IRQCHIP_LINE, /* the level of the input; it can only be read */
};

/*
 * One virtual interrupt as a list register holds it. The architecture forbids some combinations:
 * with hw, no eoi_maintenance, no SGI on either side, and not pending and active at once.
 */
struct virtual_interrupt {
    uint16_t vintid;
    uint16_t pintid; /* with hw */
    uint8_t priority;
    uint8_t source; /* CPU of an SGI, without hw */
    bool pending;
    bool active;
    bool group1;
    bool hw;
    bool eoi_maintenance;
};

struct irqchip_ops {
    const char *name;

    /* Bring up the distributor and this CPU's interface, with priority drop apart from
     * deactivation; and then, on each other CPU, its own part. */
    void (*init)(void);
    void (*init_cpu)(void);
    void (*enable)(uint32_t intid, uint8_t priority); /* an SPI: for this CPU */

    /* The trigger; that of a PPI is fixed. */
    bool (*is_edge)(uint32_t intid);
    void (*set_edge)(uint32_t intid, bool edge);

    /* Acknowledge; the result, of which irqchip_intid() is a part, ends the interrupt. */
    uint32_t (*acknowledge)(void);
    void (*drop)(uint32_t acknowledged);
    void (*deactivate)(uint32_t acknowledged);

    /* When they return, the write has taken effect. A PPI's state is this CPU's. */
    bool (*get_state)(uint32_t intid, enum irqchip_state which);
    void (*set_state)(uint32_t intid, enum irqchip_state which, bool value);
    uint32_t (*lines)(void); /* the levels of this CPU's PPIs, in the bits of their INTIDs */

    /* The virtual interface: list registers and what is saved beside them. */
    unsigned (*list_registers)(void);
    bool (*encode_lr)(const struct virtual_interrupt *irq, uint32_t *word); /* false: refused */
    void (*load_lr)(unsigned lr, uint32_t word);
    /* Prepare the trap vector's own way for an interrupt with hw. */
    void (*offer_fast_path)(struct fast_path *fast, unsigned lr,
                            const struct virtual_interrupt *irq);
    void (*clear_lr)(unsigned lr);
    uint32_t (*read_lr)(unsigned lr);
    uint32_t (*peek_lr)(unsigned cpu, unsigned lr); /* of another CPU, whose guest is running */
    uint32_t (*lr_state)(uint32_t word); /* IRQCHIP_LR_ bits */
    uint32_t (*read_vmcr)(void);
    void (*write_vmcr)(uint32_t value);
    bool (*split_eoi)(uint32_t vmcr); /* the guest deactivates apart from its priority drop */
    uint32_t (*read_apr)(void);
    void (*write_apr)(uint32_t value);
    unsigned (*eoi_count)(void);
    void (*write_control)(uint32_t maintenance); /* on, EOI count 0, IRQCHIP_MAINTENANCE_ bits */
    void (*disable_virtual)(void);
};

#define IRQCHIP_LR_PENDING (1u << 0)
#define IRQCHIP_LR_ACTIVE (1u << 1)

#define IRQCHIP_MAINTENANCE_UNDERFLOW (1u << 0)
#define IRQCHIP_MAINTENANCE_NO_PENDING (1u << 1)
#define IRQCHIP_MAINTENANCE_NOT_PRESENT (1u << 2)

extern const struct irqchip_ops gicv2_irqchip;

enum irqchip_error {
    IRQCHIP_OK = 0,
    IRQCHIP_BAD_INTID,
    IRQCHIP_OTHER_HART, /* SGIs and PPIs are banked: each hart reaches its own */
    IRQCHIP_READ_ONLY,  /* a line, or whether an SGI is pending */
};

/* The chip of this machine. A constant: the build sees through it, and no call is left. */
static const struct irqchip_ops *const irqchip = &gicv2_irqchip;

static inline uint32_t irqchip_intid(uint32_t acknowledged)
{
    return acknowledged & 0x3FF;
}

/* This hart's state of an interrupt that exists; for what else can be asked, see below. */
static inline bool irqchip_get_state(uint32_t intid, enum irqchip_state which)
{
    return irqchip->get_state(intid, which);
}

static inline void irqchip_set_state(uint32_t intid, enum irqchip_state which, bool value)
{
    irqchip->set_state(intid, which, value);
}

/*
 * The state of HART's interrupt INTID, with every case in which it cannot be had. VALUE is left
 * alone then.
 */
enum irqchip_error irqchip_get_state_of(unsigned hart, uint32_t intid, enum irqchip_state which,
                                        bool *value);
enum irqchip_error irqchip_set_state_of(unsigned hart, uint32_t intid, enum irqchip_state which,
                                        bool value);

#endif
