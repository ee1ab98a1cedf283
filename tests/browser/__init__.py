"""The pages in a real Chromium, against a server that plays the contract's frames."""
