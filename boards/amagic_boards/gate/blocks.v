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
    if (FILLED != 0) $readmemh(FILE, memory, 0, FILLED - 1);
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
  simple #(
      .DEPTH(32), .WIDTH(32), .BYTE(32), .ALWAYS(1), .FILE("few.hex"), .FILLED(32)
  ) u_constant (
      .clk, .en(1'b0), .we, .address(address[4:0]), .write_address(write_address[4:0]), .data,
      .out(constant));
  simple #(.DEPTH(512), .WIDTH(32), .BYTE(8)) u_wide (
      .clk, .en, .we(bytes), .address(address[8:0]), .write_address(write_address[8:0]), .data,
      .out(wide));

  assign unsigned_product = factor_a[15:0] * factor_b[15:0];
  assign signed_product = $signed(factor_a[16:0]) * $signed(factor_b[16:0]);
  assign mixed_product = $signed({1'b0, factor_a[15:0]}) * $signed(factor_b[15:0]);
endmodule

// The block RAM that Yosys does not map to, as a design names it: what `simple` with words of 36
// bits does, where no byte is read while it is written.
module named (
    input clk, en, we,
    input [3:0] bytes,
    input [8:0] address, write_address,
    input [35:0] data,
    output [35:0] out
);
  PDPW16KD #(.GSR("DISABLED")) u_ram (
      .DI0(data[0]), .DI1(data[1]), .DI2(data[2]), .DI3(data[3]), .DI4(data[4]), .DI5(data[5]),
      .DI6(data[6]), .DI7(data[7]), .DI8(data[8]), .DI9(data[9]), .DI10(data[10]), .DI11(data[11]),
      .DI12(data[12]), .DI13(data[13]), .DI14(data[14]), .DI15(data[15]), .DI16(data[16]),
      .DI17(data[17]), .DI18(data[18]), .DI19(data[19]), .DI20(data[20]), .DI21(data[21]),
      .DI22(data[22]), .DI23(data[23]), .DI24(data[24]), .DI25(data[25]), .DI26(data[26]),
      .DI27(data[27]), .DI28(data[28]), .DI29(data[29]), .DI30(data[30]), .DI31(data[31]),
      .DI32(data[32]), .DI33(data[33]), .DI34(data[34]), .DI35(data[35]), .ADW0(write_address[0]),
      .ADW1(write_address[1]), .ADW2(write_address[2]), .ADW3(write_address[3]),
      .ADW4(write_address[4]), .ADW5(write_address[5]), .ADW6(write_address[6]),
      .ADW7(write_address[7]), .ADW8(write_address[8]), .BE0(bytes[0]), .BE1(bytes[1]),
      .BE2(bytes[2]), .BE3(bytes[3]), .ADR5(address[0]), .ADR6(address[1]), .ADR7(address[2]),
      .ADR8(address[3]), .ADR9(address[4]), .ADR10(address[5]), .ADR11(address[6]),
      .ADR12(address[7]), .ADR13(address[8]), .ADR0(1'b0), .ADR1(1'b0), .ADR2(1'b0), .ADR3(1'b0),
      .ADR4(1'b0), .CSW0(1'b0), .CSW1(1'b0), .CSW2(1'b0), .CSR0(1'b0), .CSR1(1'b0), .CSR2(1'b0),
      .CLKW(clk), .CLKR(clk), .CEW(we), .CER(en), .OCER(1'b1), .RST(1'b0), .DO0(out[0]),
      .DO1(out[1]), .DO2(out[2]), .DO3(out[3]), .DO4(out[4]), .DO5(out[5]), .DO6(out[6]),
      .DO7(out[7]), .DO8(out[8]), .DO9(out[9]), .DO10(out[10]), .DO11(out[11]), .DO12(out[12]),
      .DO13(out[13]), .DO14(out[14]), .DO15(out[15]), .DO16(out[16]), .DO17(out[17]),
      .DO18(out[18]), .DO19(out[19]), .DO20(out[20]), .DO21(out[21]), .DO22(out[22]),
      .DO23(out[23]), .DO24(out[24]), .DO25(out[25]), .DO26(out[26]), .DO27(out[27]),
      .DO28(out[28]), .DO29(out[29]), .DO30(out[30]), .DO31(out[31]), .DO32(out[32]),
      .DO33(out[33]), .DO34(out[34]), .DO35(out[35]));
endmodule

// The blocks, the SoC's memory (amagic.soc.memory) of `WORDS words, and the cells that the design names itself: the
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
    output [35:0] widest,
    input fetch_stb, data_stb,
    input [$clog2(`WORDS)-1:0] fetch_adr, data_adr,
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
  named u_named (.clk, .en, .we, .bytes, .address(address[8:0]),
                 .write_address(write_address[8:0]), .data({data[3:0], data}), .out(widest));
  pll u_pll (.clk_in(oscillator), .clk_out(pll_clock), .locked(pll_locked));
  TRELLIS_IO #(.DIR("INPUT")) u_input (.B(from_pin), .O(seen));
  TRELLIS_IO #(.DIR("OUTPUT")) u_output (.B(to_pin), .I(seen), .T(1'b0));
endmodule
