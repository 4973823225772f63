// Package stack carries SIP messages: transports, transactions, and one mailbox for each Call-ID.
//
// A message is read by a [Flow]'s reader, filtered, parsed, checked, and put into the mailbox of its Call-ID. There, and nowhere else, live
// the transactions of that Call-ID, and there handlers run: one at a time, in the order of arrival. So a dialog needs no lock, and an ACK
// cannot overtake its INVITE. Whoever owns a dialog holds its mailbox ([Stack.Hold]) and posts to it from elsewhere ([Stack.Post]).
//
// Messages are those of sipgo. Its transports and transactions are not used: they hand every message to a goroutine of its own.
//
// Spec: RFC 3261 partial: no proxy, no redirect server, no multicast; long requests stay on UDP where that is the only way
// Spec: RFC 3581 complete
// Spec: RFC 6026 complete
// Spec: RFC 7118 complete
// Spec: RFC 3263 partial: no NAPTR
package stack
