"""
Tell errors that were raised on purpose from those that nobody expected.

Where one part of an answer may fail without the rest, an error does not reach the place that
turns errors into HTTP.  So what is ours is reported here, and nothing of it shown.
"""

from __future__ import annotations

from twisted.internet.defer import CancelledError

from gatekeeper.errors import BackendError, GatekeeperError, TransportError
from gatekeeper.log import Log

__all__ = ["blame"]


def blame(error: BaseException, log: Log) -> GatekeeperError:
    """
    Give an error that may stand in an answer.

    Args:
        error: What ended a part.
        log: Gets the type and the place of an error that nobody raised on purpose;
            its text may hold what a client sent.
    """
    if isinstance(error, GatekeeperError):
        return error
    if isinstance(error, CancelledError):
        return TransportError("context canceled")
    log.error(f"unexpected {type(error).__name__}{_place(error)}")
    return BackendError("internal error")


def _place(error: BaseException) -> str:
    step = error.__traceback__
    if step is None:  # Twisted forgets tracebacks of failures that were waited for
        return ""
    while step.tb_next is not None:
        step = step.tb_next
    return f" at {step.tb_frame.f_globals.get('__name__')}:{step.tb_lineno}"
