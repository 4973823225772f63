package muc_test

import (
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/muc"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// Who attends keeps a temporary room, which ends with him when nobody else is there; who is a member is known.
func TestAttendanceKeepsARoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, m := start(t, xmpptest.Options{}, muc.Config{IdleTimeout: time.Minute}, muc.Doors{})
		room := coven
		romeo := enter(srv.Login("romeo").Available(), "Romeo")
		configure(romeo, "")
		a, err := m.Attend(t.Context(), room, romeo.JID.Bare())
		if err != nil || a.Affiliation != muc.Owner {
			t.Fatalf("%+v, %v", a, err)
		}
		b, err := m.Attend(t.Context(), room, jid.JID{})
		if err != nil || b.Affiliation != muc.None {
			t.Fatalf("a stranger: %+v, %v", b, err)
		}
		romeo.Close()
		time.Sleep(time.Hour)
		if n := m.Loaded(); n != 1 {
			t.Errorf("%d rooms while somebody attends", n)
		}
		a.Release()
		a.Release()
		time.Sleep(time.Hour)
		if n := m.Loaded(); n != 1 {
			t.Errorf("%d rooms while somebody else attends", n)
		}
		b.Release()
		synctest.Wait()
		if n := m.Loaded(); n != 0 {
			t.Errorf("%d rooms when nobody does", n)
		}
		if _, err := m.Attend(t.Context(), room, jid.JID{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a room that is gone: %v", err)
		}
		if _, err := m.Attend(t.Context(), romeo.JID.Bare(), jid.JID{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("no room at all: %v", err)
		}
	})
}
