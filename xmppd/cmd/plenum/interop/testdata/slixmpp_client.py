"""A client made of slixmpp: it takes one JSON object a line as order and prints what it sees the same way."""

import asyncio
import json
import logging
import os
import sys
from xml.etree import ElementTree as ET

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath


def report(is_, from_="", **event):
    print(json.dumps({"is": is_, "from": str(from_), **event}), flush=True)


def background(work):
    """Run a coroutine; what goes wrong in it is written to the error output."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda t: t.cancelled() or t.exception() and print(repr(t.exception()), file=sys.stderr, flush=True))


class Client(slixmpp.ClientXMPP):
    def __init__(self, login):
        plugins = {}
        if not login["Stock"]:
            plugins["feature_mechanisms"] = {"sasl_callback": self.credentials_without_binding}
        self.secret = login["Password"]
        jid = login["JID"] + ("/" + login["Resource"] if login["Resource"] else "")
        super().__init__(jid, login["Password"], plugin_config=plugins)
        self.login = login
        self.ca_certs = login["CA"]
        self.leaving = False
        for plugin in ("xep_0030", "xep_0045", "xep_0059", "xep_0115", "xep_0198", "xep_0199", "xep_0280", "xep_0297", "xep_0313", "xep_0203", "xep_0359"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("session_resumed", lambda _: report("resumed"))
        self.add_event_handler("failed_all_auth", lambda _: report("refused"))
        self.add_event_handler("ssl_invalid_chain", lambda e: report("refused", text=str(e)))
        self.add_event_handler("disconnected", self.lost)
        self.add_event_handler("carbon_received", lambda m: self.carbon("received", m["carbon_received"]))
        self.add_event_handler("carbon_sent", lambda m: self.carbon("sent", m["carbon_sent"]))
        self.add_event_handler("roster_update", self.contacts)
        self.register_handler(Callback("every presence", StanzaPath("presence"), self.presence))
        self.register_handler(Callback("every message", StanzaPath("message"), self.message))

    def credentials_without_binding(self, required, optional):
        """slixmpp knows tls-unique alone, which TLS 1.3 does not have: say so, instead of claiming it can bind."""
        values = self["feature_mechanisms"]._default_credentials(required, optional)
        values["channel_binding"] = None
        return values

    def open(self):
        direct = self.login["Via"] == "tls"
        self.connect(("127.0.0.1", self.login["Port"]), use_ssl=direct, force_starttls=not direct, disable_starttls=direct)

    async def started(self, _):
        self.send_presence()
        await self.get_roster()
        await self["xep_0280"].enable()
        report("online", mechanism=self["feature_mechanisms"].mech.name, client="slixmpp " + slixmpp.__version__,
               to=self.boundjid.full)

    def lost(self, reason):
        report("lost", text=str(reason))
        if self.leaving:
            sys.exit(0)
        self.open()

    def presence(self, p):
        kind = p._get_attr("type")
        profile = p.xml.find("{urn:plenum:profile:0}profile")
        report("presence", p["from"], type=kind, show=p["show"] if p["show"] != kind else "", status=p["status"],
               text="" if profile is None else " ".join(profile.get(a, "") for a in ("name", "icon", "colour")))

    def contacts(self, iq):
        """Tell of contacts that came, changed or went."""
        for jid, item in iq["roster"]["items"].items():
            report("contact", jid, type=item["subscription"], text=item["name"], lines=sorted(item["groups"]))

    async def disco(self, jid):
        info = (await self["xep_0030"].get_info(jid))["disco_info"]
        report("disco", jid, text=" ".join("/".join(i[:2]) for i in info["identities"]), lines=sorted(info["features"]))

    def message(self, m):
        if not m["body"] or m.xml.find("{urn:xmpp:mam:2}result") is not None:
            return
        self.entry(m, "delayed" if m.xml.find("{urn:xmpp:delay}delay") is not None else "")

    def carbon(self, way, m):
        if m["body"]:
            self.entry(m, way)

    def entry(self, m, how):
        report("message", m["from"], to=str(m["to"]), type=m["type"], body=m["body"], id=m["stanza_id"]["id"] or "", how=how)

    async def join(self, room, nick):
        """Enter a room; a new one is opened with its default configuration."""
        joined = await self["xep_0045"].join_muc_wait(room, nick, maxstanzas=20)
        if 201 in joined[0]["muc"]["status_codes"]:
            form = self["xep_0004"].make_form("submit")
            await self["xep_0045"].set_room_config(room, form)
        report("joined", room)

    async def history(self, with_jid, after):
        archive = self["xep_0313"]
        options = {"with_jid": slixmpp.JID(with_jid) if with_jid else None}
        async for result in archive.iterate(rsm={"max": 10, "after": after} if after else {"max": 10}, **options):
            forwarded = result["mam_result"]["forwarded"]["stanza"]
            if forwarded["body"]:
                report("message", forwarded["from"], to=str(forwarded["to"]), body=forwarded["body"],
                       id=result["mam_result"]["id"], how="archive")
        report("history")

    async def form(self, room):
        """Tell the configuration of a room as its owner sees it."""
        form = await self["xep_0045"].get_room_config(room)
        values = {f["var"]: f.xml.findtext("{jabber:x:data}value") or "" for f in form if f["var"]}
        report("form", room, text=json.dumps(values))

    async def configure(self, room, values):
        """Change some fields of a room's configuration."""
        iq = self.make_iq_set(ito=room)
        query = ET.SubElement(iq.xml, "{http://jabber.org/protocol/muc#owner}query")
        x = ET.SubElement(query, "{jabber:x:data}x", type="submit")
        for var, value in {"FORM_TYPE": "http://jabber.org/protocol/muc#roomconfig", **values}.items():
            ET.SubElement(ET.SubElement(x, "{jabber:x:data}field", var=var), "{jabber:x:data}value").text = value
        await iq.send()
        report("configured", room)

    async def command(self, node, values):
        """Carry out an ad-hoc command of one's own account: its form, then its notes."""
        ns = "{http://jabber.org/protocol/commands}"
        iq = self.make_iq_set(ito=self.boundjid.bare)
        ET.SubElement(iq.xml, ns + "command", node=node)
        asked = (await iq.send()).xml.find(ns + "command")
        report("command form", node, text=asked.findtext(".//{jabber:x:data}instructions") or "")
        iq = self.make_iq_set(ito=self.boundjid.bare)
        command = ET.SubElement(iq.xml, ns + "command", node=node, sessionid=asked.get("sessionid"), action="complete")
        x = ET.SubElement(command, "{jabber:x:data}x", type="submit")
        for var, value in values.items():
            ET.SubElement(ET.SubElement(x, "{jabber:x:data}field", var=var), "{jabber:x:data}value").text = value
        done = (await iq.send()).xml.find(ns + "command")
        report("command", node, lines=[note.get("type") + ": " + note.text for note in done.iter(ns + "note")])

    async def remove(self, room, nick, reason):
        await self["xep_0045"].set_role(room, nick, "none", reason=reason)

    async def admit(self, room, jid):
        await self["xep_0045"].set_affiliation(room, "member", jid=jid)
        report("admitted", jid)

    def obey(self, order):
        do, to = order["do"], order.get("to", "")
        if do == "add":
            self.send_presence_subscription(to, ptype="subscribe")
        elif do == "show":
            self.send_presence(pshow=order.get("show") or None, pstatus=order.get("status") or None)
        elif do == "chat":
            self.send_message(to, order["body"], mtype="chat")
        elif do == "join":
            background(self.join(slixmpp.JID(to), order["nick"]))
        elif do == "say":
            self.send_message(to, order["body"], mtype="groupchat")
        elif do == "form":
            background(self.form(slixmpp.JID(to)))
        elif do == "configure":
            background(self.configure(slixmpp.JID(to), order["form"]))
        elif do == "admit":
            background(self.admit(slixmpp.JID(to), slixmpp.JID(order["nick"])))
        elif do == "remove":
            background(self.remove(slixmpp.JID(to), order["nick"], order["body"]))
        elif do == "command":
            background(self.command(to, order["form"]))
        elif do == "disco":
            background(self.disco(slixmpp.JID(to)))
        elif do == "raw":
            self.send_raw(order["body"])
        elif do == "history":
            background(self.history(to, order.get("after")))
        elif do == "quit":
            self.leaving = True
            self.disconnect()


async def main():
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    client = None
    while line := await orders.readline():
        order = json.loads(line)
        if order["do"] == "login":
            client = Client(order["login"])
            client.open()
        else:
            client.obey(order)
    os._exit(0)


logging.basicConfig(level=os.environ.get("CLIENT_LOG", "ERROR"))
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
