#include "host_test.h"

#include "hyp/panic.h"

void panic(const char *what, unsigned count, ...)
{
    (void)count;
    print("panic: ");
    print(what);
    print("\n");
    end();
}
