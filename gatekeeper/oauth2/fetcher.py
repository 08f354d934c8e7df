"""
Ask a token server for a token.

The first time the credentials stand in a header.  When that fails, whatever the reason,
they are tried in the form; the style that worked is used from then on, by all workers of
the node.  Redirects are followed on the same server; credentials never go to another one.

Nothing that is secret leaves this module in an error.

Source: specification of authentication, section 4.2; conformance case ``client-credentials``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urljoin, urlsplit, urlunsplit

from treq.client import HTTPClient
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.error import SchemeNotSupported
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

from gatekeeper.errors import BackendError
from gatekeeper.nodewide.interface import Memory
from gatekeeper.oauth2.answer import Token, TokenAnswer, read_token
from gatekeeper.oauth2.errors import NoToken
from gatekeeper.oauth2.grant import Grant, Style, token_request
from gatekeeper.wire.agent import PooledAgent
from gatekeeper.wire.client import HTTPExchanges

__all__ = ["MAX_BYTES", "TokenFetcher"]

MAX_BYTES = 1 << 20
_MAX_REQUESTS = 10
_BECOMES_GET = frozenset({301, 302, 303})
_REDIRECTS = _BECOMES_GET | {307, 308}
_STYLES = (Style.HEADER, Style.FORM)


class TokenFetcher:
    """
    Fetches tokens for one grant, one at a time.

    Args:
        grant: What for.
        http: Carries the requests.
        learnt: One byte that workers share: which style has worked, 0 when none has yet.
    """

    def __init__(self, grant: Grant, http: HTTPExchanges, learnt: Memory) -> None:
        self._grant = grant
        self._http = http
        self._learnt = learnt
        secret = grant.client_secret
        self._secrets = {secret, quote_plus(secret)} if secret else set()

    async def fetch(self) -> Token:
        """
        Get a token.

        Raises:
            NoToken: There is none.
        """
        learnt = self._learnt.buffer[0]
        if learnt:
            return await self._attempt(_STYLES[learnt - 1])
        try:
            token, style = await self._attempt(Style.HEADER), Style.HEADER
        except NoToken:
            token, style = await self._attempt(Style.FORM), Style.FORM
        self._learnt.buffer[0] = 1 + _STYLES.index(style)
        return token

    async def _attempt(self, style: Style) -> Token:
        try:
            return read_token(await self._ask(style))
        except NoToken as error:
            raise NoToken(self._harmless(str(error))) from None
        except (ConnectionError, BackendError, SchemeNotSupported, ValueError) as error:
            where = _shown(self._grant.token_url)
            raise NoToken(self._harmless(f'Post "{where}": {error}')) from None

    async def _ask(self, style: Style) -> TokenAnswer:
        """Send the request, and follow redirects."""
        request = token_request(self._grant, style)
        headers, method, body = dict(request.headers), "POST", request.body
        url = self._grant.token_url
        for _ in range(_MAX_REQUESTS):
            response = await self._send(method, url, headers, body)
            answer = await _read(response)
            target = response.headers.getRawHeaders("location", [""])[0]
            if answer.code not in _REDIRECTS or not target:
                return answer
            url = _same_server(url, urljoin(url, target))
            if answer.code in _BECOMES_GET:
                method, body = "GET", b""
                headers.pop("Content-Type", None)
        raise NoToken(f"stopped after {_MAX_REQUESTS} redirects")

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Deferred[Any]:
        """Send one request; with a client of its own, so that no cookies are kept."""
        made: Any = HTTPClient  # its annotations do not know zope's interfaces
        client = made(PooledAgent(self._http), data_to_body_producer=_WholeBody)
        answered: Deferred[Any] = client.request(
            method,
            url,
            headers=dict(headers),
            data=body or None,
            allow_redirects=False,
            unbuffered=True,
            reactor=object(),  # only treq's own time limit would need one
        )
        return answered

    def _harmless(self, text: str) -> str:
        """Take out what is secret, also when the other side has said it."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _same_server(here: str, there: str) -> str:
    """
    Give the target of a redirect.

    Raises:
        NoToken: It is another server: credentials go only where they were meant to go.
    """
    if urlsplit(here)[:2] != urlsplit(there)[:2]:
        raise NoToken(f"the redirect to {_shown(there)} leads to another server")
    return there


def _shown(url: str) -> str:
    """Give a URL without user and query, for messages."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "..."
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


async def _read(response: Any) -> TokenAnswer:
    """Read a whole answer."""
    body = _Body()
    response.deliverBody(body)
    data = await body.complete
    return TokenAnswer(
        code=response.code,
        status=f"{response.code} {response.phrase.decode('latin-1')}".rstrip(),
        content_type=response.headers.getRawHeaders("content-type", [""])[0],
        body=data,
    )


class _Body(Protocol):
    """
    Collects a body.

    Attributes:
        complete: Fires with it.  Cancelling closes the connection.
    """

    def __init__(self) -> None:
        self.complete: Deferred[bytes] = Deferred(self._give_up)
        self._pieces: list[bytes] = []
        self._size = 0
        self._over = False

    def dataReceived(self, data: bytes) -> None:
        self._size += len(data)
        self._pieces.append(data)
        if self._size > MAX_BYTES:
            self._end(NoToken(f"oauth2: cannot fetch token: more than {MAX_BYTES} bytes"))
            self._close()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if reason.check(ResponseDone, PotentialDataLoss):
            self._end(None)
        else:
            self._end(NoToken("oauth2: cannot fetch token: unexpected EOF"))

    def _end(self, error: NoToken | None) -> None:
        if self._over:
            return
        self._over = True
        if error is None:
            self.complete.callback(b"".join(self._pieces))
        else:
            self.complete.errback(error)

    def _give_up(self, _: Deferred[bytes]) -> None:
        self._over = True  # a body that was cut off must not look like a whole one
        self._close()

    def _close(self) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.loseConnection()


@implementer(IBodyProducer)
class _WholeBody:
    """Give a short body at once; treq's own producer would wait for a reactor."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.length = len(data)

    def startProducing(self, consumer: Any) -> Deferred[None]:
        consumer.write(self._data)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Do nothing: all is written."""

    def resumeProducing(self) -> None:
        """Do nothing: all is written."""

    def stopProducing(self) -> None:
        """Do nothing: all is written."""
