"""A publisher of revocation lists over real HTTP."""

import asyncio


class Publisher:
    """An HTTP server with one list."""

    def __init__(self) -> None:
        self.content = b""
        self.status = "200 OK"
        self.asked: list[str] = []
        self.url = ""

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ca.crl?x=1"
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.decode().split("\r\n")[0])
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: {len(self.content)}\r\n\r\n".encode() + self.content)
        writer.close()
