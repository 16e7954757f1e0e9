"""A cocotb module without a test."""
