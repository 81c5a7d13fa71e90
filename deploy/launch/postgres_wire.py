"""Just enough of PostgreSQL's protocol 3.0 to ask one question over a Unix socket without a driver.

The launcher must know when the server answers and must create a database before any package can be relied on. Only
trust authentication inside our own private folder is spoken. Source: PostgreSQL documentation, "Frontend/Backend Protocol".
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path

_PROTOCOL = 196608  # 3.0 in the upper and lower half
_TIMEOUT_SECONDS = 60.0


class NotAnswering(OSError):
    """The server is not there yet, or refused; its own words are the message."""


def ask(path: Path, database: str, sql: str, user: str) -> list[tuple[str | None, ...]]:
    """Run one statement and return its rows as text. Raises ``NotAnswering`` when the server refuses or is still starting."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_TIMEOUT_SECONDS)
        line.connect(str(path))
        words = f"user\0{user}\0database\0{database}\0client_encoding\0UTF8\0\0".encode()
        line.sendall(struct.pack("!ii", len(words) + 8, _PROTOCOL) + words)
        _until_ready(line)
        query = sql.encode() + b"\0"
        line.sendall(b"Q" + struct.pack("!i", len(query) + 4) + query)
        return _until_ready(line)


def _until_ready(line: socket.socket) -> list[tuple[str | None, ...]]:
    rows, failure = [], ""
    while True:
        kind, length = struct.unpack("!ci", _exactly(line, 5))
        body = _exactly(line, length - 4)
        if kind == b"E":
            failure = _message(body)
            if not failure or b"SFATAL" in body:
                raise NotAnswering(failure)
        elif kind == b"D":
            rows.append(_row(body))
        elif kind == b"Z":
            if failure:
                raise NotAnswering(failure)
            return rows


def _exactly(line: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = line.recv(size - len(parts))
        if not part:
            raise NotAnswering("the connection was closed")
        parts += part
    return parts


def _message(body: bytes) -> str:
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return fields.get(b"M", "")


def _row(body: bytes) -> tuple[str | None, ...]:
    (count,), at = struct.unpack_from("!h", body), 2
    values: list[str | None] = []
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(None if size < 0 else body[at : at + size].decode())
        at += max(size, 0)
    return tuple(values)
