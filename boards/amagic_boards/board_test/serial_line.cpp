// What reaches the simulation from outside: the serial line, from the master side of a
// pseudo-terminal, and the reset button, from a signal.

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace {
int line = -1;
bool hung_up = false;
volatile std::sig_atomic_t signalled = 0;
}

extern "C" int button_pressed() {
    int was = signalled;
    signalled = 0;
    return was;
}

extern "C" void serial_open(int file) {
    line = file;
    if (fcntl(line, F_SETFL, fcntl(line, F_GETFL) | O_NONBLOCK) < 0) std::abort();
    std::signal(SIGUSR1, [](int) { signalled = 1; });
}

// Waits while nobody reads: the simulated board runs far slower than a real one, not faster.
extern "C" void serial_send(unsigned char value) {
    while (!hung_up && write(line, &value, 1) != 1) {
        pollfd ready{line, POLLOUT, 0};
        if (errno != EAGAIN && errno != EINTR) hung_up = true;
        else if (poll(&ready, 1, -1) < 0 && errno != EINTR) hung_up = true;
        else if (ready.revents & POLLHUP) hung_up = true;
    }
}

extern "C" int serial_receive() {
    unsigned char value;
    ssize_t count = hung_up ? 0 : read(line, &value, 1);

    if (count == 1) return value;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return -1;
    return -2;
}
