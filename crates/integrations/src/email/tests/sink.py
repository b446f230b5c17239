"""A mail server for tests, by aiosmtpd. Says its port on the first line, then one line of JSON for each message it took, as Python's
own e-mail package reads it. With a certificate it demands STARTTLS and a login (desk / s3cret)."""
import asyncio, email, email.policy, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult


class Taker:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@"):
            return "451 4.2.0 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: (mail.get_body((kind,)).get_content() if mail.get_body((kind,)) else None)
        told = {
            "mail_from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
            "headers": {name: str(value) for name, value in mail.items()},
            "plain": part("plain"), "html": part("html"), "defects": [str(defect) for defect in mail.defects],
            "files": [{"name": at.get_filename(), "type": at.get_content_type(), "size": len(at.get_payload(decode=True))} for at in mail.iter_attachments()],
        }
        print(json.dumps(told), flush=True)
        return "250 taken"


def known(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"desk" and data.password == b"s3cret", handled=False)


options = {}
if len(sys.argv) > 1:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(sys.argv[1], sys.argv[2])
    options = {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": known}


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Taker(), hostname="sink.example", loop=loop, **options), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve())
