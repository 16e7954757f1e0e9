// The least that a system needs around the GIC: a reset, an address decoder, and inverters.
//
// The processor is outside: its bus comes in (Wishbone, byte addresses), and its interrupt inputs,
// which are active low as those of Arm's cores are, go out. Bus, GIC and processor have one clock.
//
// gic.v is made by: amagic verilog --spis 32 -o gic.v

module minimal_top (
    input  wire        clk,
    input  wire        resetn,      // from a button: asynchronous, active low

    input  wire        cpu_cyc,
    input  wire        cpu_stb,
    input  wire        cpu_we,
    input  wire [31:0] cpu_adr,
    input  wire [3:0]  cpu_sel,
    input  wire [31:0] cpu_dat_w,
    output wire [31:0] cpu_dat_r,
    output wire        cpu_ack,

    output wire        nirq,
    output wire        nfiq,
    output wire        nvirq,
    output wire        nvfiq,

    input  wire        uart_irq,    // level, active high: INTID 32
    input  wire        button_n,    // active low: INTID 33
    input  wire        vtimer_irq   // the guest's timer, level, active high: INTID 27
);

    // The GIC's reset is synchronous and active high. It begins at once here, and ends with a
    // clock edge, two edges after the button's.
    reg [1:0] reset_held;
    always @(posedge clk or negedge resetn)
        if (!resetn) reset_held <= 2'b11;
        else reset_held <= {reset_held[0], 1'b0};
    wire rst = reset_held[1];

    // 32 KiB at 0xF0000000. Elsewhere there is nothing, and that is acknowledged too: a processor
    // waits for ever otherwise.
    wire gic_here = cpu_adr[31:15] == 17'h1E000;
    wire gic_ack;
    wire [31:0] gic_dat;
    assign cpu_ack = gic_here ? gic_ack : cpu_cyc & cpu_stb;
    assign cpu_dat_r = gic_here ? gic_dat : 32'h0;

    wire irq, fiq, virq, vfiq, maintenance;
    gic gic (
        .clk(clk),
        .rst(rst),
        .wb_cyc_i(cpu_cyc & gic_here),
        .wb_stb_i(cpu_stb & gic_here),
        .wb_we_i(cpu_we),
        .wb_adr_i(cpu_adr[14:2]),
        .wb_sel_i(cpu_sel),
        .wb_dat_i(cpu_dat_w),
        .wb_dat_o(gic_dat),
        .wb_ack_o(gic_ack),
        .wb_cpu_i(3'd0),
        .wb_secure_i(1'b0),
        .spi({30'h0, ~button_n, uart_irq}),
        .ppi_0({4'h0, vtimer_irq, 11'h0}),
        .irq(irq),
        .fiq(fiq),
        .virq(virq),
        .vfiq(vfiq),
        .maintenance(maintenance)
    );

    assign nirq = ~irq;
    assign nfiq = ~fiq;
    assign nvirq = ~virq;
    assign nvfiq = ~vfiq;

    wire unused = &{1'b0, cpu_adr[1:0], maintenance};

endmodule
