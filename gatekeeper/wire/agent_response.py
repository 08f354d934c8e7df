"""Show an answer as Twisted's ``IResponse``, for treq and everything else that expects one."""

from __future__ import annotations

from typing import Protocol, cast

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IPushProducer
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IClientRequest, IResponse
from zope.interface import implementer

from gatekeeper.wire.client import Answer
from gatekeeper.wire.edges import failed
from gatekeeper.wire.exchange import BodyStream

__all__ = ["AgentRequest", "AgentResponse"]


class _Receiver(Protocol):
    """What `twisted.internet.interfaces.IProtocol` promises."""

    def makeConnection(self, transport: object) -> None: ...

    def dataReceived(self, data: bytes) -> None: ...

    def connectionLost(self, reason: Failure) -> None: ...


@implementer(IClientRequest)
@frozen
class AgentRequest:
    """What was asked for."""

    method: bytes
    absoluteURI: bytes
    headers: Headers


@implementer(IResponse)
class AgentResponse:
    """An `Answer` in Twisted's words."""

    version = (b"HTTP", 1, 1)

    def __init__(self, request: AgentRequest, answer: Answer) -> None:
        self.request = request
        self.code = answer.status
        self.phrase = answer.reason.encode("latin-1")
        self.headers = Headers()
        for name, value in answer.headers:
            self.headers.addRawHeader(name.encode("latin-1"), value.encode("latin-1"))
        self.previousResponse: object = None
        self._body = answer.body
        self.length: int | str = UNKNOWN_LENGTH
        if isinstance(answer.body, bytes):
            self.length = len(answer.body)
        elif answer.length is not None:
            self.length = answer.length

    def deliverBody(self, protocol: IProtocol) -> None:
        """Give the body to a protocol; once."""
        receiver = cast("_Receiver", protocol)
        body = self._body
        transport = _BodyTransport(body)
        receiver.makeConnection(transport)
        if isinstance(body, bytes):
            if body:
                receiver.dataReceived(body)
            receiver.connectionLost(failed(ResponseDone()))
        else:
            Deferred.fromCoroutine(_deliver(body, receiver, transport))

    def setPreviousResponse(self, response: object) -> None:
        """Remember the response that redirected here."""
        self.previousResponse = response


@implementer(IPushProducer)
class _BodyTransport:
    """What the receiver of a body may do with its sender."""

    disconnecting = False

    def __init__(self, body: bytes | BodyStream) -> None:
        self._body = body
        self.paused: Deferred[None] | None = None

    def pauseProducing(self) -> None:
        if self.paused is None:
            self.paused = Deferred()

    def resumeProducing(self) -> None:
        paused, self.paused = self.paused, None
        if paused is not None:
            paused.callback(None)

    def stopProducing(self) -> None:
        if not isinstance(self._body, bytes):
            self._body.close()
        self.resumeProducing()

    loseConnection = abortConnection = stopProducing


async def _deliver(body: BodyStream, receiver: _Receiver, transport: _BodyTransport) -> None:
    """Carry pieces from the body to the receiver."""
    end: Exception = ResponseDone()
    try:
        while data := await body.read():
            receiver.dataReceived(data)
            if transport.paused is not None:
                await transport.paused
    except ConnectionError as error:
        end = ResponseFailed([failed(error)])
    finally:
        body.close()
    receiver.connectionLost(failed(end))
