"""amagic: an open ARM Generic Interrupt Controller with virtualization, and a generic timer."""
