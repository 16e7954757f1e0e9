// The ECP5's PLL with one output, CLKOP, which is its own feedback: the input's frequency times
// CLKFB_DIV / CLKI_DIV, with a rising edge at each rising edge of the divided input. LOCK rises
// some periods of the input after its first edge. Anything else stops the simulation.
//
// The relation of the frequencies is that of pll.py. How long the device takes to lock does not
// matter here: the model takes LOCK_EDGES, so that nobody waits.

`timescale 1ns / 1ps

module EHXPLLL (
    input CLKI, CLKFB, PHASESEL1, PHASESEL0, PHASEDIR, PHASESTEP, PHASELOADREG, STDBY, PLLWAKESYNC,
    input RST, ENCLKOP, ENCLKOS, ENCLKOS2, ENCLKOS3,
    output reg CLKOP,
    output CLKOS, CLKOS2, CLKOS3,
    output reg LOCK,
    output INTLOCK, REFCLK, CLKINTFB
);
  parameter integer CLKI_DIV = 1;
  parameter integer CLKFB_DIV = 1;
  parameter integer CLKOP_DIV = 8;
  parameter CLKOP_ENABLE = "ENABLED";
  parameter CLKOS_ENABLE = "DISABLED";
  parameter CLKOS2_ENABLE = "DISABLED";
  parameter CLKOS3_ENABLE = "DISABLED";
  parameter integer CLKOP_CPHASE = 0;
  parameter integer CLKOP_FPHASE = 0;
  parameter FEEDBK_PATH = "CLKOP";
  parameter INTFB_WAKE = "DISABLED";
  parameter OUTDIVIDER_MUXA = "DIVA";
  parameter PLLRST_ENA = "DISABLED";
  parameter STDBY_ENABLE = "DISABLED";
  parameter DPHASE_SOURCE = "DISABLED";

  localparam integer LOCK_EDGES = 16;

  initial begin
    if (FEEDBK_PATH != "CLKOP") $fatal(1, "EHXPLLL: no model of FEEDBK_PATH = %s", FEEDBK_PATH);
    if (CLKOP_ENABLE != "ENABLED" || CLKOS_ENABLE != "DISABLED" || CLKOS2_ENABLE != "DISABLED" ||
        CLKOS3_ENABLE != "DISABLED")
      $fatal(1, "EHXPLLL: no model of other outputs than CLKOP alone");
    if (OUTDIVIDER_MUXA != "DIVA") $fatal(1, "EHXPLLL: no model of a bypassed divider");
    if (CLKOP_CPHASE != CLKOP_DIV / 2 || CLKOP_FPHASE != 0)
      $fatal(1, "EHXPLLL: no model of a phase other than half a period");
    if (PLLRST_ENA != "DISABLED" || STDBY_ENABLE != "DISABLED" || DPHASE_SOURCE != "DISABLED" ||
        INTFB_WAKE != "DISABLED")
      $fatal(1, "EHXPLLL: no model of reset, standby, dynamic phase or wake-up");
    CLKOP = 0;
    LOCK = 0;
  end

  integer edges = 0, divided = 0;
  realtime last = 0, half = 0;
  reg meet = 0;  // toggles when the edges of input and output meet

  always @(posedge CLKI) begin
    if (edges < LOCK_EDGES) edges <= edges + 1;
    LOCK <= edges == LOCK_EDGES;
    divided = divided == CLKI_DIV - 1 ? 0 : divided + 1;
    half = ($realtime - last) * CLKI_DIV / CLKFB_DIV / 2;
    last = $realtime;
    if (edges > 0 && divided == 0) meet = ~meet;
  end

  always @(meet)
    for (int n = 0; n < CLKFB_DIV; n++) begin
      CLKOP = 1;
      #(half) CLKOP = 0;
      if (n != CLKFB_DIV - 1) #(half);
    end
endmodule
