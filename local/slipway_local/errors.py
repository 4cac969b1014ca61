"""The one exception a user sees."""


class Problem(Exception):
    """What is wrong, and what to do next.

    The command line prints both without a traceback and exits with 1.
    """

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(f"{what}; {todo}")
        self.what = what
        self.todo = todo
