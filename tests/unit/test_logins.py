"""Which connections are logins over the bond, which one is ours, and when that cannot be known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.logins import MOSH, SERVERS, Connection, Ends, Logins, own_session_unknown, sessions, ssh_connection
from bondtui.core.stacking import Place
from bondtui.model.host import Session

BOND, SLAVE = Place(("bond0", "br0")), Place(("eno1",), 2)
WAYS = {"192.0.2.1": BOND, "203.0.113.1": SLAVE}
ADMIN, COLLEAGUE = "198.51.100.7", "198.51.100.8"
SSHD = 1000


def way(local: str, peer: str) -> Place | None:
    assert peer
    return WAYS.get(local)


def ends(peer: str = ADMIN, local: str = "192.0.2.1", port: int = 22, peer_port: int = 50_000) -> Ends:
    return Ends(local, port, peer, peer_port)


def by_sshd(of: Ends, pid: int = SSHD, *, ancestor: bool = False, inbound: bool = True) -> Connection:
    return Connection(of, pid, "sshd", ancestor, inbound)


def hidden(of: Ends) -> Connection:
    return Connection(of)


def seen(*connections: Connection, told: tuple[Ends, ...] = (), **rest: object) -> tuple[Session, ...]:
    return sessions(Logins(connections, told, **rest), way)  # type: ignore[arg-type]


def mine(peer: str = ADMIN) -> Session:
    return Session(peer, "192.0.2.1", "br0", ("bond0", "br0"), mine=True)


def theirs(peer: str = ADMIN) -> Session:
    return mine(peer)._replace(mine=False)


@pytest.mark.parametrize("owner", sorted(SERVERS))
def test_a_connection_of_a_login_server_is_a_login(owner: str) -> None:
    assert len(owner) <= 15
    assert seen(Connection(ends(port=2222), SSHD, owner)) == (theirs(),)


@pytest.mark.parametrize("owner", ["postgres", "ssh", "nginx", "systemd", "sshd_config", ""])
def test_a_connection_of_anything_else_is_not_even_at_a_login_port(owner: str) -> None:
    assert seen(Connection(ends(port=22), SSHD, owner)) == ()


@pytest.mark.parametrize(("port", "found"), [(22, (theirs(),)), (23, (theirs(),)), (5432, ())])
def test_the_port_counts_where_the_owner_is_hidden(port: int, found: tuple[Session, ...]) -> None:
    assert seen(hidden(ends(port=port))) == found


def test_the_port_of_our_own_login_is_a_login_port_of_others_too() -> None:
    own = ends(port=2222)
    assert seen(hidden(own), hidden(ends(COLLEAGUE, port=2222)), told=(own,)) == (mine(), theirs(COLLEAGUE))


def test_what_holds_our_own_terminal_is_ours() -> None:
    both = by_sshd(ends(COLLEAGUE), 2000), by_sshd(ends(), ancestor=True)
    assert seen(*both) == (mine(), theirs(COLLEAGUE))


def test_an_ancestor_that_is_no_login_server_holds_us_all_the_same() -> None:
    assert seen(Connection(ends(port=4505), 3000, "salt-minion", ancestor=True, inbound=False)) == (mine(),)


def test_what_ssh_connection_says_is_ours_while_it_is_established() -> None:
    assert seen(by_sshd(ends()), told=(ends(),)) == (mine(),)
    assert seen(hidden(ends()), told=(ends(),)) == (mine(),)


def test_an_ssh_connection_that_has_ended_is_not_ours() -> None:
    assert seen(told=(ends(),)) == ()
    assert seen(by_sshd(ends(peer_port=50_001)), told=(ends(),)) == (theirs(),)


def test_a_login_past_the_bond_says_on_which_slave() -> None:
    (found,) = seen(by_sshd(ends(local="203.0.113.1"), ancestor=True))
    assert found == Session(ADMIN, "203.0.113.1", "eno1", ("eno1",), mine=True, slave=2)


def test_a_login_that_comes_in_elsewhere_is_not_told() -> None:
    assert seen(by_sshd(ends(local="10.0.0.1"), ancestor=True)) == ()


def test_a_connection_that_two_processes_hold_is_one_login_and_ours_if_one_of_them_is() -> None:
    both = [by_sshd(ends(), 1000), by_sshd(ends(), 1001, ancestor=True)]
    assert seen(*both) == seen(*reversed(both)) == (mine(),)


def test_several_logins_from_one_machine_are_several() -> None:
    assert seen(by_sshd(ends(peer_port=1), 1), by_sshd(ends(peer_port=2), 2)) == (theirs(), theirs())


def test_what_a_login_server_forwards_for_somebody_is_not_a_login() -> None:
    forwarded = by_sshd(ends("198.51.100.99", port=40_000, peer_port=5432), inbound=False)
    assert seen(by_sshd(ends()), forwarded) == (theirs(),)
    assert seen(by_sshd(ends(), ancestor=True), forwarded._replace(ancestor=True)) == (mine(),)


def test_a_login_goes_on_when_its_server_listens_no_more() -> None:
    assert seen(by_sshd(ends(), inbound=False)) == (theirs(),)
    assert seen(by_sshd(ends(), inbound=False), by_sshd(ends(COLLEAGUE), 2000)) == (theirs(), theirs(COLLEAGUE))


def test_mosh_has_only_the_address_of_the_connection_that_it_took_over() -> None:
    assert seen(told=(ends(),), ancestors=("bash", MOSH)) == (mine(),)
    assert seen(ancestors=("bash", MOSH)) == ()


UNKNOWN = "it is hidden which connection"


def unknown(*connections: Connection, **rest: object) -> str:
    return own_session_unknown(Logins(connections, **rest), way)  # type: ignore[arg-type]


def test_who_sits_at_the_machine_has_no_session() -> None:
    assert unknown(hidden(ends())) == ""
    assert unknown(hidden(ends()), ancestors=("bash", "login", "systemd")) == ""
    assert unknown(trouble="no table") == ""


@pytest.mark.parametrize("sign", [{"remote": True}, {"ancestors": ("bash", "sshd")}])
def test_a_remote_login_whose_connection_is_hidden_is_unknown_if_any_hidden_one_rides_on_the_bond(
    sign: dict[str, object],
) -> None:
    assert UNKNOWN in unknown(hidden(ends(port=2222)), **sign)
    assert unknown(hidden(ends(local="10.0.0.1")), **sign) == ""
    assert unknown(by_sshd(ends()), **sign) == ""
    assert unknown(**sign) == ""


def test_a_remote_login_that_is_known_is_known() -> None:
    others = hidden(ends(COLLEAGUE))
    assert unknown(by_sshd(ends(), ancestor=True), others, remote=True) == ""
    assert unknown(hidden(ends()), others, told=(ends(),), remote=True) == ""


def test_an_old_ssh_connection_is_nobodys() -> None:
    assert unknown(hidden(ends(COLLEAGUE)), told=(ends(),), remote=True) == ""


def test_mosh_that_does_not_tell_its_address_is_unknown() -> None:
    assert MOSH in unknown(ancestors=("bash", MOSH))
    assert unknown(ancestors=("bash", MOSH), told=(ends(),)) == ""


def test_without_a_table_of_connections_a_remote_login_is_unknown() -> None:
    assert unknown(trouble="no table", remote=True, told=(ends(),)) == "no table"
    assert unknown(trouble="no table", ancestors=("sshd",)) == "no table"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("198.51.100.7 50000 192.0.2.1 22", ends()),
        ("  198.51.100.7   50000 ::ffff:192.0.2.1 22\n", ends()),
        ("fe80::7%bond0 50000 fe80::1%bond0 22", Ends("fe80::1", 22, "fe80::7", 50_000)),
        ("UNKNOWN 65535 UNKNOWN 65535", Ends("UNKNOWN", 65535, "UNKNOWN", 65535)),
        ("", None),
        ("198.51.100.7 50000 192.0.2.1", None),
        ("198.51.100.7 50000 192.0.2.1 22 5", None),
        ("198.51.100.7 x 192.0.2.1 22", None),
        ("198.51.100.7 50000 192.0.2.1 -22", None),
        ("198.51.100.7 50000 192.0.2.1 ²²", None),
        ("198.51.100.7 50000 192.0.2.1 " + "9" * 5000, None),
    ],
)
def test_ssh_connection_is_client_and_server(text: str, expected: Ends | None) -> None:
    assert ssh_connection(text) == expected


@given(st.text() | st.lists(st.sampled_from(["1.2.3.4", "::1", "22", "٢", "x", "9" * 9])).map(" ".join))
def test_any_text_in_ssh_connection_will_do(text: str) -> None:
    ssh_connection(text)
