// The ECP5's block RAM as a memory of 512 words of 36 bits, with a port for writes and one for
// reads, both of one clock. Anything else stops the simulation. (Yosys 0.70 maps such memories to
// DP16KD with a width of 36; only a design that names this cell itself gets it.)
//
// As for DP16KD: the worst is assumed of a byte that is read while it is written, and the contents
// are for the netlist's text to put into `words`.

module PDPW16KD (
    input DI35, DI34, DI33, DI32, DI31, DI30, DI29, DI28, DI27, DI26, DI25, DI24, DI23, DI22, DI21,
    input DI20, DI19, DI18, DI17, DI16, DI15, DI14, DI13, DI12, DI11, DI10, DI9, DI8, DI7, DI6,
    input DI5, DI4, DI3, DI2, DI1, DI0,
    input ADW8, ADW7, ADW6, ADW5, ADW4, ADW3, ADW2, ADW1, ADW0, BE3, BE2, BE1, BE0, CEW, CLKW,
    input CSW2, CSW1, CSW0, ADR13, ADR12, ADR11, ADR10, ADR9, ADR8, ADR7, ADR6, ADR5, ADR4, ADR3,
    input ADR2, ADR1, ADR0, CER, OCER, CLKR, CSR2, CSR1, CSR0, RST,
    output DO35, DO34, DO33, DO32, DO31, DO30, DO29, DO28, DO27, DO26, DO25, DO24, DO23, DO22,
           DO21, DO20, DO19, DO18, DO17, DO16, DO15, DO14, DO13, DO12, DO11, DO10, DO9, DO8, DO7,
           DO6, DO5, DO4, DO3, DO2, DO1, DO0
);
  parameter integer DATA_WIDTH_W = 36;
  parameter integer DATA_WIDTH_R = 36;
  parameter REGMODE = "NOREG";
  parameter RESETMODE = "SYNC";
  parameter ASYNC_RESET_RELEASE = "SYNC";
  parameter CSDECODE_W = "0b000";
  parameter CSDECODE_R = "0b000";
  parameter CLKWMUX = "CLKW";
  parameter CLKRMUX = "CLKR";
  parameter GSR = "ENABLED";

  initial begin
    if (DATA_WIDTH_W != 36 || DATA_WIDTH_R != 36)
      $fatal(1, "PDPW16KD: no model of widths other than 36, %0d and %0d", DATA_WIDTH_W,
             DATA_WIDTH_R);
    if (REGMODE != "NOREG") $fatal(1, "PDPW16KD: no model of an output register, %s", REGMODE);
    if (CSDECODE_W != "0b000" || CSDECODE_R != "0b000")
      $fatal(1, "PDPW16KD: no model of CSDECODE %s and %s", CSDECODE_W, CSDECODE_R);
    if (CLKWMUX != "CLKW" || CLKRMUX != "CLKR")
      $fatal(1, "PDPW16KD: no model of inverted clocks, %s and %s", CLKWMUX, CLKRMUX);
    if (GSR != "DISABLED") $fatal(1, "PDPW16KD: no model of GSR = %s", GSR);
  end

  reg [8:0] words[0:2047];
  reg [35:0] out = 0;

  wire [3:0] bytes = {BE3, BE2, BE1, BE0};
  wire [8:0] writes = {ADW8, ADW7, ADW6, ADW5, ADW4, ADW3, ADW2, ADW1, ADW0};
  wire [8:0] reads = {ADR13, ADR12, ADR11, ADR10, ADR9, ADR8, ADR7, ADR6, ADR5};
  wire [35:0] data = {DI35, DI34, DI33, DI32, DI31, DI30, DI29, DI28, DI27, DI26, DI25, DI24,
                      DI23, DI22, DI21, DI20, DI19, DI18, DI17, DI16, DI15, DI14, DI13, DI12,
                      DI11, DI10, DI9, DI8, DI7, DI6, DI5, DI4, DI3, DI2, DI1, DI0};

  always @(posedge CLKW) begin
    for (int n = 0; n < 4; n++) begin
      if (CEW && bytes[n]) words[{writes, 2'(n)}] <= data[n*9+:9];
      if (CER) out[n*9+:9] <= words[{reads, 2'(n)}] ^ {9{CEW && bytes[n] && reads == writes}};
    end
    if (CLKR !== CLKW) $fatal(1, "PDPW16KD: no model of ports with different clocks");
    if (RST) $fatal(1, "PDPW16KD: no model of the output's reset");
    if ({CSW2, CSW1, CSW0, CSR2, CSR1, CSR0} != 0)
      $fatal(1, "PDPW16KD: no model of chip selects");
  end

  assign {DO35, DO34, DO33, DO32, DO31, DO30, DO29, DO28, DO27, DO26, DO25, DO24, DO23, DO22,
           DO21, DO20, DO19, DO18, DO17, DO16, DO15, DO14, DO13, DO12, DO11, DO10, DO9, DO8, DO7,
           DO6, DO5, DO4, DO3, DO2, DO1, DO0} = out;
endmodule
