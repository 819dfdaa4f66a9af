"""What is inside each kind of scanner: pure, bytes and times in, bytes to send out; `pty_port` gives it a cable."""
