"""Mail servers and a webhook endpoint that write down what they take.

usage: notices.py SCRATCH TOKEN. TOKEN is the password of `provisor`, and what signs webhooks.
"""

import asyncio
import base64
import http.server
import json
import pathlib
import ssl
import sys
import threading

import standardwebhooks
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

scratch, token = pathlib.Path(sys.argv[1]), sys.argv[2]
taken = []
lock = threading.Lock()


def write(entry):
    with lock:
        path = scratch / f"taken-{len(taken)}.json"
        taken.append(path)
        # Whole or not at all.
        path.with_suffix(".part").write_text(json.dumps(entry))
        path.with_suffix(".part").rename(path)


class Mails:
    async def handle_DATA(self, server, session, envelope):
        write(
            {
                "tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
                "signed_in": bool(session.authenticated),
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "message": envelope.content.decode("ascii"),
            }
        )
        return "250 taken"


def check(server, session, envelope, mechanism, login):
    known = login.login == b"provisor" and login.password == token.encode()
    return AuthResult(success=known, handled=False)


class Hooks(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        hook = standardwebhooks.Webhook(base64.b64encode(token.encode()).decode())
        try:
            notice = hook.verify(body, dict(self.headers.items()))
        except standardwebhooks.WebhookVerificationError as error:
            self.send_error(401, str(error))
            return
        write({"notice": notice})
        self.send_response(204)
        self.end_headers()


async def main():
    authority = trustme.CA()
    authority.cert_pem.write_to_path(scratch / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    signing_in = {"authenticator": check, "auth_required": True}
    ways = {
        "starttls": ({"tls_context": context, "require_starttls": True, **signing_in}, None),
        "tls": ({"auth_require_tls": False, **signing_in}, context),
        "none": ({}, None),
    }
    ports = {}
    servers = []
    for name, (options, tls) in ways.items():
        smtp = lambda options=options: SMTP(Mails(), hostname="localhost", **options)
        server = await asyncio.get_running_loop().create_server(smtp, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        ports[name] = server.sockets[0].getsockname()[1]
    hooks = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
    threading.Thread(target=hooks.serve_forever, daemon=True).start()
    ports["hook"] = hooks.server_address[1]
    (scratch / "ready.part").write_text(json.dumps(ports))
    (scratch / "ready.part").rename(scratch / "ready.json")
    await asyncio.Event().wait()


asyncio.run(main())
