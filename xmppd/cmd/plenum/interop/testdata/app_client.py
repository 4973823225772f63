"""An app made of slixmpp, by docs/apps.md alone: it watches calls and controls them, and fills in forms. Orders and reports are JSON objects, one a line."""

import asyncio
import json
import logging
import os
import sys
from xml.etree import ElementTree as ET

import slixmpp
from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

APP = "urn:plenum:app:0"
FORM = "jabber:x:data"
COMMANDS = "http://jabber.org/protocol/commands"


def tag(name, space=APP):
    return "{%s}%s" % (space, name)


def report(is_, from_="", **event):
    print(json.dumps({"is": is_, "from": str(from_), **event}), flush=True)


class App(slixmpp.ClientXMPP):
    def __init__(self, login):
        super().__init__(login["JID"], login["Password"], plugin_config={"feature_mechanisms": {"sasl_callback": self.unbound}})
        self.login, self.ca_certs = login, login["CA"]
        self.calls, self.number = {}, 0
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_all_auth", lambda _: report("refused"))
        self.register_handler(Callback("events", MatchXPath("{jabber:client}message/" + tag("event")), self.changed))

    def unbound(self, required, optional):
        """slixmpp claims that it can bind to TLS 1.3, and cannot."""
        values = self["feature_mechanisms"]._default_credentials(required, optional)
        values["channel_binding"] = None
        return values

    def open(self):
        self.connect(("127.0.0.1", self.login["Port"]), use_ssl=True, force_starttls=False, disable_starttls=True)

    async def started(self, _):
        self.send_presence()
        report("online", client="slixmpp " + slixmpp.__version__, to=self.boundjid.full)

    async def ask(self, kind, payload):
        """Send a request to the own account; the payload of the answer comes back."""
        iq = self.make_iq(itype=kind)
        iq.append(payload)
        answer = await iq.send()
        return next(iter(answer.xml), None)

    async def watch(self, scope):
        snapshot = await self.ask("get", ET.Element(tag("snapshot"), scope=scope))
        self.number, self.calls = int(snapshot.get("n")), {}
        report("snapshot", text=snapshot.find(tag("self")).get("name"), lines=[part.tag.partition("}")[2] for part in snapshot])
        for call in snapshot.find(tag("calls")):
            self.call(call)

    def changed(self, message):
        event = message.xml.find(tag("event"))
        self.number += 1
        if int(event.get("n")) != self.number:
            report("gap", text=event.get("n"))
        for part in event:
            if part.tag == tag("call"):
                self.call(part)
            elif part.tag == tag("forward"):
                report("forward", text=(part.get("target") or "") + " " + (part.get("active") or "false"))
            elif part.tag == tag("profiles"):
                report("profile", text=part.get("active"))
            elif part.tag == tag("locations"):
                report("location", text=part.get("at") or "")
            elif part.tag == tag("voicemail"):
                boxes = [part, *part.findall(tag("team"))]
                report("voicemail", text=", ".join("%s %s/%s" % (b.get("name") or "own", b.get("new"), b.get("old")) for b in boxes))
            elif part.tag == tag("entry"):
                report("entry", id=part.get("id"), text=" ".join(part.get(a) or "-" for a in ("direction", "number", "via", "result")))

    def call(self, call):
        if call.get("over"):
            self.calls.pop(call.get("id"), None)
            report("call", id=call.get("id"), text="over")
            return
        self.calls[call.get("id")] = call
        parties = ["%s %s" % ((p.get("user") or p.get("number") or "?").partition("@")[0], p.get("doing")) for p in call]
        report("call", id=call.get("id"), text=", ".join(parties))

    def leg(self, call, user):
        for party in self.calls[call]:
            if (party.get("user") or "").partition("@")[0] == user:
                return party.get("leg")
        return "?"

    async def carry_out(self, order):
        do, call = order["do"], order.get("id", "")
        if do == "watch":
            await self.watch(order["to"])
        elif do == "move":
            await self.ask("set", ET.Element(tag("transfer"), call=call, leg=self.leg(call, order["nick"]), to=order["to"]))
        elif do == "end":
            await self.ask("set", ET.Element(tag("hangup"), call=call))
        elif do == "set":
            answer = await self.ask("set", ET.fromstring(order["body"]))
            call = answer.get("id") if answer is not None else ""
        elif do == "command":
            await self.command(order["to"], json.loads(order["body"]))
            return
        report("done", id=call, text=do)

    async def command(self, node, steps):
        """Execute an ad-hoc command, filling in one form after the other. An option may be named by its label."""
        answer = await self.ask("set", ET.Element(tag("command", COMMANDS), node=node, action="execute"))
        for fields in steps:
            form = answer.find(tag("x", FORM))
            labels = [f.get("label") for f in form.findall(tag("field", FORM)) if f.get("label")]
            report("form", text=form.findtext(tag("title", FORM)), lines=labels)
            command = ET.Element(tag("command", COMMANDS), node=node, sessionid=answer.get("sessionid"))
            x = ET.SubElement(command, tag("x", FORM), type="submit")
            for var, value in fields.items():
                for option in form.iter(tag("option", FORM)):
                    if option.get("label") == value:
                        value = option.findtext(tag("value", FORM))
                ET.SubElement(ET.SubElement(x, tag("field", FORM), var=var), tag("value", FORM)).text = value
            answer = await self.ask("set", command)
        report("command", id=node, how=answer.get("status"), lines=[n.text for n in answer.findall(tag("note", COMMANDS))])

    async def obey(self, order):
        try:
            await self.carry_out(order)
        except IqError as e:
            report("error", id=order.get("id", ""), text=e.condition, body=e.text)
        except Exception as e:
            print(repr(e), file=sys.stderr, flush=True)


async def main():
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    app = None
    while line := await orders.readline():
        order = json.loads(line)
        if order["do"] == "login":
            app = App(order["login"])
            app.open()
        else:
            await app.obey(order)
    os._exit(0)


logging.basicConfig(level=os.environ.get("CLIENT_LOG", "ERROR"))
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
