"""A client made of slixmpp and aioice that calls another through TURN alone: it takes one JSON object a line as order and prints
what it sees the same way. Who is called answers by itself, over the way that the caller has asked for."""

import asyncio
import json
import os
import sys
from xml.etree import ElementTree as ET

import aioice
import slixmpp

NS = "urn:xmpp:extdisco:2"


def report(is_, **event):
    print(json.dumps({"is": is_, **event}), flush=True)


class Client(slixmpp.ClientXMPP):
    def __init__(self, login):
        super().__init__(login["JID"] + "/" + login["Resource"], login["Password"])
        self.login = login
        self.ca_certs = login["CA"]
        os.environ["SSL_CERT_FILE"] = login["CA"]  # for TURN over TLS, whose certificate is checked
        self.calls = {}
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_all_auth", lambda _: report("refused"))
        self.add_event_handler("message", lambda m: self.background(self.message(m)))

    def open(self):
        self.connect(("127.0.0.1", self.login["Port"]), use_ssl=False, force_starttls=True, disable_starttls=False)

    async def started(self, _):
        self.send_presence()
        report("online", client="aioice " + aioice.__version__)

    def background(self, work):
        asyncio.ensure_future(work).add_done_callback(lambda t: t.exception() and report("failed", text=repr(t.exception())))

    async def services(self):
        """XEP-0215"""
        iq = self.make_iq_get(ito=self.boundjid.domain)
        iq.append(ET.Element("{%s}services" % NS))
        answer = await iq.send()
        return [s.attrib for s in answer.xml.iter("{%s}service" % NS)]

    async def relay(self, way, controlling):
        """One side of a transport that has relayed candidates alone."""
        typ, transport = way.split("/")
        s = next(s for s in await self.services() if s["type"] == typ and s["transport"] == transport)
        ice = aioice.Connection(
            ice_controlling=controlling, turn_server=(s["host"], int(s["port"])), turn_username=s["username"], turn_password=s["password"],
            turn_transport=transport, turn_ssl=typ == "turns", use_ipv6=False, transport_policy=aioice.TransportPolicy.RELAY)
        await ice.gather_candidates()
        kinds = [c.type for c in ice.local_candidates]
        if kinds != ["relay"]:
            raise ValueError("candidates are " + str(kinds))
        return ice

    def say(self, to, what, way, ice):
        body = {"what": what, "way": way, "user": ice.local_username, "password": ice.local_password,
                "candidates": [c.to_sdp() for c in ice.local_candidates]}
        self.send_message(mto=to, mbody=json.dumps(body), mtype="chat")

    async def link(self, ice, other):
        ice.remote_username, ice.remote_password = other["user"], other["password"]
        for c in other["candidates"]:
            await ice.add_remote_candidate(aioice.Candidate.from_sdp(c))
        await ice.add_remote_candidate(None)
        await ice.connect()

    async def call(self, to, way):
        self.calls[way] = await self.relay(way, True)
        self.say(to, "offer", way, self.calls[way])

    async def echo(self, ice, packet):
        """Sends until it is given back: datagrams may be lost."""
        for _ in range(10):
            await ice.send(packet)
            try:
                while await asyncio.wait_for(ice.recv(), 2) != packet:
                    pass  # an earlier one that was sent twice
                return
            except asyncio.TimeoutError:
                pass
        raise ValueError("nothing came back")

    async def message(self, m):
        if not m["body"]:
            return
        other = json.loads(m["body"])
        way = other["way"]
        if other["what"] == "offer":
            ice = await self.relay(way, False)
            self.say(m["from"], "answer", way, ice)
            await self.link(ice, other)
            try:
                for n in range(1000):  # gives back what it gets; some of it may come twice
                    await ice.send(await ice.recv())
                    if n == 49:
                        report("answered", text=way)
            except ConnectionError:
                pass
            await ice.close()
            return
        ice = self.calls.pop(way)
        await self.link(ice, other)
        for n in range(50):
            packet = n.to_bytes(2, "big") * 80
            await self.echo(ice, packet)
        report("called", text=way)
        await ice.close()


async def orders():
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    client = None
    while line := await lines.readline():
        order = json.loads(line)
        if order["do"] == "login":
            client = Client(order["login"])
            client.open()
        elif order["do"] == "call":
            client.background(client.call(order["to"], order["body"]))
    if client:
        await client.disconnect(wait=1)


asyncio.get_event_loop().run_until_complete(orders())
