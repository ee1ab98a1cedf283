"""TLS proves that the PBX is the one we mean, or there is no session; over it, one action at a time."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ami_worker.ami import actions
from ami_worker.ami.connection import AmiUrl, ConnectFailed, InvalidValue, NoReply, NotSent, Session, Timeouts
from ami_worker.ami.protocol import Message
from tests.ami.server import AmiServer, Client, Fields


PATIENT = Timeouts(ping_interval=60)
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass
class Authority:
    """Signs certificates; with no issuer, its own."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def sign(
    common_name: str, issuer: Authority | None, *, hosts: tuple[str, ...] = (), until: datetime.datetime = NOW + DAY
) -> Authority:
    """A certificate for `hosts`, or an authority when there are none."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    names: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host) for host in hosts
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.name if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 30 * DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=not hosts or issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(issued_by, critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signer = issuer.key if issuer else key
    return Authority(name, key, builder.sign(signer, hashes.SHA256()))


def files(authority: Authority, folder: Path, name: str) -> Path:
    """Write certificate and key into one PEM file."""
    path = folder / f"{name}.pem"
    path.write_bytes(
        authority.certificate.public_bytes(serialization.Encoding.PEM)
        + authority.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture(scope="module")
def ca() -> Authority:
    return sign("Test authority", None)


@pytest.fixture
def ca_file(ca: Authority, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_bytes(ca.certificate.public_bytes(serialization.Encoding.PEM))
    return path


def serving(certificate: Authority, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files(certificate, folder, "server"))
    return context


@pytest.fixture
def trusted(ca: Authority, tmp_path: Path) -> AmiServer:
    """A server whose certificate is as it should be."""
    return AmiServer(tls=serving(sign("pbx", ca, hosts=("127.0.0.1", "localhost")), tmp_path))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_certificate_of_our_own_authority_for_this_host_is_trusted(
    trusted: AmiServer, ca_file: Path, host: str
) -> None:
    heard: list[Message] = []
    async with trusted:
        url = trusted.url(host=host, ca=str(ca_file))
        session = await Session.open(url, events="system", on_message=heard.append, timeouts=PATIENT)
        assert (await session.send(actions.ping())).ok
        await session.close()
    assert [message.name for message in heard] == ["FullyBooted"]


async def test_a_self_signed_certificate_is_trusted_when_it_is_the_one_given(tmp_path: Path) -> None:
    own = sign("pbx", None, hosts=("127.0.0.1",))
    path = tmp_path / "own.pem"
    path.write_bytes(own.certificate.public_bytes(serialization.Encoding.PEM))
    async with AmiServer(tls=serving(own, tmp_path)) as server:
        session = await Session.open(server.url(ca=str(path)), timeouts=PATIENT)
        await session.close()


async def test_a_self_signed_certificate_is_refused(tmp_path: Path) -> None:
    async with AmiServer(tls=serving(sign("pbx", None, hosts=("127.0.0.1",)), tmp_path)) as server:
        with pytest.raises(ConnectFailed, match=r"certificate of 127\.0\.0\.1 port \d+ is not trusted: self.signed"):
            await Session.open(server.url())
        assert all(not client.actions for client in server.clients)


async def test_a_certificate_of_another_authority_is_refused(trusted: AmiServer, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(sign("Other", None).certificate.public_bytes(serialization.Encoding.PEM))
    async with trusted:
        with pytest.raises(ConnectFailed, match="is not trusted: unable to get local issuer certificate"):
            await Session.open(trusted.url(ca=str(other)))


async def test_a_certificate_for_another_host_is_refused(ca: Authority, ca_file: Path, tmp_path: Path) -> None:
    async with AmiServer(tls=serving(sign("pbx", ca, hosts=("pbx.example",)), tmp_path)) as server:
        with pytest.raises(ConnectFailed, match="is not trusted: IP address mismatch"):
            await Session.open(server.url(ca=str(ca_file)))


async def test_an_expired_certificate_is_refused(ca: Authority, ca_file: Path, tmp_path: Path) -> None:
    expired = sign("pbx", ca, hosts=("127.0.0.1",), until=NOW - DAY)
    async with AmiServer(tls=serving(expired, tmp_path)) as server:
        with pytest.raises(ConnectFailed, match="is not trusted: certificate has expired"):
            await Session.open(server.url(ca=str(ca_file)))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
async def test_an_old_tls_version_is_refused(ca: Authority, ca_file: Path, tmp_path: Path) -> None:
    context = serving(sign("pbx", ca, hosts=("127.0.0.1",)), tmp_path)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with AmiServer(tls=context) as server:
        with pytest.raises(ConnectFailed, match=r"does not speak TLS as it should|cannot be reached"):
            await Session.open(server.url(ca=str(ca_file)))


async def test_a_plain_port_is_never_taken_for_a_tls_port(ca_file: Path) -> None:
    async with AmiServer() as server:
        url = AmiUrl.parse(f"amis://panel:canary@127.0.0.1:{server.port}?ca={ca_file}")
        with pytest.raises(ConnectFailed, match=r"does not speak TLS.*plain port"):
            await Session.open(url)
        assert b"canary" not in b"".join(client.raw for client in server.clients)


async def test_a_tls_port_is_never_spoken_to_in_clear(trusted: AmiServer) -> None:
    async with trusted:
        plain = AmiUrl.parse(f"ami://panel:canary@127.0.0.1:{trusted.port}")
        with pytest.raises(ConnectFailed, match="Is it the TLS port"):
            await Session.open(plain, timeouts=Timeouts(connect=0.2))


async def test_over_tls_an_action_waits_until_the_one_before_is_answered(trusted: AmiServer, ca_file: Path) -> None:
    under_way = 0
    most = 0

    async def slow(client: Client, action: Fields) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        await client.respond(action)
        under_way -= 1

    async with trusted:
        trusted.answers["Getvar"] = slow
        session = await Session.open(trusted.url(ca=str(ca_file)), timeouts=PATIENT)
        await asyncio.gather(*(session.send(actions.getvar(f"V{number}")) for number in range(10)))
        asked = [action for action in trusted.client.actions if action["Action"] == "Getvar"]
        assert [action["Variable"] for action in asked] == [f"V{number}" for number in range(10)]
        assert most == 1
        await session.close()


async def test_over_tls_an_action_that_never_gets_its_turn_was_not_sent(trusted: AmiServer, ca_file: Path) -> None:
    asked, enough = asyncio.Event(), asyncio.Event()

    async def held(client: Client, action: Fields) -> None:
        asked.set()
        await enough.wait()
        await client.respond(action)

    async with trusted:
        trusted.answers["CoreStatus"] = held
        session = await Session.open(trusted.url(ca=str(ca_file)), timeouts=PATIENT)
        first = asyncio.create_task(session.send(actions.core_status(), timeout=60))
        await asked.wait()
        with pytest.raises(NotSent, match="another action takes too long"):
            await session.send(actions.hangup("PJSIP/201-1"), timeout=0.05)
        enough.set()
        assert (await first).ok
        assert (await session.send(actions.ping())).ok
        assert "Hangup" not in [action["Action"] for action in trusted.client.actions]
        await session.close()


async def test_over_tls_an_action_without_an_answer_does_not_block_the_next(trusted: AmiServer, ca_file: Path) -> None:
    async def silent(client: Client, action: Fields) -> None:
        """Nothing."""

    async with trusted:
        trusted.answers["Hangup"] = silent
        session = await Session.open(trusted.url(ca=str(ca_file)), timeouts=PATIENT)
        with pytest.raises(NoReply):
            await session.send(actions.hangup("PJSIP/201-1"), timeout=0.05)
        assert (await session.send(actions.ping())).ok
        await session.close()


async def test_over_tls_an_action_is_short_enough_for_one_read_of_asterisk(trusted: AmiServer, ca_file: Path) -> None:
    async with trusted:
        session = await Session.open(trusted.url(ca=str(ca_file)), timeouts=PATIENT)
        long = {f"CORDBOARD_{number}": "x" * 390 for number in range(3)}
        with pytest.raises(InvalidValue, match="too long to be sent over TLS"):
            await session.send(actions.originate("PJSIP/201", "x", "300", channel_id="cb-1", variables=long))
        assert (await session.send(actions.ping())).ok
        await session.close()


async def test_a_tls_session_that_breaks_says_so(trusted: AmiServer, ca_file: Path) -> None:
    async with trusted:
        session = await Session.open(trusted.url(ca=str(ca_file)), timeouts=PATIENT)
        trusted.client.cut()
        assert await session.wait_closed(timeout=5)
        assert session.closed_reason
