#include "selftest.h"

#include "link/link.h"

#include <stdbool.h>

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"memory", selftest_memory},       {"distributor", selftest_gicd},
    {"CPU interface", selftest_gicc},  {"virtual interface", selftest_gich},
    {"timer", selftest_timer},         {"counter's rate", selftest_counter},
    {"SGI to itself", selftest_sgi},   {"forwarded interrupt", selftest_forwarded},
    {"maintenance", selftest_maintenance}, {"probe", selftest_probe},
};

static const char *failed; /* what was not as expected */
static uint32_t failed_got, failed_wanted;

void expect(const char *what, uint32_t got, uint32_t wanted)
{
    if (failed || got == wanted)
        return;
    failed = what;
    failed_got = got;
    failed_wanted = wanted;
}

/* A frame: what was got and what was wanted, then two texts: the test's name, and what it is that
 * differs, which is empty when all is well. */
static void tell(const char *name)
{
    link_open(LINK_TEST);
    link_word(failed ? failed_got : 0);
    link_word(failed ? failed_wanted : 0);
    link_text(name);
    link_byte(0);
    link_text(failed ? failed : "");
    link_close();
}

unsigned selftest_run(void)
{
    unsigned failures = 0;

    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        failed = 0;
        tests[i].run();
        tell(tests[i].name);
        failures += failed != 0;
    }
    return failures;
}
