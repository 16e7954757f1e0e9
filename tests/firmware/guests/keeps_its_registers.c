/*
 * Every register of a guest, and what it can see of the core's state, outlives a world switch.
 *
 * Expected: status 0
 */
#include "guest_registers.h"

DEFINE_GENERAL_REGISTERS(registers_after_a_yield, "li a7, %1\n ecall\n")

void guest_interrupt(void)
{
    finish(__LINE__);
}

void guest_main(void)
{
    struct core_state state = set_core_state();

    for (int i = 0; i < 4; i++) {
        CHECK(registers_after_a_yield() == 0);
        check_core_state(state);
    }
    finish(0);
}
