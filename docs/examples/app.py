#!/usr/bin/env python3
"""An app for Plenum, made of slixmpp (1.8 or newer) by docs/apps.md alone. It shows what happens on standard output and takes commands, one a line, on
standard input. The password is in the environment variable PASSWORD, or is asked for.

    app.py romeo@example.org                 one's own calls, teams, devices …
    app.py romeo@example.org --scope all     everybody's: needs the permission xmpp.supervisor

    dial NUMBER [DEVICE]    answer [CALL]      hangup [CALL]     hold [CALL]      resume [CALL]
    transfer CALL NUMBER    join CALL CALL     pickup [NUMBER]   take CALL        outgoing DEVICE
    profile ID              location ID|none   forward NUMBER|on|off|none         seen
    switch ID [on|off]
    ring DEVICE CLASS DELAY|off                team ID login|logout|unpause       team ID pause REASON
    move CALL USER NUMBER   for USER COMMAND…  (supervisors)                      again
"""

import argparse
import asyncio
import getpass
import os
import sys
from xml.etree import ElementTree as ET

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

NS = "urn:plenum:app:0"


def tag(name):
    return "{%s}%s" % (NS, name)


def request(name, **attributes):
    """An element of the namespace; attributes that are None are left out. `for` is a word of Python: it is written for_."""
    return ET.Element(tag(name), {k.rstrip("_"): v for k, v in attributes.items() if v is not None})


def show(*words):
    print(*words, flush=True)


class App(slixmpp.ClientXMPP):
    def __init__(self, jid, password, scope):
        super().__init__(jid, password, plugin_config={"feature_mechanisms": {"sasl_callback": self.no_channel_binding}})
        self.scope = scope
        self.n = None  # of the last event; None until there is a snapshot
        self.parts = {}  # the parts as they are now, by name
        self.calls, self.teams, self.entries, self.numbers = {}, {}, {}, {}  # by ID
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_all_auth", lambda _: show("refused"))
        self.add_event_handler("disconnected", lambda _: self.lost())
        self.register_handler(Callback("app events", MatchXPath("{jabber:client}message/" + tag("event")), self.changed))

    def no_channel_binding(self, required, optional):
        """slixmpp offers a channel binding that it cannot do with TLS 1.3."""
        values = self["feature_mechanisms"]._default_credentials(required, optional)
        values["channel_binding"] = None
        return values

    # What there is.

    async def started(self, _):
        """A new session has been told nothing: ask for everything. (After a resumption by XEP-0198 this is not called, and events go on.)"""
        self.send_presence()
        await self.ask_all()

    def lost(self):
        self.n = None
        show("disconnected")

    async def ask_all(self):
        self.n = None  # events of before are in the snapshot that comes
        snapshot = await self.ask("get", request("snapshot", scope=self.scope, numbers="true"))
        self.parts, self.calls, self.teams, self.entries, self.numbers = {}, {}, {}, {}, {}
        for part in snapshot:
            name = part.tag.partition("}")[2]
            if name in ("calls", "teams", "journal"):
                for one in part:
                    self.take(one)
            else:
                self.take(part)
        self.n = int(snapshot.get("n"))
        me = self.parts["self"]
        show("snapshot", me.get("name"), me.get("extension") or "-", "profile=" + self.parts["profiles"].get("active"))

    def changed(self, message):
        event = message.xml.find(tag("event"))
        if self.n is None or message["from"].bare != self.boundjid.bare:
            return
        self.n += 1
        if int(event.get("n")) != self.n:  # one was lost
            show("gap")
            asyncio.ensure_future(self.ask_all())
            return
        for part in event:
            self.take(part)

    def take(self, part):
        """Put a part in the place of what was known. What is not known is passed over: there will be more."""
        name, id_ = part.tag.partition("}")[2], part.get("id")
        if name == "numbers":
            self.numbers = {}
            for one in part:
                self.take(one)
            return
        if name == "number":
            self.keep(self.numbers, part.get("user") or part.get("team"), part)
        elif name == "call":
            self.keep(self.calls, id_, part)
            show("call", id_, "over" if part.get("over") else ", ".join(self.party(p) for p in part))
            return
        elif name == "team":
            self.keep(self.teams, id_, part)
            if not part.get("over"):
                members = ["%s=%s" % (m.get("jid").partition("@")[0], m.get("doing")) for m in part.findall(tag("member"))]
                show("team", id_, part.get("name"), *members, "waiting=%d" % len(part.findall(tag("caller"))))
            return
        elif name == "entry":
            self.keep(self.entries, id_, part)
        else:
            self.parts[name] = part
        show(name, *["%s=%s" % item for item in part.items()])

    @staticmethod
    def keep(known, key, part):
        if part.get("over"):
            known.pop(key, None)
        else:
            known[key] = part

    @staticmethod
    def party(p):
        who = (p.get("user") or p.get("number") or "?").partition("@")[0]
        return "%s %s%s" % (who, p.get("doing"), " holds" if p.get("holds") else "")

    # What is to be done.

    async def ask(self, kind, payload):
        """Send a request to the own account; the payload of the answer comes back."""
        iq = self.make_iq(itype=kind)
        iq.append(payload)
        answer = await iq.send()
        return next(iter(answer.xml), None)

    def element(self, words):
        """The element for a command line."""
        do, rest = words[0], words[1:]
        first, second = (rest + [None, None])[:2]
        if do == "for":
            payload = self.element(rest[1:])
            payload.set("for", first)
            return payload
        if do in ("answer", "hangup", "hold", "resume"):
            return request(do, call=first)
        if do == "dial":
            return request("dial", number=first, device=second)
        if do == "transfer":
            return request("transfer", call=first, to=second)
        if do == "join":
            return request("transfer", call=first, with_=second)
        if do == "move":  # take USER out of CALL, and connect the other with NUMBER
            legs = [p.get("leg") for p in self.calls[first] if (p.get("user") or "").partition("@")[0] == second]
            return request("transfer", call=first, leg=legs[0] if legs else "?", to=rest[2])
        if do == "pickup":
            return request("pickup", from_=first)
        if do == "take":
            return request("pickup", call=first)
        if do == "outgoing":
            return request("outgoing", device=first)
        if do == "profile":
            return request("profile", id=first)
        if do == "location":
            return request("location", id=None if first == "none" else first)
        if do == "forward":
            if first in ("on", "off"):
                return request("forward", active="true" if first == "on" else "false")
            return request("forward", target="" if first == "none" else first)
        if do == "switch":
            return request("switch", id=first, on={"on": "true", "off": "false"}.get(second))
        if do == "ring":
            payload = request("followme", device=first)
            on = rest[2] != "off"
            payload.append(request("timer", class_=second, enabled=str(on).lower(), delay=rest[2] if on else None))
            return payload
        if do == "team":
            return request("team", id=first, do=second, reason=rest[2] if second == "pause" else None)
        return request(do)

    async def obey(self, line):
        words = line.split()
        if not words:
            return
        try:
            if words[0] == "again":
                return await self.ask_all()
            answer = await self.ask("set", self.element(words))
            show("ok", words[0], *([answer.get("id")] if answer is not None and answer.get("id") else []))
            for step in answer if answer is not None else []:
                show("step", step.get("outcome"), step.text)
        except IqError as e:  # the condition is for programs, the text for people
            show("error", words[0], e.condition, e.text)
        except IqTimeout:
            show("error", words[0], "no-answer")
        except (KeyError, IndexError, TypeError):
            show("error", words[0], "see app.py --help")


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jid")
    parser.add_argument("--scope", choices=["own", "all"], default="own")
    parser.add_argument("--server", metavar="HOST:PORT", help="where direct TLS is; by default what the DNS says")
    parser.add_argument("--ca", metavar="FILE", help="the certificate of a server that has one of its own")
    options = parser.parse_args()
    app = App(options.jid, os.environ.get("PASSWORD") or getpass.getpass(), options.scope)
    app.ca_certs = options.ca
    if options.server:
        host, _, port = options.server.rpartition(":")
        app.connect((host, int(port)), use_ssl=True, force_starttls=False, disable_starttls=True)
    else:
        app.connect()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        await app.obey(line.decode())
    app.disconnect()
    await asyncio.sleep(0.5)


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main())
