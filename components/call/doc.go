// Package call is where Jingle, SIP, conferences and services like voicemail meet: the parts of a call, what they say to each other,
// and the machine that a call between two parties runs on. It knows no protocol.
//
// A [Leg] is one party's part in a call, brought by an edge: a Jingle session, a SIP dialog, a port of a conference, a voicemail
// recorder. It reports to its owner by posting each [Event] to the [Sink] it was given, and is told what to do by [Leg.Send]. Its media
// half is a [media.Endpoint].
//
//	edge ── Incoming(leg, offer) ─▶ owner      an edge brings a leg; the owner answers with a sink, or an error of a kind
//	edge ◀─ Dial(id, offer, sink) ─ owner      an owner asks an edge for a leg
//	edge ─── Event ───────────────▶ sink       Ringing, Answered, DTMF, Ended{Reason}, …
//	edge ◀── Command ────────────── owner      Ring, Answer, Hold, Hangup{Reason}, …
//
// Owners are conferences, which have a machine of their own, and telephony, which owns a [Call]: one caller, whoever is rung for him, and
// the two who talk. [Call.Step] is pure: events and the time go in, orders come out, timers are data ([Call.Next]). What a number
// means, which devices ring and what happens when nobody answers is decided outside and comes in as [Dial]. A [Runner] carries a
// Call's orders out on real legs. A [Pipe] makes a party that can be dialled of whoever takes legs that come in.
//
// # What a leg keeps to
//
// Ended is the last event of a leg, whoever ended it, and there is exactly one. Hangup is the last command. Commands that do not fit the
// leg's state are ignored: they may have crossed an event.
package call
