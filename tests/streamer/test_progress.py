import io

from streamer.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """Seconds that a test lets pass."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_shows_how_far_the_job_is_its_rate_and_the_time_left() -> None:
    terminal, clock = Terminal(), Clock()
    with Progress("lines", terminal, clock) as progress:
        clock.now = 10.0
        progress.advance(500, 0.25)
        shown = terminal.getvalue()
    assert "██████··················  25%  500 lines, 50/s, 0:30 left" in shown
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_it_draws_at_most_ten_times_a_second() -> None:
    terminal, clock = Terminal(), Clock()
    progress = Progress("rows", terminal, clock)
    for number in range(100):
        clock.now = number / 100
        progress.advance()
    assert 8 <= terminal.getvalue().count("rows") <= 10


def test_hours_are_told_as_hours_and_an_unknown_end_is_not_guessed() -> None:
    terminal, clock = Terminal(), Clock()
    progress = Progress("rows", terminal, clock)
    clock.now = 40.0
    progress.advance(1, 0.01)
    assert "1:06:00 left" in terminal.getvalue()
    clock.now = 41.0
    progress.advance(40)
    assert terminal.getvalue().endswith("41 rows, 1/s")


def test_a_message_stands_on_its_own_line() -> None:
    terminal, clock = Terminal(), Clock()
    progress = Progress("rows", terminal, clock)
    clock.now = 1.0
    progress.advance()
    progress.tell("line 3: bad")
    assert terminal.getvalue().endswith("\r\x1b[Kline 3: bad\n")


def test_nothing_is_drawn_where_no_one_watches() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress("rows", stream, clock) as progress:
        clock.now = 10.0
        progress.advance(5, 0.5)
        progress.tell("line 3: bad")
    assert stream.getvalue() == "line 3: bad\n"
