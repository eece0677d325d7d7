"""The process that fits for another one: it answers requests until that one is gone."""

from __future__ import annotations

import faulthandler
import os
import pickle
import queue
import sys
import threading
from traceback import format_exc
from typing import TYPE_CHECKING, BinaryIO

from pytest_pytyche.errors import describe
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.estimators.validation import EstimateError
from pytest_pytyche.fits.messages import Answer, Fit, Load, NotSendable

if TYPE_CHECKING:
    from pytest_pytyche.estimators.base import Estimator


def main() -> None:
    """Serve requests from standard input; what is printed goes to standard error, whoever prints it."""
    requests, answers = _take_streams()
    faulthandler.enable()
    incoming: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_receive, args=(requests, incoming), daemon=True).start()
    me, estimators = os.getpid(), dict[str, "Estimator"]()
    while True:
        answer = _packed(_answer(incoming.get(), estimators))
        if os.getpid() != me:
            # A copy that the estimator forked and let go on: it must not answer too.
            os._exit(0)
        sys.stdout.flush()
        answers.write(answer)
        answers.flush()


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the conversation, out of reach of whoever reads from standard input or prints."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, answers


def _receive(requests: BinaryIO, incoming: queue.Queue[bytes]) -> None:
    """Requests as they come; their end is the end of this process, in the middle of a fit too."""
    try:
        while True:
            incoming.put(pickle.load(requests))
    except EOFError:
        os._exit(0)


def _answer(packed: bytes, estimators: dict[str, Estimator]) -> Answer:
    try:
        request = pickle.loads(packed)
        if isinstance(request, Load):
            estimators[request.estimator.name] = request.estimator.load()
            return Answer()
        return _fitted(request, estimators[request.name])
    except NotSendable as error:
        return Answer(error=str(error), refused=True)
    except Exception as error:  # noqa: BLE001  # the isolation boundary: it is reported by who asked
        return Answer(error=describe(error), traceback=format_exc())


def _fitted(request: Fit, estimator: Estimator) -> Answer:
    try:
        return Answer(fit(estimator, request.observed, seed=request.seed))
    except EstimateError as error:
        foreign = error.__cause__ is not None and not isinstance(error.__cause__, EstimateError)
        return Answer(error=str(error), traceback=format_exc() if foreign else "")
    except SystemExit as error:
        return Answer(error=f"estimator {estimator.name!r} raised {describe(error)}", traceback=format_exc())


def _packed(answer: Answer) -> bytes:
    try:
        return pickle.dumps(answer)
    except Exception as error:  # noqa: BLE001  # an estimate may hold objects of the estimator's: reported as above
        return pickle.dumps(Answer(error=f"the estimate cannot be sent: {describe(error)}", traceback=format_exc()))
