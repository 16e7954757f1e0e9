"""Guests that move from slot to slot, and from one simulated SoC to another."""
