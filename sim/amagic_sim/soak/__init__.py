"""The long run: a million ticks over the modes and harts, in shards that can be resumed."""
