// Package telephony decides who rings. It owns the calls that are no conferences: those of telephones, of trunks to the public network, and of XMPP
// clients with the numbers of this server.
//
//	phone, trunk, XMPP client ── leg ──▶ Service.Incoming ──▶ a call.Runner, with a machine (machine.go) around a call.Call
//	                                                            │ what was dialled: plan.go
//	                                     Phones, Lines, Clients, Apps ◀── Dial: one leg for each who rings
//
// A number is looked up in memory and gives a plan: steps that are tried one after the other, in each of which several may ring at once. The
// devices of a person are a group: who declines at one declines at all, and who answers first has the call.
//
// The package has no transport. The edges bring legs and are asked for legs through the interfaces in edges.go; services such as an echo test or a
// mailbox are dialled by a [call.Pipe] and see a leg that has come in.
//
// Of each call rows are kept (record.go), one for each party that was looked for; what goes on now can be listed and ended (live.go); what
// the phones of people are doing is told to their contacts by a session of the server's own (state.go).
//
// Spec: RFC 3891 partial: for the telephones of one person, and for calls that ring at a colleague
// Spec: XEP-0100 1.0 partial: for numbers, without registration
package telephony
