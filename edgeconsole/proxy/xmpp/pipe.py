"""A connection beneath a stream: what is queued leaves once a turn of the loop, a peer that does not read is cut."""

import asyncio

from edgeconsole.proxy.transports import abort
from edgeconsole.proxy.xmpp.limits import XmppLimits


class Pipe(asyncio.Protocol):
    """Writes, and holds back those who write to it; what arrives is a stream's to read."""

    def __init__(self, limits: XmppLimits) -> None:
        self.host = ""
        self.port = 0
        self.closing = False
        self.congested = False
        self.last_sent = 0.0
        """Loop time of the last byte."""
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._changing = True
        """Between transports: what arrives is kept, what is to be sent waits."""
        self._out: list[bytes] = []
        self._stall_timer: asyncio.TimerHandle | None = None
        self._held: set[Pipe] = set()
        """Connections that are not read until this one has sent what it has."""
        self.gone = self._loop.create_future()
        """Done when the connection is lost."""

    @property
    def address(self) -> str:
        """Remote address and port as text."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def attached(self) -> bool:
        """Whether a transport has the socket."""
        return self._transport is not None

    def write(self, data: bytes) -> None:
        """Queue bytes; everything queued in one turn of the loop leaves together."""
        if self.closing:
            return
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)

    def _flush(self) -> None:
        if self._transport is None or not self._out or self._changing:
            return
        out, self._out = self._out, []
        self._transport.write(out[0] if len(out) == 1 else b"".join(out))
        self.last_sent = self._loop.time()
        if self._transport.get_write_buffer_size() > self._limits.write_buffer_cut:
            self.cut()

    def hold(self, source: "Pipe") -> None:
        """Do not read a stream until this one has sent what it has."""
        if source not in self._held and source._transport is not None and not source.closing:
            self._held.add(source)
            source._transport.pause_reading()

    def pause_writing(self) -> None:
        self.congested = True
        if self._stall_timer is None:
            self._stall_timer = self._loop.call_later(self._limits.write_stall_seconds, self.cut)

    def resume_writing(self) -> None:
        self.congested = False
        if self._stall_timer is not None and not self.closing:
            self._stall_timer.cancel()
            self._stall_timer = None
        held, self._held = self._held, set()
        for source in held:
            if source._transport is not None and not source.closing:
                source._transport.resume_reading()

    def cut(self) -> None:
        """End the connection at once."""
        self.closing = True
        self._over()
        if self._transport is not None:
            abort(self._transport)

    def connection_lost(self, _: Exception | None) -> None:
        self.closing = True
        self._over()
        self.resume_writing()
        if not self.gone.done():
            self.gone.set_result(None)

    def _over(self) -> None:
        """Nothing more is sent or read."""
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
