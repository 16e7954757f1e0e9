// The simulated SoC's surroundings: clock, reset, firmware, serial lines, trace and waveform.
//
// cocotb sees the few public signals only, which change rarely, so that the simulator runs
// undisturbed in between. Plusargs:
//   +firmware=FILE      the memory's contents, for $readmemh; required
//   +max_cycles=N       end with `timed_out` when the firmware has not ended the run by then
//   +until=TIME         the same for the system counter, which starts when the firmware lets it
//   +uart=FILE          what the SoC sends on its serial port
//   +uart_in=FILE       what is sent to the SoC on its serial port
//   +uart_gap=N         cycles that its line is idle before each byte
//   +lines              notes of the firmware move lines of the SoC: see there
//   +trace=FILE         the probe's events, a line each: TIME KIND CPU AUX VALUE
//   +vcd=FILE +from0=TIME +to0=TIME +from1=TIME +to1=TIME ...
//                       a waveform of these spans of the system counter (a tracing build only)

`timescale 1ns / 1ps

module soc_wrapper;
  parameter integer CLOCK_HZ = 50_000_000;
  parameter integer BIT_CYCLES = 50;  // of the serial port
  parameter integer PROGRESS_BITS = 19;  // `progress` toggles every 2^this cycles
  localparam integer WINDOWS = 8;

  reg finished  /* verilator public_flat_rd */ = 0;
  reg timed_out  /* verilator public_flat_rd */ = 0;
  reg progress  /* verilator public_flat_rd */ = 0;
  reg [63:0] cycles  /* verilator public_flat_rd */ = 0;

  reg clk = 0;
  reg rst = 1;
  always #(0.5e9 / CLOCK_HZ) clk = ~clk;

  wire uart_tx;
  reg uart_rx = 1;
  reg [4:0] spi = 0;
  wire event_valid;
  wire [63:0] event_time;
  wire [31:0] event_info, event_value;
  wire [63:0] count  /* verilator public_flat_rd */;

  soc dut (
      .clk(clk),
      .rst(rst),
      .uart_tx(uart_tx),
      .uart_rx(uart_rx),
      .spi(spi),
      .probe_event__valid(event_valid),
      .probe_event__time(event_time),
      .probe_event__info(event_info),
      .probe_event__value(event_value),
      .count(count)

  );

  reg [1023:0] name;  // a plusarg's file name
  integer uart_out = 0, uart_in = 0, uart_gap = 0, trace = 0;
  reg [63:0] max_cycles = 64'hffff_ffff_ffff_ffff, last_count = 64'hffff_ffff_ffff_ffff;

  initial begin
`ifndef SOC_NETLIST  // that has its firmware in its block RAMs
    if (!$value$plusargs("firmware=%s", name)) $fatal(1, "+firmware=FILE is missing");
    $readmemh(name, dut.ram.words);
`endif
    void'($value$plusargs("max_cycles=%d", max_cycles));
    void'($value$plusargs("until=%d", last_count));
    if ($value$plusargs("uart=%s", name)) uart_out = $fopen(name, "wb");
    if ($value$plusargs("uart_in=%s", name)) uart_in = $fopen(name, "rb");
    void'($value$plusargs("uart_gap=%d", uart_gap));
    if ($value$plusargs("trace=%s", name)) trace = $fopen(name, "w");
  end

  // --- The end: a MARK event whose upper four bits are 3, then the serial port's last byte.

  reg ending = 0, closing = 0;
  reg [15:0] quiet = 0;  // cycles since the serial line was last busy
  wire limit = cycles + 1 >= max_cycles || count >= last_count;

  always @(posedge clk) begin
    cycles <= cycles + 1;
    if (cycles == 15) rst <= 0;
    if (&cycles[PROGRESS_BITS-1:0]) progress <= ~progress;
    if (event_valid && event_info[31:27] == 0 && event_value[31:28] == 3) ending <= 1;
    quiet <= uart_busy ? 0 : quiet + (quiet != 16'hffff);
    finished <= closing;
    if (ending && quiet > 4 * BIT_CYCLES && !closing) begin
      closing <= 1;
      if (trace != 0) $fclose(trace);
      if (uart_out != 0) $fclose(uart_out);
      trace <= 0;
      uart_out <= 0;
    end
    else if (limit && !closing) begin
      timed_out <= 1;
      if (trace != 0) $fflush(trace);
    end
  end

  // --- SPIs 33 to 36, as a test's firmware wants them: a MARK event whose upper eight bits are 0x4B
  // lets these lines be its bits [3:0] when as many cycles have passed as its bits [23:4] say.

  wire moves = event_valid && event_info[31:27] == 0 && event_value[31:24] == 8'h4b;
  reg follow = 0;
  reg [19:0] wait_for = 0;
  reg [3:0] next = 0;
  initial follow = $test$plusargs("lines") != 0;

  always @(posedge clk)
    if (follow && moves) begin
      wait_for <= event_value[23:4];
      next <= event_value[3:0];
    end else if (wait_for != 0) wait_for <= wait_for - 1;
    else spi <= {next, 1'b0};

  // --- The serial port

  reg uart_busy = 0;
  reg [7:0] rx_shift = 0;
  integer rx_timer = 0, rx_bit = 0;

  always @(posedge clk) begin
    if (!uart_busy) begin
      rx_timer <= BIT_CYCLES + BIT_CYCLES / 2 - 1;
      rx_bit <= 0;
      if (!rst && !uart_tx) uart_busy <= 1;
    end else if (rx_timer != 0) rx_timer <= rx_timer - 1;
    else begin
      rx_timer <= BIT_CYCLES - 1;
      rx_bit <= rx_bit + 1;
      if (rx_bit < 8) rx_shift <= {uart_tx, rx_shift[7:1]};
      else begin
        uart_busy <= 0;
        if (uart_out != 0) begin
          $fwrite(uart_out, "%c", rx_shift);
          $fflush(uart_out);
        end
      end
    end
  end

  reg [10:0] tx_shift = 11'h7ff;  // the stop bit is two bits long
  integer tx_timer = 0, tx_left = 0, tx_byte = 0;

  always @(posedge clk) begin
    if (!rst && uart_in != 0) begin
      if (tx_timer != 0) tx_timer <= tx_timer - 1;
      else begin
        tx_timer <= BIT_CYCLES - 1;
        if (tx_left != 0) begin
          tx_left <= tx_left - 1;
          uart_rx <= tx_shift[0];
          tx_shift <= {1'b1, tx_shift[10:1]};
        end else begin
          tx_byte = $fgetc(uart_in);
          if (tx_byte >= 0) begin
            tx_shift <= {2'b11, tx_byte[7:0], 1'b0};
            tx_left <= 11;
            tx_timer <= uart_gap;
          end
        end
      end
    end
  end

  // --- The probe's events

  always @(posedge clk)
    if (!rst && event_valid && trace != 0)
      $fwrite(trace, "%0d %0d %0d %04x %08x\n", event_time, event_info[31:27], event_info[26:24],
              event_info[15:0], event_value);

`ifdef SOC_WAVES
  // --- The waveform. Verilator ignores $dumpoff and $dumpon: its own flag is switched instead. A
  // version that names it otherwise does not compile.

  reg [63:0] first[WINDOWS], last[WINDOWS];
  reg opened = 0, dumping = 0;
  reg [1023:0] vcd;
  integer windows = 0;

  initial begin
    if ($value$plusargs("vcd=%s", vcd)) begin
      for (int i = 0; i < WINDOWS; i++) begin
        if ($value$plusargs($sformatf("from%0d=%%d", i), first[i])) begin
          if (!$value$plusargs($sformatf("to%0d=%%d", i), last[i]))
            $fatal(1, "+to%0d=TIME is missing", i);
          windows = i + 1;
        end
      end
    end
  end

  function automatic logic wanted(input [63:0] now);
    wanted = 0;
    for (int i = 0; i < windows; i++) if (now >= first[i] && now < last[i]) wanted = 1;
  endfunction

  always @(posedge clk)
    if (wanted(count) != dumping) begin
      dumping <= ~dumping;
      if (!opened) begin
        opened <= 1;
        $dumpfile(vcd);
        $dumpvars(0, dut);
      end else $c("vlSymsp->__Vm_dumping = ", !dumping, ";");
    end

  // What is left in a buffer when the simulation is stopped would be lost.
  always @(posedge clk)
    if (opened && (dumping != wanted(count) || closing || limit))
      $c("if (vlSymsp->__Vm_dumperp) vlSymsp->__Vm_dumperp->flush();");
`endif
endmodule
