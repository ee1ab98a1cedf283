"""The wire to Asterisk: the codec, the actions that we send, and the logged-in session."""
