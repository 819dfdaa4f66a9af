"""The till's voice: a tone for each outcome, and the sentence that Chinese counters say aloud."""
