// A board around its device: the oscillator, the firmware in the memory, and the serial line, whose
// other end is a pseudo-terminal. Both ends count time by themselves, as on a real board. SIGUSR1
// presses the reset button.
//
// Plusargs:
//   +firmware=FILE   the memory's contents, for $readmemh
//   +serial=N        the open file of the pseudo-terminal's master side

`timescale 1ns / 1ps

module simulated_board;
  // From board_pins.svh: INPUT_NS and BIT_NS, and `BOARD_PINS, which connects the board's pins.
  `include "board_pins.svh"

  import "DPI-C" function void serial_open(input int file);
  import "DPI-C" function void serial_send(input byte unsigned value);
  import "DPI-C" function int serial_receive();  // a byte; -1: nothing came; -2: nobody is there
  import "DPI-C" function int button_pressed();  // whether SIGUSR1 came since it was asked last

  reg  clk = 0;
  reg  rx = 1;
  reg  pressed = 0;
  wire tx;

  always #(INPUT_NS / 2) clk = ~clk;

  top board (`BOARD_PINS);

  reg [1023:0] name;
  integer file;

  initial begin
    if (!$value$plusargs("firmware=%s", name)) $fatal(1, "+firmware=FILE is missing");
    if (!$value$plusargs("serial=%d", file)) $fatal(1, "+serial=N is missing");
    $readmemh(name, board.soc.ram.words);
    serial_open(file);
  end

  // A byte from the board. One without its stop bit is lost.
  byte unsigned sent;
  always begin
    @(negedge tx);
    #(BIT_NS / 2);
    if (!tx) begin
      for (int i = 0; i < 8; i++) begin
        #(BIT_NS) sent = {tx, sent[7:1]};
      end
      #(BIT_NS) if (tx) serial_send(sent);
    end
  end

  // Bytes to the board.
  integer received;
  always begin
    #(10 * BIT_NS) received = serial_receive();
    if (received == -2) $finish;
    if (received >= 0) begin
      rx = 0;
      for (int i = 0; i < 8; i++) begin
        #(BIT_NS) rx = received[i];
      end
      #(BIT_NS) rx = 1;
    end
  end

  // The reset button.
  always #(10 * BIT_NS) pressed = button_pressed() != 0;
endmodule
