// The buffer of a pin, as an input or as an output that is always driven. Anything else stops the
// simulation. (It stands for Yosys' model, which compares with 1'bz: Verilator refuses that.)

module TRELLIS_IO (
    inout B,
    input I, T,
    output O
);
  parameter DIR = "INPUT";

  generate
    if (DIR == "INPUT") assign O = B;
    else if (DIR == "OUTPUT") assign B = I;
    else initial $fatal(1, "TRELLIS_IO: no model of DIR = %s", DIR);
  endgenerate

  always @*
    if (DIR == "OUTPUT" && T) $fatal(1, "TRELLIS_IO: no model of an output that is not driven");
endmodule
