"""A small panel for the browser tests: the real pages and scripts, and frames that a test plays.

`python -m tests.browser.harness` shows a moving office without worker or database, for work on the pages.
"""
