"""Loopback listeners on chosen, remembered and taken ports."""

import socket

from edgeconsole.lab.ports import bind, bind_pair


def test_a_port_is_had_again_while_connections_of_the_last_listener_linger_on_it() -> None:
    first = bind()
    first.setblocking(True)
    place = first.getsockname()
    caller = socket.create_connection(place)
    accepted, _ = first.accept()
    accepted.close()  # the side that closes first keeps the port for a minute (TIME_WAIT)
    assert caller.recv(1) == b""
    caller.close()
    first.close()
    again = bind(place[1])
    assert again.getsockname() == place
    again.close()


def test_a_port_that_somebody_listens_on_is_replaced_by_a_free_one() -> None:
    taken = bind()
    other = bind(taken.getsockname()[1])
    assert other.getsockname()[0] == "127.0.0.1"
    assert other.getsockname()[1] != taken.getsockname()[1]
    taken.close()
    other.close()


def test_a_pair_has_one_port_and_moves_when_either_half_is_taken() -> None:
    datagrams, streams, port = bind_pair()
    assert datagrams.getsockname() == streams.getsockname() == ("127.0.0.1", port)
    datagrams.close()
    moved_datagrams, moved_streams, moved = bind_pair(port)  # TCP is still taken
    assert moved != port
    streams.close()
    same_datagrams, same_streams, same = bind_pair(port)
    assert same == port
    for each in (moved_datagrams, moved_streams, same_datagrams, same_streams):
        each.close()
