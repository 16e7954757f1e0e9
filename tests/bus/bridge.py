"""What the bridge under test was built with, and addresses behind it."""

import os

ADDR_WIDTH = int(os.environ["ADDR_WIDTH"])
BUS_ADDR_WIDTH = int(os.environ["BUS_ADDR_WIDTH"])
SIZE = 1 << ADDR_WIDTH
ADDRESSES = sorted({0, 4, SIZE - 4, SIZE // 2})
