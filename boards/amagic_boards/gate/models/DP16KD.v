// The ECP5's block RAM: 18 Kbit behind two ports of one clock, in the modes that this project's
// netlists use. Port A reads and writes, port B reads; at a width of 36 port A writes and port B
// reads. Anything else stops the simulation.
//
// The pins' meanings are those by which Yosys maps memories (techlibs/lattice/brams_16kd.txt and
// brams_map_16kd.v): at widths of 18 and 36 the lowest address pins are the byte enables of a
// write; at 36 the outputs of both ports are one word. Of what those do not promise, the worst is
// assumed, and a wrong bit is read:
//   - what port B reads of a byte while port A writes it;
//   - what port A reads while it writes, when its width is below 9, where the device does not have
//     READBEFOREWRITE (unverified: Lattice's memory usage guide is not at hand; the library
//     `gary` (ECP5_RAM.bsv) says that only 9 and 18 bits have it).
//
// The contents, INITVAL_00 to INITVAL_3F of a netlist, are for the netlist's text to put into
// `words`: as parameters, each block would be a module of its own.

module DP16KD (
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
    input DIA4, DIA3, DIA2, DIA1, DIA0, ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5,
    input ADA4, ADA3, ADA2, ADA1, ADA0, CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
    input DIB4, DIB3, DIB2, DIB1, DIB0, ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5,
    input ADB4, ADB3, ADB2, ADB1, ADB0, CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
    output DOA4, DOA3, DOA2, DOA1, DOA0, DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10,
    output DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
  parameter integer DATA_WIDTH_A = 18;
  parameter integer DATA_WIDTH_B = 18;
  parameter REGMODE_A = "NOREG";
  parameter REGMODE_B = "NOREG";
  parameter RESETMODE = "SYNC";
  parameter ASYNC_RESET_RELEASE = "SYNC";
  parameter CSDECODE_A = "0b000";
  parameter CSDECODE_B = "0b000";
  parameter WRITEMODE_A = "NORMAL";
  parameter WRITEMODE_B = "NORMAL";
  parameter CLKAMUX = "CLKA";
  parameter CLKBMUX = "CLKB";
  parameter GSR = "ENABLED";

  localparam integer WIDTH = DATA_WIDTH_A;
  localparam [13:0] MASK =  // of the address pins that are address
      WIDTH == 36 ? 14'h3fe0 : WIDTH == 18 ? 14'h3ff0 : WIDTH == 9 ? 14'h3ff8 :
      WIDTH == 4 ? 14'h3ffc : WIDTH == 2 ? 14'h3ffe : 14'h3fff;

  localparam integer BYTES = WIDTH == 36 ? 4 : WIDTH == 18 ? 2 : 1;
  localparam [8:0] FIELD = WIDTH >= 9 ? 9'h1ff : (9'd1 << WIDTH) - 9'd1;  // of a word that is read

  initial begin
    if (!(WIDTH inside {1, 2, 4, 9, 18, 36}))
      $fatal(1, "DP16KD: no model of DATA_WIDTH_A = %0d", WIDTH);
    if (DATA_WIDTH_B != WIDTH)
      $fatal(1, "DP16KD: no model of ports of different widths, %0d and %0d", WIDTH, DATA_WIDTH_B);
    if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG")
      $fatal(1, "DP16KD: no model of output registers, %s and %s", REGMODE_A, REGMODE_B);
    if (CSDECODE_A != "0b000" || CSDECODE_B != "0b000")
      $fatal(1, "DP16KD: no model of CSDECODE %s and %s", CSDECODE_A, CSDECODE_B);
    if (CLKAMUX != "CLKA" || CLKBMUX != "CLKB")
      $fatal(1, "DP16KD: no model of inverted clocks, %s and %s", CLKAMUX, CLKBMUX);
    if (WIDTH != 36 && WRITEMODE_A != "READBEFOREWRITE")
      $fatal(1, "DP16KD: no model of WRITEMODE_A = %s", WRITEMODE_A);
    if (GSR != "DISABLED") $fatal(1, "DP16KD: no model of GSR = %s", GSR);
  end

  reg [8:0] words[0:2047];

  wire [13:0] pins_a = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2,
                        ADA1, ADA0};
  wire [13:0] pins_b = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2,
                        ADB1, ADB0};
  wire [35:0] data = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7,
                      DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0, DIA17, DIA16, DIA15, DIA14, DIA13,
                      DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1,
                      DIA0};
  wire [13:0] address_a = pins_a & MASK;
  wire [13:0] address_b = pins_b & MASK;
  wire [3:0] bytes = WIDTH == 36 ? pins_a[3:0] : WIDTH == 18 ? {2'b00, pins_a[1:0]} : 4'b0001;

  wire [2:0] shift_a = address_a[2:0];
  wire writing = CEA && WEA && bytes != 0;
  wire [35:0] written = {{9{bytes[3]}}, {9{bytes[2]}}, {9{bytes[1]}}, {9{bytes[0]}}};

  function automatic [35:0] value(input [13:0] address);
    value = 0;
    for (int n = 0; n < BYTES; n++)
      value[n*9+:9] = words[address[13:3]+11'(n)] >> address[2:0] & FIELD;
  endfunction

  reg [17:0] out_a = 0;
  reg [35:0] out_b = 0;

  always @(posedge CLKA) begin
    for (int n = 0; n < BYTES; n++)
      if (CEA && WEA && bytes[n])
        words[address_a[13:3]+11'(n)] <= words[address_a[13:3]+11'(n)] & ~(FIELD << shift_a) |
            (data[n*9+:9] & FIELD) << shift_a;
    if (CEA && WIDTH != 36)
      out_a <= WIDTH < 9 && writing ? ~18'(value(address_a)) : 18'(value(address_a));
    if (CEB)
      out_b <= value(address_b) ^ (CEA && WEA && address_a == address_b ? written : 36'd0);
    if (CLKB !== CLKA) $fatal(1, "DP16KD: no model of ports with different clocks");
    if (WEB && CEB) $fatal(1, "DP16KD: no model of writes by port B");
    if (RSTA || RSTB) $fatal(1, "DP16KD: no model of the output's reset");
    if ({CSA2, CSA1, CSA0, CSB2, CSB1, CSB0} != 0) $fatal(1, "DP16KD: no model of chip selects");
  end

  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
          DOA4, DOA3, DOA2, DOA1, DOA0} = WIDTH == 36 ? out_b[17:0] : out_a;
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
          DOB4, DOB3, DOB2, DOB1, DOB0} = WIDTH == 36 ? out_b[35:18] : out_b[17:0];
endmodule
