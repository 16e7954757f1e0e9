#include "mode.h"

#include "lib/attributes.h"
#include "lib/string.h"
#include "panic.h"
#include "vgicc.h"

/* The mode, until whoever loads the image says another. */
#ifndef HYP_MODE
#define HYP_MODE MODE_FORWARDED
#endif

__attribute__((used)) const volatile uint32_t hyp_mode = HYP_MODE;
const struct mode *mode;

/* List registers, with or without HW. */

static HOT void forwarded_exit(struct vcpu *vcpu)
{
    vgic_sync_hwstate(&vcpu->vgic);
}

static HOT void forwarded_entry(struct vcpu *vcpu)
{
    vgic_flush_hwstate(&vcpu->vgic);
}

static void masked_exit(struct vcpu *vcpu)
{
    vgic_sync_hwstate(&vcpu->vgic);
    vtimer_sample(&vcpu->vtimer, &vcpu->vgic);
}

static void masked_entry(struct vcpu *vcpu)
{
    vtimer_hold(&vcpu->vtimer);
    vgic_flush_hwstate(&vcpu->vgic);
}

static void hardware_out(struct vcpu *vcpu)
{
    vtimer_save(&vcpu->vtimer);
    vgic_save(&vcpu->vgic);
}

static void hardware_in(struct vcpu *vcpu)
{
    vtimer_flush(&vcpu->vtimer, &vcpu->vgic);
    vgic_restore(&vcpu->vgic);
    vtimer_restore(&vcpu->vtimer);
}

/* The CPU interface in software. */

static void emulated_exit(struct vcpu *vcpu)
{
    vgicc_sync(&vcpu->vgic);
    vtimer_sample(&vcpu->vtimer, &vcpu->vgic);
}

static void emulated_entry(struct vcpu *vcpu)
{
    vtimer_hold(&vcpu->vtimer);
    vgicc_flush(&vcpu->vgic);
}

static void emulated_out(struct vcpu *vcpu)
{
    vtimer_save(&vcpu->vtimer);
}

static void emulated_in(struct vcpu *vcpu)
{
    vtimer_flush(&vcpu->vtimer, &vcpu->vgic);
    vgicc_flush(&vcpu->vgic);
    vtimer_restore(&vcpu->vtimer);
}

static const struct mode modes[] = {
    [MODE_FORWARDED] =
        {
            .name = "forwarded",
            .forwarded = true,
            .gicv = true,
            .exit = forwarded_exit,
            .entry = forwarded_entry,
            .out = hardware_out,
            .in = hardware_in,
        },
    [MODE_MASKED] =
        {
            .name = "masked",
            .gicv = true,
            .exit = masked_exit,
            .entry = masked_entry,
            .out = hardware_out,
            .in = hardware_in,
        },
    [MODE_MASKED_EOI] =
        {
            .name = "masked-eoi",
            .gicv = true,
            .end_maintenance = true,
            .exit = masked_exit,
            .entry = masked_entry,
            .out = hardware_out,
            .in = hardware_in,
        },
    [MODE_EMULATED] =
        {
            .name = "emulated",
            .exit = emulated_exit,
            .entry = emulated_entry,
            .out = emulated_out,
            .in = emulated_in,
        },
};

COLD uint32_t mode_named(const char *name)
{
    uint32_t id = 0;

    while (id < MODES && strcmp(name, modes[id].name))
        id++;
    return id;
}

COLD void mode_select(uint32_t id)
{
    if (id >= MODES)
        panic("there is no such mode", 1, id);
    mode = &modes[id];
}
