package telephony_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// seats are who sits where in the world. Romeo may sit nowhere.
type seats struct{ *world }

func (s seats) LogIn(_ context.Context, by, who jid.JID, location string) (jid.JID, error) {
	if by == user("romeo") {
		return jid.JID{}, fault.New(fault.Forbidden, "not he")
	}
	s.seats[location] = who.Local()
	return jid.JID{}, nil
}

func (s seats) LogOut(_ context.Context, _, who jid.JID) error {
	for at, sitter := range s.seats {
		if sitter == who.Local() {
			delete(s.seats, at)
		}
	}
	return nil
}

// seatCodes are those of the world: hall1 is a telephone of the hall, and everybody's PIN is 4711.
func (w *world) seatCodes(s telephony.Speaker) []telephony.Code {
	w.seats = map[string]string{}
	return telephony.SeatCodes{
		Speaker: s, Seats: seats{w}, People: w, Guard: telephony.NewGate(quiet{}, slog.New(slog.DiscardHandler)),
		Place:    func(device string) string { return map[string]string{"hall1": "hall"}[device] },
		CheckPIN: func(_ context.Context, _ jid.JID, pin string) (bool, error) { return pin == "4711", nil },
	}.Codes()
}

//
func TestLogInByTelephone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		dials := func(c telephony.Caller, number, keys, said, sits string) {
			t.Helper()
			p := w.incoming(c, number, call.Offer{})
			for _, key := range keys {
				p.does(t, call.DTMF{Key: byte(key)})
			}
			time.Sleep(40 * time.Second)
			synctest.Wait()
			w.reader.was(t, said)
			if w.seats["hall"] != sits {
				t.Errorf("after %s %q sits in the hall", number, w.seats["hall"])
			}
		}
		hall := telephony.Caller{Device: "hall1"} // nobody's, as long as nobody is logged in
		dials(hall, "*4412", "4711#", "voicemail-enter-pin location-in", "juliet")
		hall.User = user("juliet")
		dials(hall, "*44", "", "location-out", "")
		hall.User = jid.JID{}
		dials(hall, "*4413#4711", "", "location-in", "nurse")
		dials(hall, "*4412", "1234#", "voicemail-enter-pin voicemail-wrong", "nurse")
		dials(hall, "*4499", "4711#", "voicemail-enter-pin voicemail-wrong", "nurse") // there is nobody: it sounds the same
		dials(hall, "*4410#4711", "", "location-forbidden", "nurse")
		dials(hall, "*44#4711", "", "code-wrong", "nurse")
		dials(hall, "*44", "", "location-out", "nurse") // of nobody
		dials(telephony.Caller{User: user("juliet"), Device: "juliet1"}, "*4412#4711", "", "location-none", "nurse")
		for range 9 { // and one before
			dials(hall, "*4412#1", "", "voicemail-wrong", "nurse")
		}
		dials(hall, "*4412#4711", "", "too-many-tries", "nurse")
		if _, err := w.tries(hall, "12", call.Offer{}); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a telephone that is nobody's calls somebody: %v", err)
		}
		rows, err := w.Records(t.Context(), telephony.RecordQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if len(r.Dialled) > len("*4412") || r.Dialled != r.Callee.Number {
				t.Errorf("a PIN is kept: %+v", r)
			}
		}
		p := w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "4989*4412#4711", call.Offer{})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		p.was(t, "ring early, hangup: not found") // nobody does that from outside
	})
}
