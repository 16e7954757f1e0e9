"""Boards that amagic is built for, one file a board."""
