"""The browser of the tests: the one that `facecue render --video` draws with."""

from streamer.browser import Page as Page
from streamer.browser import browsing as browsing
from streamer.browser import program as program
