"""The one exception that a decoder raises."""


class DecodeError(ValueError):
    """Bytes or text that do not follow the format; the message says what was got and what was wanted."""

    def __init__(self, message: str, *, code: str = "malformed", line_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.line_id = line_id
