package main

import (
	"context"
	"regexp"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// What is printed for phones registers, at each start the same; what somebody has changed is not printed.
func TestPhonesOfTheDemonstration(t *testing.T) {
	p, _, printed := consoleOf(t)
	phones := regexp.MustCompile(`(?m)^  sip:(\S+)@localhost +(\S+)  \S+@localhost, 1\d\d$`)
	found := phones.FindAllStringSubmatch(printed, -1)
	if len(found) != demoPhones {
		t.Fatalf("%d phones are printed:\n%s", len(found), printed)
	}
	for i, phone := range found {
		device, ok := p.org.Objects.SIPDevice(phone[1])
		if !ok || device.Owner.Local() != demoUsers[i].login || device.Keys != directory.NewHA1(phone[1], "localhost", phone[2]) {
			t.Errorf("%s: %+v, %v", phone[0], device, ok)
		}
	}
	first, _ := p.org.Objects.SIPDevice(found[0][1])
	if _, err := p.org.Objects.NewSecret(context.Background(), jid.JID{}, first.ID); err != nil {
		t.Fatal(err)
	}
	second, _ := p.org.Objects.SIPDevice(found[1][1])
	if err := p.org.Objects.Delete(context.Background(), jid.JID{}, directory.Devices, second.ID); err != nil {
		t.Fatal(err)
	}
	again, err := demonstrate(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	if left := phones.FindAllStringSubmatch(again, -1); len(left) != 1 || left[0][0] != found[2][0] {
		t.Errorf("at the next start %q are printed, before it was %q", left, found)
	}
	if n := len(p.org.Objects.List(directory.Devices)); n != len(demoUsers)+demoPhones-1 {
		t.Errorf("%d devices", n)
	}
}
