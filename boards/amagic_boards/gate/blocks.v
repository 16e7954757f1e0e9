// What Yosys maps to the cells that we model, one block for each way in which the netlist of the
// SoC uses them: the design is compared with its own netlist (blocks_bench.sv).

// A memory with a port for reads and one for writes, which has an enable for each byte.
module simple #(
    parameter integer DEPTH = 1024, WIDTH = 8, BYTE = 8, ALWAYS = 0,
    parameter FILE = "some.hex",  // the first words' contents
    parameter integer FILLED = 256
) (
    input clk, en,
    input [WIDTH/BYTE-1:0] we,
    input [$clog2(DEPTH)-1:0] address, write_address,
    input [WIDTH-1:0] data,
    output reg [WIDTH-1:0] out
);
  (* ram_style = "block" *)
  reg [WIDTH-1:0] memory[0:DEPTH-1];
  initial begin
    $readmemh(FILE, memory, 0, FILLED - 1);
    out = 0;
  end

  integer n;
  always @(posedge clk) begin
    for (n = 0; n < WIDTH / BYTE; n = n + 1)
      if (we[n]) memory[write_address][n*BYTE+:BYTE] <= data[n*BYTE+:BYTE];
    if (ALWAYS || en) out <= memory[address];
  end
endmodule

module blocks (
    input clk, en, we,
    input [3:0] bytes,
    input [9:0] address, write_address,
    input [31:0] data,
    input [17:0] factor_a, factor_b,
    output [7:0] narrow,
    output [31:0] half, word, constant, wide,
    output [31:0] unsigned_product, mixed_product,
    output [33:0] signed_product
);
  simple #(.DEPTH(1024), .WIDTH(8), .FILE("bytes.hex")) u_narrow (
      .clk, .en, .we, .address(address[9:0]), .write_address(write_address[9:0]),
      .data(data[7:0]), .out(narrow));
  simple #(.DEPTH(1024), .WIDTH(32), .BYTE(32)) u_half (
      .clk, .en, .we, .address(address[9:0]), .write_address(write_address[9:0]), .data,
      .out(half));
  simple #(.DEPTH(128), .WIDTH(32), .BYTE(32), .FILE("few.hex"), .FILLED(32)) u_word (
      .clk, .en, .we, .address(address[6:0]), .write_address(write_address[6:0]), .data,
      .out(word));
  simple #(.DEPTH(32), .WIDTH(32), .BYTE(32), .ALWAYS(1), .FILE("few.hex"), .FILLED(32)) u_constant (
      .clk, .en(1'b0), .we, .address(address[4:0]), .write_address(write_address[4:0]), .data,
      .out(constant));
  simple #(.DEPTH(512), .WIDTH(32), .BYTE(8)) u_wide (
      .clk, .en, .we(bytes), .address(address[8:0]), .write_address(write_address[8:0]), .data,
      .out(wide));

  assign unsigned_product = factor_a[15:0] * factor_b[15:0];
  assign signed_product = $signed(factor_a[16:0]) * $signed(factor_b[16:0]);
  assign mixed_product = $signed({1'b0, factor_a[15:0]}) * $signed(factor_b[15:0]);
endmodule

// The blocks, the SoC's memory (amagic.soc.memory), and the cells that the design names itself: the
// PLL (pll.py) and the buffers of pins.
module tested (
    input clk, rst, en, we,
    input [3:0] bytes,
    input [9:0] address, write_address,
    input [31:0] data,
    input [17:0] factor_a, factor_b,
    output [7:0] narrow,
    output [31:0] half, word, constant, wide,
    output [31:0] unsigned_product, mixed_product,
    output [33:0] signed_product,
    input fetch_stb, data_stb,
    input [13:0] fetch_adr, data_adr,
    output fetch_ack, data_ack,
    output [31:0] fetch_dat_r, data_dat_r,
    input oscillator, from_pin,
    output to_pin, seen, pll_clock, pll_locked
);
  blocks u_blocks (.clk, .en, .we, .bytes, .address, .write_address, .data, .factor_a, .factor_b,
                   .narrow, .half, .word, .constant, .wide, .unsigned_product, .mixed_product,
                   .signed_product);
  memory u_memory (
      .clk, .rst,
      .fetch__adr(fetch_adr), .fetch__dat_w(data), .fetch__sel(4'hf), .fetch__cyc(1'b1),
      .fetch__stb(fetch_stb), .fetch__we(1'b0), .fetch__cti(3'b0), .fetch__bte(2'b0),
      .fetch__ack(fetch_ack), .fetch__dat_r(fetch_dat_r),
      .data__adr(data_adr), .data__dat_w(data), .data__sel(bytes), .data__cyc(1'b1),
      .data__stb(data_stb), .data__we(we), .data__cti(3'b0), .data__bte(2'b0),
      .data__ack(data_ack), .data__dat_r(data_dat_r));
  pll u_pll (.clk_in(oscillator), .clk_out(pll_clock), .locked(pll_locked));
  TRELLIS_IO #(.DIR("INPUT")) u_input (.B(from_pin), .O(seen));
  TRELLIS_IO #(.DIR("OUTPUT")) u_output (.B(to_pin), .I(seen), .T(1'b0));
endmodule
