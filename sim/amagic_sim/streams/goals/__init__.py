"""What is worth doing: each goal looks for work in the model's state, and does it.

A goal is a function of the stream. It returns False when the state has no work for it, and then
another one is chosen.

- `interrupts`: they are raised, and made fit to be delivered, or not
- `interfaces`: GICC and GICV alike: acknowledge, nest, complete, mask
- `guests`: list registers, and worlds that change places
- `maintenance`: a CPU's own maintenance interrupt
- `mistakes`: what software gets wrong
- `security`: what Secure and Non-secure software do to what the other state has
- `registers`: every register, everywhere, with all sizes
- `races`: two of all this at once
"""
