"""A client made of slixmpp and aiortc that calls, and is called, with Jingle: it takes one JSON object a line as order and prints what
it sees the same way. It sends a tone and a picture, and says which tone it hears. Who is called answers by itself."""

import asyncio
import fractions
import json
import os
import sys
import time
import uuid
from xml.etree import ElementTree as ET

import aiortc
import av
import numpy
import slixmpp
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription, sdp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

JINGLE = "urn:xmpp:jingle:1"
RTP = "urn:xmpp:jingle:apps:rtp:1"
FEEDBACK = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0"
EXTENSIONS = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0"
SOURCES = "urn:xmpp:jingle:apps:rtp:ssma:0"
ICE = "urn:xmpp:jingle:transports:ice-udp:1"
DTLS = "urn:xmpp:jingle:apps:dtls:0"
GROUPING = "urn:xmpp:jingle:apps:grouping:0"
SERVICES = "urn:xmpp:extdisco:2"
MESSAGE = "urn:xmpp:jingle-message:0"
NICK = "http://jabber.org/protocol/nick"
TONES = (350, 440, 550, 660, 880, 1100)  # those that are listened for, Hz


def report(is_, /, **event):
    print(json.dumps({"is": is_, **event}), flush=True)


def element(space, name, /, **attributes):
    return ET.Element("{%s}%s" % (space, name), {k.replace("_", "-"): str(v) for k, v in attributes.items() if v is not None})


class Tone(aiortc.MediaStreamTrack):
    """A sine, 20 ms at a time."""

    kind = "audio"
    rate, samples = 48000, 960

    def __init__(self, hz):
        super().__init__()
        self.hz, self.n, self.start = hz, 0, None

    async def recv(self):
        self.start = self.start or time.monotonic()
        await asyncio.sleep(max(0, self.start + self.n * self.samples / self.rate - time.monotonic()))
        at = (numpy.arange(self.samples) + self.n * self.samples) / self.rate
        pcm = (8000 * numpy.sin(2 * numpy.pi * self.hz * at)).astype(numpy.int16)
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = self.rate, self.n * self.samples, fractions.Fraction(1, self.rate)
        self.n += 1
        return frame


class Bar(aiortc.VideoStreamTrack):
    """A bar that wanders over a picture of 320 x 180."""

    async def recv(self):
        pts, base = await self.next_timestamp()
        picture = numpy.zeros((180, 320, 3), numpy.uint8)
        picture[:, (pts // 3000 * 4) % 300 :][:, :20] = (40, 200, 90)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = pts, base
        return frame


class Ear:
    """Listens to half seconds of sound, and says what it hears: a tone, something else, or nothing."""

    def __init__(self):
        self.pcm, self.last, self.windows, self.packets = numpy.zeros(0), None, {}, 0

    def hear(self, frame):
        self.packets += 1
        pcm = frame.to_ndarray().reshape(-1)
        pcm = pcm[:: len(frame.layout.channels)].astype(float)
        self.pcm = numpy.append(self.pcm, pcm)
        half = frame.sample_rate // 2
        while len(self.pcm) >= half:
            window, self.pcm = self.pcm[:half], self.pcm[half:]
            what = self.name(window, frame.sample_rate)
            self.windows[what] = self.windows.get(what, 0) + 1
            if what != self.last:
                self.last = what
                report("heard", text=what)

    @staticmethod
    def name(window, rate):
        power = float(numpy.mean(window * window))
        if power < 100:
            return "silence"
        at = numpy.arange(len(window)) / rate
        found = [hz for hz in TONES if 2 * abs(numpy.mean(window * numpy.exp(-2j * numpy.pi * hz * at))) ** 2 > 0.2 * power]
        return "+".join(map(str, found)) or "sound"


class Keys:
    """Keys as events among the packets of sound (RFC 4733), of which aiortc knows nothing: they are put into what it sends and taken out of what it gets."""

    names = "0123456789*#ABCD"
    held, last = 5, 3  # packets while a key is down, and that say that it is up

    def __init__(self):
        self.numbers = {8000: 125, 48000: 126}  # payload types, by clock
        self.waiting, self.sent, self.since, self.told = [], 0, 0, None

    def learn(self, description):
        """The payload types are those of the offer."""
        offered = [p for p in description.findall("{%s}payload-type" % RTP) if p.get("name") == "telephone-event"]
        self.numbers = {int(p.get("clockrate", "8000")): int(p.get("id")) for p in offered}

    def payloads(self):
        return [element(RTP, "payload-type", id=number, name="telephone-event", clockrate=clock) for clock, number in self.numbers.items()]

    def attach(self, transport):
        send, receive = transport._send_rtp, transport._handle_rtp_data

        async def sending(data):
            await send(self.replace(data))

        async def receiving(data, arrival_time_ms):
            if data[1] & 127 in self.numbers.values():
                self.take(data)
            else:
                await receive(data, arrival_time_ms)

        transport._send_rtp, transport._handle_rtp_data = sending, receiving

    @staticmethod
    def start(data):
        """Where the payload begins."""
        at = 12 + 4 * (data[0] & 15)
        return at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big") if data[0] & 16 else at

    def replace(self, data):
        clock = {0: 8000, 8: 8000}.get(data[1] & 127, 48000)
        if not self.waiting or 192 <= data[1] <= 223 or clock not in self.numbers:
            return data
        first = self.sent == 0
        if first:
            self.since = data[4:8]
        self.sent += 1
        event = self.names.index(self.waiting[0]), 10 | 128 * (self.sent > self.held), *(min(self.sent, self.held) * clock // 50).to_bytes(2, "big")
        if self.sent == self.held + self.last:
            self.waiting, self.sent = self.waiting[1:], 0
        return bytes((data[0], self.numbers[clock] | 128 * first)) + data[2:4] + self.since + data[8 : self.start(data)] + bytes(event)

    def take(self, data):
        code, state = data[self.start(data) :][:2]
        if state & 128 and self.told != data[4:8]:
            self.told = data[4:8]
            report("key", text=self.names[code])


class Call:
    def __init__(self, client, peer, sid, initiator, options):
        self.client, self.peer, self.sid, self.initiator = client, peer, sid, initiator
        self.options = options  # of the order: tone, way, video, bundle
        self.pc, self.ear, self.frames, self.names, self.keys = None, Ear(), 0, [], Keys()

    async def open(self):
        servers = []
        if way := self.options.get("way"):
            servers = [await self.client.relay(way)]
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self.pc.on("track", self.listen)
        self.pc.on("connectionstatechange", lambda: report("connection", text=self.pc.connectionState))
        self.pc.addTrack(Tone(float(self.options.get("tone", "440"))))
        if self.options.get("video"):
            self.pc.addTrack(Bar())

    def listen(self, track):
        self.client.background(self.take(track))

    async def take(self, track):
        try:
            while True:
                frame = await track.recv()
                if track.kind == "audio":
                    self.ear.hear(frame)
                else:
                    self.frames += 1
                    if self.frames in (1, 25):
                        report("frames", text=str(self.frames))
        except aiortc.mediastreams.MediaStreamError:
            pass

    def candidates(self, ice):
        """With a way, those of the relay alone."""
        return [c for c in ice if not self.options.get("way") or c.type == "relay"]

    def contents(self):
        """The local description as Jingle says it."""
        out, numbers = [], {}
        described = sdp.SessionDescription.parse(self.pc.localDescription.sdp)
        for m in described.media:
            content = element(JINGLE, "content", creator="initiator", name=self.name_of(m.rtp.muxId), senders="both")
            description = element(RTP, "description", media=m.kind)
            for codec in m.rtp.codecs:
                payload = element(RTP, "payload-type", id=codec.payloadType, name=codec.mimeType.split("/")[1], clockrate=codec.clockRate, channels=codec.channels)
                for key, value in codec.parameters.items():
                    payload.append(element(RTP, "parameter", name=key, value=value))
                for fb in codec.rtcpFeedback:
                    payload.append(element(FEEDBACK, "rtcp-fb", type=fb.type, subtype=fb.parameter))
                description.append(payload)
            description.extend(self.keys.payloads() if m.kind == "audio" else [])
            for x in m.rtp.headerExtensions:
                if numbers.setdefault(x.id, x.uri) != x.uri:
                    continue  # aiortc gives numbers for each medium, which contents that are grouped must not (RFC 8843 section 8.1.3)
                description.append(element(EXTENSIONS, "rtp-hdrext", id=x.id, uri=x.uri))
            for source in m.ssrc:
                s = element(SOURCES, "source", ssrc=source.ssrc)
                s.append(element(SOURCES, "parameter", name="cname", value=source.cname))
                description.append(s)
            for group in m.ssrc_group:
                g = element(SOURCES, "ssrc-group", semantics=group.semantic)
                for ssrc in group.items:
                    g.append(element(SOURCES, "source", ssrc=ssrc))
                description.append(g)
            description.append(element(RTP, "rtcp-mux"))
            content.append(description)
            transport = element(ICE, "transport", ufrag=m.ice.usernameFragment, pwd=m.ice.password)
            for f in m.dtls.fingerprints:
                print_ = element(DTLS, "fingerprint", hash=f.algorithm, setup={"auto": "actpass", "client": "active", "server": "passive"}[m.dtls.role])
                print_.text = f.value
                transport.append(print_)
            for n, c in enumerate(self.candidates(m.ice_candidates)):
                transport.append(element(
                    ICE, "candidate", component=c.component, foundation=c.foundation[:32], generation=0, id="c%d" % n, ip=c.ip, network=0, port=c.port,
                    priority=c.priority, protocol=c.protocol, type=c.type, rel_addr=c.relatedAddress, rel_port=c.relatedPort))
            content.append(transport)
            out.append(content)
        if self.options.get("bundle", "1") == "1" and len(out) > 1:
            group = element(GROUPING, "group", semantics="BUNDLE")
            for content in out:
                group.append(element(GROUPING, "content", name=content.get("name")))
            out.append(group)
        return out

    def name_of(self, mid):
        """Contents keep the names that who calls gave them; aiortc's own are numbers."""
        return self.names[int(mid)] if self.names else "media" + mid

    def text(self, jingle, kind):
        """What the peer says in Jingle, as SDP. Contents stand in the order of ours."""
        found = {c.get("name"): c for c in jingle.findall("{%s}content" % JINGLE)}
        if not self.names:
            self.names = list(found)
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
        if (group := jingle.find("{%s}group" % GROUPING)) is not None:
            order = [c.get("name") for c in group]
            lines.append("a=group:BUNDLE " + " ".join(str(self.names.index(n)) for n in order))
        first = None
        for index, name in enumerate(self.names):
            content = found[name]
            d, t = content.find("{%s}description" % RTP), content.find("{%s}transport" % ICE)
            if t.get("ufrag") is None:
                t = first
            first = first if first is not None else t
            payloads = d.findall("{%s}payload-type" % RTP)
            senders = content.get("senders", "both")
            theirs = "responder" if kind == "answer" else "initiator"
            direction = {"both": "sendrecv", "none": "inactive"}.get(senders, "sendonly" if senders == theirs else "recvonly")
            lines += ["m=%s 9 UDP/TLS/RTP/SAVPF %s" % (d.get("media"), " ".join(p.get("id") for p in payloads)), "c=IN IP4 0.0.0.0",
                      "a=" + direction, "a=mid:%d" % index, "a=rtcp-mux"]
            for x in d.findall("{%s}rtp-hdrext" % EXTENSIONS):
                lines.append("a=extmap:%s %s" % (x.get("id"), x.get("uri")))
            for p in payloads:
                channels = "/" + p.get("channels") if p.get("channels", "1") != "1" else ""
                lines.append("a=rtpmap:%s %s/%s%s" % (p.get("id"), p.get("name"), p.get("clockrate"), channels))
                parameters = ["%s=%s" % (x.get("name"), x.get("value")) if x.get("name") else x.get("value") for x in p.findall("{%s}parameter" % RTP)]
                if parameters:
                    lines.append("a=fmtp:%s %s" % (p.get("id"), ";".join(parameters)))
                for fb in p.findall("{%s}rtcp-fb" % FEEDBACK) + d.findall("{%s}rtcp-fb" % FEEDBACK):
                    lines.append("a=rtcp-fb:%s %s" % (p.get("id"), " ".join(filter(None, [fb.get("type"), fb.get("subtype")]))))
            for g in d.findall("{%s}ssrc-group" % SOURCES):
                lines.append("a=ssrc-group:%s %s" % (g.get("semantics"), " ".join(s.get("ssrc") for s in g)))
            for s in d.findall("{%s}source" % SOURCES):
                for p in s:
                    lines.append("a=ssrc:%s %s:%s" % (s.get("ssrc"), p.get("name"), p.get("value")))
            lines += ["a=ice-ufrag:" + t.get("ufrag"), "a=ice-pwd:" + t.get("pwd")]
            for f in t.findall("{%s}fingerprint" % DTLS):
                lines += ["a=fingerprint:%s %s" % (f.get("hash"), f.text.strip()), "a=setup:" + f.get("setup")]
            lines += [self.candidate_line(c) for c in t.findall("{%s}candidate" % ICE) if c.get("protocol") == "udp"]
        return RTCSessionDescription("\r\n".join(lines) + "\r\n", kind)

    @staticmethod
    def candidate_line(c):
        line = "a=candidate:%s %s udp %s %s %s typ %s" % tuple(c.get(k) for k in ("foundation", "component", "priority", "ip", "port", "type"))
        if c.get("rel-addr"):
            line += " raddr %s rport %s" % (c.get("rel-addr"), c.get("rel-port"))
        return line

    async def trickled(self, jingle):
        for content in jingle.findall("{%s}content" % JINGLE):
            for c in content.iter("{%s}candidate" % ICE):
                if c.get("protocol") != "udp" or content.get("name") not in self.names:
                    continue
                candidate = sdp.candidate_from_sdp(self.candidate_line(c)[len("a=candidate:"):])
                candidate.sdpMid = str(self.names.index(content.get("name")))
                await self.pc.addIceCandidate(candidate)

    async def dial(self):
        await self.open()
        await self.pc.setLocalDescription(await self.pc.createOffer())
        self.names = ["media" + m.rtp.muxId for m in sdp.SessionDescription.parse(self.pc.localDescription.sdp).media]
        self.attach()
        self.only_relayed()
        await self.client.jingle(self, "session-initiate", *self.contents())
        report("initiated", text=self.sid)

    async def answer(self, jingle):
        await self.open()
        self.keys.learn(next(d for d in jingle.iter("{%s}description" % RTP) if d.get("media") == "audio"))
        await self.pc.setRemoteDescription(self.text(jingle, "offer"))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        self.attach()
        self.only_relayed()
        await self.client.jingle(self, "session-accept", *self.contents())
        report("answered", text=self.sid)

    def attach(self):
        self.keys.attach(next(t for t in self.pc.getTransceivers() if t.kind == "audio").sender.transport)

    def only_relayed(self):
        """With a way, the host's own candidates are not used at all, neither told to the peer nor for checks."""
        if not self.options.get("way"):
            return
        for transceiver in self.pc.getTransceivers():
            ice = transceiver.sender.transport.transport.iceGatherer._connection
            ice._local_candidates = [c for c in ice._local_candidates if c.type == "relay"]
            ice._protocols = [p for p in ice._protocols if p.local_candidate.type == "relay"]
            if not ice._protocols:
                raise ValueError("no relayed candidate")

    async def end(self):
        report("ended", text=self.sid, lines=[json.dumps(self.ear.windows), str(self.frames)])
        if self.pc:
            await self.pc.close()


class Client(slixmpp.ClientXMPP):
    def __init__(self, login):
        super().__init__(login["JID"] + "/" + login["Resource"], login["Password"])
        self.login, self.ca_certs = login, login["CA"]
        os.environ["SSL_CERT_FILE"] = login["CA"]  # for TURN over TLS, whose certificate is checked
        self.calls, self.answering, self.nick, self.proposed = {}, None, {}, {}
        for plugin in ("xep_0030", "xep_0045", "xep_0115", "xep_0199"):
            self.register_plugin(plugin)
        for feature in (JINGLE, MESSAGE, RTP, RTP + ":audio", RTP + ":video", DTLS, ICE):
            self.plugin["xep_0030"].add_feature(feature)
        for kind in ("propose", "ringing", "proceed", "accept", "reject", "retract", "finish"):
            path = MatchXPath("{jabber:client}message/{%s}%s" % (MESSAGE, kind))
            self.register_handler(Callback(kind, path, lambda m, kind=kind: self.background(self.message(kind, m))))
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_all_auth", lambda _: report("refused"))
        self.register_handler(Callback("jingle", MatchXPath("{jabber:client}iq/{%s}jingle" % JINGLE), lambda iq: self.background(self.action(iq))))
        self.add_event_handler("groupchat_message", lambda m: m["body"] and report("read", text=m["body"], **{"from": str(m["from"])}))

    def open(self):
        self.connect(("127.0.0.1", self.login["Port"]), use_ssl=False, force_starttls=True, disable_starttls=False)

    async def started(self, _):
        await self.plugin["xep_0115"].update_caps()
        self.send_presence()
        report("online", client="slixmpp %s with aiortc %s" % (slixmpp.__version__, aiortc.__version__))

    def background(self, work):
        def done(task):
            if not task.cancelled() and task.exception():
                report("failed", text=repr(task.exception()))

        asyncio.ensure_future(work).add_done_callback(done)

    async def relay(self, way):
        """XEP-0215"""
        typ, transport = way.split("/")
        iq = self.make_iq_get(ito=self.boundjid.domain)
        iq.append(element(SERVICES, "services"))
        answer = await iq.send()
        s = next(s for s in answer.xml.iter("{%s}service" % SERVICES) if s.get("type") == typ and s.get("transport") == transport)
        return RTCIceServer("%s:%s:%s?transport=%s" % (typ, s.get("host"), s.get("port"), transport), s.get("username"), s.get("password"))

    async def jingle(self, call, action, *children):
        iq = self.make_iq_set(ito=call.peer)
        jingle = element(JINGLE, "jingle", action=action, sid=call.sid, initiator=call.initiator)
        if action == "session-accept":
            jingle.set("responder", str(self.boundjid))
        jingle.extend(children)
        iq.append(jingle)
        await iq.send()

    async def action(self, iq):
        jingle = iq.xml.find("{%s}jingle" % JINGLE)
        sid, action = jingle.get("sid"), jingle.get("action")
        iq.reply().send()
        report("jingle", text=action)
        call = self.calls.get(sid)
        if action == "session-initiate" and self.answering is not None:
            call = self.calls[sid] = Call(self, str(iq["from"]), sid, jingle.get("initiator") or str(iq["from"]), self.answering)
            await call.answer(jingle)
        elif call and action == "session-accept":
            await call.pc.setRemoteDescription(call.text(jingle, "answer"))
        elif call and action == "transport-info":
            await call.trickled(jingle)
        elif call and action == "session-terminate":
            del self.calls[sid]
            await call.end()

    def say(self, kind, to, sid, *children):
        m = self.make_message(mto=to, mtype="chat")
        m.append(element(MESSAGE, kind, id=sid))
        m.xml[-1].extend(children)
        m.append(element("urn:xmpp:hints", "store"))
        m.send()

    async def message(self, kind, m):
        """XEP-0353"""
        peer, sid = m["from"], m.xml.find("{%s}%s" % (MESSAGE, kind)).get("id")
        if peer == self.boundjid:
            return
        nick = m.xml.find("{%s}nick" % NICK)
        report(kind, text=sid, body=nick.text if nick is not None else "", **{"from": str(peer)})
        if kind == "propose":
            self.say("ringing", peer, sid)
            if self.answering is not None and not self.answering.get("rings"):
                self.accept(peer, sid)
            else:
                self.ringing = peer, sid
        elif kind == "proceed" and sid in self.proposed:
            call = self.calls[sid] = Call(self, str(peer), sid, str(self.boundjid), self.proposed.pop(sid))
            await call.dial()

    def accept(self, peer, sid):
        self.say("accept", self.boundjid.bare, sid)
        self.say("proceed", peer, sid)

    def propose(self, to, options):
        sid = uuid.uuid4().hex
        self.proposed[sid] = options
        self.say("propose", to, sid, element(RTP, "description", media="audio"))

    async def call(self, to, options):
        call = Call(self, to, uuid.uuid4().hex, str(self.boundjid), options)
        self.calls[call.sid] = call
        await call.dial()

    async def hang_up(self):
        calls, self.calls = self.calls, {}
        for call in calls.values():
            reason = element(JINGLE, "reason")
            reason.append(element(JINGLE, "success"))
            await self.jingle(call, "session-terminate", reason)
            await call.end()

    async def enter(self, room, nick):
        self.plugin["xep_0045"].join_muc(room, nick)
        self.add_event_handler("muc::%s::got_online" % room, lambda p: report("occupant", text=p["muc"]["nick"], type=p["status"]))


async def orders():
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    client = None
    while line := await lines.readline():
        order = json.loads(line)
        do, options = order["do"], order.get("form") or {}
        if do == "login":
            client = Client(order["login"])
            client.open()
        elif do == "call":
            client.background(client.call(order["to"], options))
        elif do == "propose":
            client.propose(order["to"], options)
        elif do == "accept":
            client.accept(*client.ringing)
        elif do == "answering":
            client.answering = options
        elif do == "press":
            for call in client.calls.values():
                call.keys.waiting += order["body"]
        elif do == "join":
            client.background(client.enter(order["to"], order["nick"]))
        elif do == "hang up":
            client.background(client.hang_up())
        elif do == "figures":
            for call in client.calls.values():
                report("figures", text=json.dumps({"windows": call.ear.windows, "frames": call.frames, "packets": call.ear.packets}))
    if client:
        for call in client.calls.values():
            await call.pc.close()
        await client.disconnect(wait=1)


asyncio.get_event_loop().run_until_complete(orders())
