// The tested blocks beside their own netlist with our models, both under the same random stimulus.
// Each bit of `wrong` is one thing that differed.

`timescale 1ns / 1ps

module blocks_bench;
  parameter integer CYCLES = 20000;
  parameter integer INPUT_HZ = 25_000_000;  // of the PLL
  parameter integer OUTPUT_HZ = 50_000_000;
  localparam real PERIOD = 1.0e9 / OUTPUT_HZ;
  localparam real TOLERANCE = 0.01;  // ns
  localparam integer ADDRESS = $clog2(`WORDS);  // bits of one in the SoC's memory

  reg done  /* verilator public_flat_rd */ = 0;
  wire [14:0] wrong  /* verilator public_flat_rd */;
  // How often something came about without which there would be little to compare.
  reg [31:0] collisions  /* verilator public_flat_rd */ = 0;
  reg [31:0] partial  /* verilator public_flat_rd */ = 0;
  reg [31:0] periods  /* verilator public_flat_rd */ = 0;

  reg [12:0] different = 0;
  reg bad_period = 0, bad_high = 0;
  assign wrong = {bad_high, bad_period, different};

  reg clk = 0, rst = 0, oscillator = 0;
  always #10 clk = ~clk;
  always #(0.5e9 / INPUT_HZ) oscillator = ~oscillator;

  reg en = 0, we = 0, fetch_stb = 0, data_stb = 0, from_pin = 0;
  reg [3:0] bytes = 0;
  reg [9:0] address = 0, write_address = 0;
  reg [ADDRESS-1:0] fetch_adr = 0, data_adr = 0;
  reg [31:0] data = 0;
  reg [17:0] factor_a = 0, factor_b = 0;

  wire [7:0] narrow[2];
  wire [31:0] half[2], word[2], constant[2], wide[2], unsigned_product[2], mixed_product[2];
  wire [33:0] signed_product[2];
  wire [35:0] widest[2];
  wire fetch_ack[2], data_ack[2];
  wire [31:0] fetch_dat_r[2], data_dat_r[2];
  wire to_pin, seen, pll_clock, pll_locked;

  blocks rtl (
      .clk, .en, .we, .bytes, .address, .write_address, .data, .factor_a, .factor_b,
      .narrow(narrow[0]), .half(half[0]), .word(word[0]), .constant(constant[0]), .wide(wide[0]),
      .unsigned_product(unsigned_product[0]), .mixed_product(mixed_product[0]),
      .signed_product(signed_product[0]));
  memory rtl_memory (
      .clk, .rst,
      .fetch__adr(fetch_adr), .fetch__dat_w(data), .fetch__sel(4'hf), .fetch__cyc(1'b1),
      .fetch__stb(fetch_stb), .fetch__we(1'b0), .fetch__cti(3'b0), .fetch__bte(2'b0),
      .fetch__ack(fetch_ack[0]), .fetch__dat_r(fetch_dat_r[0]),
      .data__adr(data_adr), .data__dat_w(data), .data__sel(bytes), .data__cyc(1'b1),
      .data__stb(data_stb), .data__we(we), .data__cti(3'b0), .data__bte(2'b0),
      .data__ack(data_ack[0]), .data__dat_r(data_dat_r[0]));
  simple #(.DEPTH(512), .WIDTH(36), .BYTE(9), .FILLED(0)) rtl_widest (
      .clk, .en, .we(we ? bytes : 4'b0), .address(address[8:0]),
      .write_address(write_address[8:0]), .data({data[3:0], data}), .out(widest[0]));
  gates gates (
      .clk, .rst, .en, .we, .bytes, .address, .write_address, .data, .factor_a, .factor_b,
      .narrow(narrow[1]), .half(half[1]), .word(word[1]), .constant(constant[1]), .wide(wide[1]),
      .unsigned_product(unsigned_product[1]), .mixed_product(mixed_product[1]),
      .signed_product(signed_product[1]), .widest(widest[1]),
      .fetch_stb, .data_stb, .fetch_adr, .data_adr,
      .fetch_ack(fetch_ack[1]), .data_ack(data_ack[1]), .fetch_dat_r(fetch_dat_r[1]),
      .data_dat_r(data_dat_r[1]), .oscillator, .from_pin, .to_pin, .seen, .pll_clock, .pll_locked);

  // A word that the SoC's memory reads while it is written does not matter (memory.py).
  wire write = data_stb && we && bytes != 0;
  reg known_fetch = 1, known_data = 1, known_widest = 1;
  always @(posedge clk) begin
    if (fetch_stb) known_fetch <= !(write && fetch_adr == data_adr);
    if (data_stb) known_data <= !write;
    if (en) known_widest <= !(we && address[8:0] == write_address[8:0]);
    if (en && we && address == write_address) collisions <= collisions + 1;
    if (write && bytes != 15) partial <= partial + 1;
  end

  // Few addresses come often, so that what was written is read, also at once; and all come. Those
  // few lie together, or in all parts of the SoC's memory.
  function automatic [ADDRESS-1:0] some_address(input [ADDRESS-1:0] other);
    case ($urandom % 5)
      0: some_address = other;
      1: some_address = ADDRESS'($urandom % `WORDS);
      2: some_address = ADDRESS'($urandom % 512);
      3: some_address = ADDRESS'($urandom % 8 * (`WORDS / 8));
      default: some_address = ADDRESS'($urandom % 8);
    endcase
  endfunction

  integer cycle = 0;
  always @(negedge clk) begin
    different[0] <= different[0] | (narrow[0] !== narrow[1]);
    different[1] <= different[1] | (half[0] !== half[1]);
    different[2] <= different[2] | (word[0] !== word[1]);
    different[3] <= different[3] | (constant[0] !== constant[1]);
    different[4] <= different[4] | (wide[0] !== wide[1]);
    different[5] <= different[5] | (unsigned_product[0] !== unsigned_product[1]);
    different[6] <= different[6] | (mixed_product[0] !== mixed_product[1]);
    different[7] <= different[7] | (signed_product[0] !== signed_product[1]);
    different[8] <= different[8] | (fetch_ack[0] !== fetch_ack[1] || data_ack[0] !== data_ack[1]);
    different[9] <= different[9] | (known_fetch && fetch_dat_r[0] !== fetch_dat_r[1]);
    different[10] <= different[10] | (known_data && data_dat_r[0] !== data_dat_r[1]);
    different[11] <= different[11] | (seen !== from_pin || to_pin !== from_pin);
    different[12] <= different[12] | (known_widest && widest[0] !== widest[1]);
    {en, we, fetch_stb, data_stb, from_pin, bytes, data} = {$urandom, $urandom};
    write_address = 10'(some_address(ADDRESS'(address)));
    address = 10'(some_address(ADDRESS'(write_address)));
    data_adr = some_address(fetch_adr);
    fetch_adr = some_address(data_adr);
    factor_a = 18'($urandom);
    factor_b = $urandom % 8 == 0 ? 18'h08000 : 18'($urandom);
    cycle <= cycle + 1;
    done <= cycle >= CYCLES;
  end

  // The PLL's clock, once it says that it is locked: its period and its high time.
  realtime rose = 0;
  reg measuring = 0;
  function automatic reg differs(input real value, input real wanted);
    differs = value > wanted + TOLERANCE || value < wanted - TOLERANCE;
  endfunction
  always @(posedge pll_clock) begin
    if (measuring) begin
      bad_period <= bad_period | differs($realtime - rose, PERIOD);
      periods <= periods + 1;
    end
    rose <= $realtime;
    measuring <= pll_locked;
  end
  always @(negedge pll_clock)
    if (measuring) bad_high <= bad_high | differs($realtime - rose, PERIOD / 2);
endmodule
