// Package events lets phones subscribe to what they show by lamps: whether a colleague is in a call, and whether there are voice messages.
//
// A subscription is a dialog of its own. It lives in the mailbox of its Call-ID, and only there is it touched; what changes elsewhere is posted. A phone
// gets the whole state in each NOTIFY, one after the other: what changes before it has answered goes into the next.
//
// Spec: RFC 6665 partial: as a notifier; no resource lists
// Spec: RFC 4235 partial: the whole state each time, without parameters of targets; calls are named for who may take them alone, and not by their dialogs
// Spec: RFC 3842 complete
package events
