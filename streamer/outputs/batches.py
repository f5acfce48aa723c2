"""Many datagrams in one call: what the system offers, best first.

Segmentation offload hands over one buffer that the kernel cuts into packets of one length; sendmmsg hands over a list
of buffers; a plain send is one call a packet.
"""

import ctypes
import errno
import os
import socket
import struct
import sys
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Packets = NDArray[np.uint8]

CHUNK: Final = 64  # packets a call, as many as every kernel takes
_SOL_UDP, _UDP_SEGMENT = 17, 103  # udp(7)
_MMSGHDR: Final = 64  # bytes of a struct mmsghdr where pointers have 8; sendmmsg(2)
CANNOT: Final = (errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMSGSIZE)


class Batch(Protocol):
    """A way to send the rows of a matrix (n, length) of at most CHUNK packets."""

    name: str

    def send(self, packets: Packets) -> int:
        """How many were taken; raises OSError when none was."""


class Segments:
    """UDP_SEGMENT of Linux; raises OSError where the kernel does not know it."""

    name = "segmentation offload"

    def __init__(self, connected: socket.socket) -> None:
        connected.getsockopt(_SOL_UDP, _UDP_SEGMENT)
        self._socket = connected

    def send(self, packets: Packets) -> int:
        length = struct.pack("H", packets.shape[1])
        self._socket.sendmsg([packets.data], [(_SOL_UDP, _UDP_SEGMENT, length)])
        return len(packets)


class Messages:
    """sendmmsg of Linux, with headers that are made once; raises OSError where there is none."""

    name = "sendmmsg"

    def __init__(self, connected: socket.socket) -> None:
        self._libc: Any = ctypes.CDLL(None, use_errno=True)  # Any: functions by name
        if not hasattr(self._libc, "sendmmsg") or ctypes.sizeof(ctypes.c_void_p) != 8:
            raise OSError(errno.ENOSYS, "the system has no sendmmsg")
        self._socket = connected
        self._buffers = np.zeros((CHUNK, 2), np.uint64)  # struct iovec: address and length
        self._headers = np.zeros((CHUNK, _MMSGHDR // 8), np.uint64)
        self._headers[:, 2] = self._buffers.ctypes.data + 16 * np.arange(CHUNK, dtype=np.uint64)  # msg_iov
        self._headers[:, 3] = 1  # msg_iovlen

    def send(self, packets: Packets) -> int:
        first, many = packets.ctypes.data, len(packets)
        self._buffers[:many, 0] = first + packets.strides[0] * np.arange(many)
        self._buffers[:many, 1] = packets.shape[1]
        return self.call(many)

    def call(self, many: int) -> int:
        """Sends the packets of the latest call once more, as many of them."""
        headers = ctypes.c_void_p(self._headers.ctypes.data)
        taken: int = self._libc.sendmmsg(self._socket.fileno(), headers, many, socket.MSG_DONTWAIT)
        if taken < 0:
            raise OSError(code := ctypes.get_errno(), os.strerror(code))
        return taken


class Single:
    """One call a packet, everywhere."""

    name = "one packet a call"

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def send(self, packets: Packets) -> int:
        for taken, packet in enumerate(packets):
            try:
                self._socket.send(packet.data)
            except OSError:
                if taken:
                    return taken
                raise
        return len(packets)


def ladder(connected: socket.socket) -> list[Batch]:
    """The ways that work here, best first; a plain send is always the last."""
    ways: list[Batch] = []
    for way in (Segments, Messages) if sys.platform == "linux" else ():
        try:
            ways.append(way(connected))
        except OSError:
            continue
    return [*ways, Single(connected)]
