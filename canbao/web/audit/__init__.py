"""The audit administrator's room: the journal, what looks suspicious in it, and the proof that nothing was touched."""
