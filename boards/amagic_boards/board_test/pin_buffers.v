// The buffers of pins that a board's top level asks for. (Synthesis makes TRELLIS_IO of them.)

module IB (
    input  I,
    output O
);
  assign O = I;
endmodule

// A pin that is not driven is pulled up.
module OBZ (
    input  I,
    input  T,
    output O
);
  assign O = I | T;
endmodule
