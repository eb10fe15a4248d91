"""An SMTP server on loopback for tests of mail.

Prints one line of JSON a thing: first {"port": ...} (and "certificate" with STARTTLS), then each mail it took, decoded by
Python's own parser. Ends when its standard input is closed.

    smtp_server.py [--port N] [--starttls FOLDER] [--user NAME --password WORD] [--refuse ADDRESS] [--later ADDRESS]
"""

import argparse
import asyncio
import email
import email.policy
import json
import pathlib
import ssl
import subprocess
import sys

from aiosmtpd.smtp import SMTP, AuthResult

CERTIFICATE = """
[req]
distinguished_name = name
x509_extensions = leaf
prompt = no
[name]
CN = localhost
[leaf]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost
"""


def tell(**what):
    print(json.dumps(what), flush=True)


def tls(folder):
    folder = pathlib.Path(folder)
    settings, key, certificate = folder / "openssl.conf", folder / "key.pem", folder / "certificate.pem"
    settings.write_text(CERTIFICATE)
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -config".split()
    subprocess.run([*command, settings, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, str(certificate)


class Taken:
    def __init__(self, refused, later):
        self.refused, self.later, self.n_connections = refused, later, 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if not getattr(session, "counted", False):
            session.counted, self.n_connections = True, self.n_connections + 1
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return f"550 5.1.1 <{address}> is unknown here"
        if address in self.later:
            return "451 4.3.2 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        tell(
            sender=envelope.mail_from,
            receivers=envelope.rcpt_tos,
            headers={name: str(value) for name, value in mail.items()},
            body=mail.get_content(),
            is_ascii=envelope.content.isascii(),
            encrypted=session.ssl is not None,
            user=session.auth_data.login.decode() if session.auth_data else None,
            connection=self.n_connections,
        )
        return "250 OK"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--starttls")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--refuse", action="append", default=[])
    parser.add_argument("--later", action="append", default=[])
    asked = parser.parse_args()
    context, certificate = tls(asked.starttls) if asked.starttls else (None, None)

    def authenticate(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (asked.user.encode(), asked.password.encode())
        return AuthResult(success=right, auth_data=data, handled=False)

    handler = Taken(asked.refuse, asked.later)

    def smtp():
        return SMTP(
            handler,
            hostname="localhost",
            tls_context=context,
            require_starttls=context is not None,
            authenticator=authenticate if asked.user else None,
            auth_required=asked.user is not None,
            auth_require_tls=context is not None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(smtp, "127.0.0.1", asked.port, reuse_address=True)
    told = {"port": server.sockets[0].getsockname()[1]}
    if certificate:
        told["certificate"] = certificate
    tell(**told)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
