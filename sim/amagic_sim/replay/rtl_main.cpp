// Runs operations on a GIC, one after another, as fast as Verilator can.
//
// Standard input is a sequence of `Request`s, standard output gets an `Answer` for each: rtl.py has
// the same two layouts. A `RACE` has its two parts behind it, and the answers are theirs. `dut.h` is written for the configuration:
//   CPUS, SPIS, TIMER   how many CPUs and SPIs; whether there is a timer
//   PPIS                the ports of the CPUs' PPIs, separated by commas
//
// An operation is over when the design has *settled*: when a clock cycle without any input changed
// nothing in the model, in any flip-flop, memory or wire. The model is deterministic, so the next
// cycles would change nothing either; no bound on the length of any effect has to be known. The
// system counter would never let the design settle, and is enabled during `SETTLE` alone.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "Vtop.h"
#include "Vtop___024root.h"
#include "Vtop__Syms.h"
#include "dut.h"

namespace {

enum Kind : uint8_t { READ, WRITE, DRIVE, PULSE, SETTLE, RACE };

struct Request {
    uint8_t kind;
    uint8_t cpu;
    uint8_t lanes;  // byte enables of an access; the level of a line
    uint8_t secure;
    uint32_t place;  // byte address of an access; INTID of a line
    uint32_t value;  // data of a write, in their lanes; counts of a wait; a race's clock cycles
};

struct Answer {
    uint32_t value;
    uint8_t outputs[8];  // of each CPU: irq, fiq, virq, vfiq, maintenance, from bit 0 on
};

// Nothing in the design takes as many cycles. A design that is not settled by then never will be.
constexpr unsigned PATIENCE = 1000000;

// One line of a port. Verilator has integers for ports up to 64 bits, arrays of words above.
template <typename Port> void set_line(Port& port, unsigned bit, bool level) {
    const Port mask = static_cast<Port>(Port{1} << bit);
    port = level ? port | mask : port & ~mask;
}
template <std::size_t WORDS>
void set_line(VlWide<WORDS>& port, unsigned bit, bool level) {
    set_line(port[bit / 32], bit % 32, level);
}

class Dut {
  public:
    Dut() {
        top.rst = 1;
        for (int cycle = 0; cycle < 4; ++cycle) tick();
        top.rst = 0;
        settle();
    }

    Answer run(const Request& request) {
        Answer answer{};
        begin(request, answer);
        finish();
#if TIMER
        if (request.kind == SETTLE) {
            top.timer_count_enable = 1;
            for (uint32_t count = 0; count < request.value; ++count) tick();
            top.timer_count_enable = 0;
        }
#endif
        settle(answer);
        return answer;
    }

    // The second begins so many cycles after the first; an access, when the bus is free.
    void race(uint32_t cycles, const Request (&parts)[2], Answer (&answers)[2]) {
        begin(parts[0], answers[0]);
        while (cycles--) step();
        if (parts[1].kind <= WRITE) finish();
        begin(parts[1], answers[1]);
        finish();
        settle(answers[0]);
        std::memcpy(answers[1].outputs, answers[0].outputs, sizeof answers[0].outputs);
    }

  private:
    VerilatedContext context;
    Vtop top{&context};
    unsigned long done = 0;
    // What is under way: an access, and how long it has been; lines that are high for a cycle.
    Answer* accessed = nullptr;
    unsigned waited = 0;
    const Request* pulses[2];
    unsigned high = 0;
    // All of the model's state: the classes of its modules are members of this one.
    const void* const state = top.rootp->vlSymsp;
    static_assert(sizeof(Vtop__Syms) > sizeof(Vtop___024root), "the state is elsewhere");
    const std::unique_ptr<char[]> before{new char[sizeof(Vtop__Syms)]};

    // One clock cycle. Inputs change between two of them.
    void tick() {
        top.clk = 0;
        top.eval();
        top.clk = 1;
        top.eval();
    }

    void settle() {
        for (unsigned cycle = 0; cycle < PATIENCE; ++cycle) {
            std::memcpy(before.get(), state, sizeof(Vtop__Syms));
            tick();
            if (!std::memcmp(before.get(), state, sizeof(Vtop__Syms))) return;
        }
        fail("the design does not settle");
    }

    void settle(Answer& answer) {
        settle();
        for (unsigned cpu = 0; cpu < CPUS; ++cpu) {
            const auto bit = [cpu](unsigned port) { return port >> cpu & 1; };
            answer.outputs[cpu] =
                static_cast<uint8_t>(bit(top.irq) | bit(top.fiq) << 1 | bit(top.virq) << 2 |
                                     bit(top.vfiq) << 3 | bit(top.maintenance) << 4);
        }
        ++done;
    }

    void begin(const Request& request, Answer& answer) {
        switch (request.kind) {
        case READ:
        case WRITE:
            top.wb_adr_i = request.place >> 2;
            top.wb_sel_i = request.lanes;
            top.wb_dat_i = request.value;
            top.wb_we_i = request.kind == WRITE;
            top.wb_cpu_i = request.cpu;
            top.wb_secure_i = request.secure;
            top.wb_cyc_i = top.wb_stb_i = 1;
            accessed = &answer;
            waited = 0;
            break;
        case DRIVE:
            line(request, request.lanes);
            break;
        case PULSE:
            line(request, true);
            pulses[high++] = &request;
            break;
        case SETTLE:
            break;
        default:
            fail("unknown kind of operation");
        }
    }

    // A clock cycle of what is under way.
    void step() {
        tick();
        while (high) line(*pulses[--high], false);
        if (!accessed) return;
        if (top.wb_ack_o) {
            accessed->value = top.wb_dat_o;
            accessed = nullptr;
            top.wb_cyc_i = top.wb_stb_i = 0;
        } else if (++waited == PATIENCE) {
            fail("the access is not answered");
        }
    }

    void finish() {
        while (accessed || high) step();
    }

    void line(const Request& request, bool level) {
        SData* const ppis[] = {PPIS};
        if (request.place < 32) {
            set_line(*ppis[request.cpu], request.place - 16, level);
            return;
        }
#if SPIS
        set_line(top.spi, request.place - 32, level);
#endif
    }

    [[noreturn]] void fail(const char* what) {
        std::fprintf(stderr, "operation %lu: %s\n", done, what);
        std::exit(1);
    }
};

bool read(Request& request) { return std::fread(&request, sizeof request, 1, stdin) == 1; }
bool write(const Answer& answer) { return std::fwrite(&answer, sizeof answer, 1, stdout) == 1; }

}  // namespace

int main() {
    Dut dut;
    Request request;
    while (read(request)) {
        if (request.kind == RACE) {
            Request parts[2];
            Answer answers[2]{};
            if (!read(parts[0]) || !read(parts[1])) return 1;
            dut.race(request.value, parts, answers);
            if (!write(answers[0]) || !write(answers[1])) return 1;
        } else if (!write(dut.run(request))) {
            return 1;
        }
    }
    return std::fflush(stdout) != 0;
}
