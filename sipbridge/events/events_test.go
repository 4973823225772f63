package events_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/events"
	"plenum/xmppd/jid"
)

func TestALampShowsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, events.Config{})
		p := s.phone
		res := p.subscribe("100", "dialog", "c1", "", "Expires: 600", "Accept: application/dialog-info+xml")
		tag, _ := res.To().Params.Get("tag")
		if res.StatusCode != 200 || res.GetHeader("Expires").Value() != "600" || tag == "" || res.Contact() == nil {
			t.Fatalf("the answer is\n%s", res)
		}
		p.says("at first", "active;expires=600 v0 full sip:100@example.com [100  terminated]")

		time.Sleep(10 * time.Second)
		ring := []events.Dialog{{ID: "d1", State: events.Early, Incoming: true, Number: "+4930", Name: "Romeo & Co."}}
		s.office.set(func() { s.office.dialogs["100"] = ring })
		s.DialogsChanged("100")
		s.DialogsChanged("101")
		s.DialogsChanged("100") // to what it is already
		p.says("when it rings", "active;expires=590 v1 full sip:100@example.com [d1 recipient early Romeo & Co. sip:+4930@example.com]")

		s.office.set(func() {
			s.office.dialogs["100"] = []events.Dialog{{ID: "d1", State: events.Confirmed, Incoming: true}, {ID: "d2", State: events.Trying}}
		})
		s.DialogsChanged("100")
		p.says("at once after that", "")
		s.DialogsChanged("100")
		s.office.set(func() { s.office.dialogs["100"] = []events.Dialog{{ID: "d1", State: events.Confirmed, Incoming: true}} })
		s.DialogsChanged("")
		time.Sleep(2 * time.Second)
		p.says("a second later", "active;expires=589 v2 full sip:100@example.com [d1 recipient confirmed]")
		time.Sleep(time.Minute)
		p.says("as long as nothing happens", "")

		res = p.subscribe("100", "dialog", "c1", tag, "Expires: 300")
		if res.StatusCode != 200 || res.GetHeader("Expires").Value() != "300" {
			t.Errorf("the answer is\n%s", res)
		}
		p.says("after it was refreshed", "active;expires=300 v3 full sip:100@example.com [d1 recipient confirmed]")
		time.Sleep(299 * time.Second)
		p.says("before the end", "")
		if s.Count() != 1 {
			t.Errorf("there are %d subscriptions", s.Count())
		}
		time.Sleep(2 * time.Second)
		p.says("at the end", "terminated;reason=timeout v4 full sip:100@example.com [d1 recipient confirmed]")
		if s.Count() != 0 {
			t.Errorf("there are %d subscriptions", s.Count())
		}
		if res := p.subscribe("100", "dialog", "c1", tag, "Expires: 300"); res.StatusCode != 481 {
			t.Errorf("after the end it is refreshed with %d", res.StatusCode)
		}
	})
}

func TestALampShowsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, events.Config{})
		p := s.phone
		res := p.subscribe("juliet", "message-summary;id=7", "c1", "", "Expires: 100000")
		if res.StatusCode != 200 || res.GetHeader("Expires").Value() != "3600" {
			t.Fatalf("the answer is\n%s", res)
		}
		p.says("without messages", "active;expires=3600 Messages-Waiting: no, Voice-Message: 0/0 (0/0)")
		time.Sleep(time.Minute)
		s.office.set(func() { s.office.messages["juliet"] = events.Messages{Account: "*101", New: 2, Old: 8} })
		s.MessagesChanged(jid.MustParse("romeo@example.com"))
		p.says("when somebody else has some", "")
		s.MessagesChanged(jid.MustParse("juliet@example.com"))
		synctest.Wait()
		p.set(func() {
			if len(p.told) != 1 || p.told[0].GetHeader("Event").Value() != "message-summary;id=7" {
				t.Errorf("told %v", p.told)
			}
		})
		p.says("with messages", "active;expires=3540 Messages-Waiting: yes, Message-Account: sip:*101@example.com, Voice-Message: 2/8 (0/0)")
		tag, _ := res.To().Params.Get("tag")
		if res := p.subscribe("juliet", "message-summary", "c1", tag, "Expires: 0"); res.StatusCode != 481 {
			t.Errorf("of another id it is ended with %d", res.StatusCode)
		}
		if res := p.subscribe("juliet", "message-summary;id=7", "c1", tag, "Expires: 0"); res.StatusCode != 200 || res.GetHeader("Expires").Value() != "0" {
			t.Errorf("it is ended with %d", res.StatusCode)
		}
		p.says("at the end", "terminated;reason=timeout Messages-Waiting: yes, Message-Account: sip:*101@example.com, Voice-Message: 2/8 (0/0)")
		if s.Count() != 0 {
			t.Errorf("there are %d subscriptions", s.Count())
		}
	})
}

func TestAPhoneMayJustAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, events.Config{})
		if res := s.phone.subscribe("100", "dialog", "c1", "", "Expires: 0"); res.StatusCode != 200 {
			t.Errorf("the answer is\n%s", res)
		}
		s.phone.says("once", "terminated;reason=timeout v0 full sip:100@example.com [100  terminated]")
		if s.Count() != 0 {
			t.Errorf("there are %d subscriptions", s.Count())
		}
	})
}

func TestSubscriptionsThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, events.Config{})
		s.office.set(func() { s.office.hidden["101"] = true })
		for i, test := range []struct {
			what, resource, event string
			headers               []string
			want                  int
			header                string
		}{
			{"an event that is not known", "100", "presence", nil, 489, "Allow-Events: dialog, message-summary"},
			{"without an event", "100", "", nil, 489, "Allow-Events: dialog, message-summary"},
			{"a type that is not known", "100", "dialog", []string{"Accept: application/pidf+xml"}, 406, ""},
			{"too short", "100", "dialog", []string{"Expires: 59"}, 423, "Min-Expires: 60"},
			{"no number", "100", "dialog", []string{"Expires: soon"}, 400, ""},
			{"without a contact", "100", "dialog", []string{"Contact: "}, 400, ""},
			{"nobody's extension", "999", "dialog", nil, 404, ""},
			{"somebody who is not to be seen", "101", "dialog", nil, 404, ""},
			{"nobody's mailbox", "romeo", "message-summary", nil, 404, ""},
			{"a phone that is not let in", "100", "dialog", []string{"X-Device: bad"}, 403, ""},
			{"another phone", "100", "dialog", []string{"X-Device: other"}, 404, ""},
		} {
			res := s.phone.subscribe(test.resource, test.event, fmt.Sprint("c", i), "", test.headers...)
			name, value, _ := strings.Cut(test.header, ": ")
			if res.StatusCode != test.want || name != "" && (res.GetHeader(name) == nil || res.GetHeader(name).Value() != value) {
				t.Errorf("%s: the answer is\n%s", test.what, res)
			}
		}
		s.phone.says("of those", "")
		if s.Count() != 0 {
			t.Errorf("there are %d subscriptions", s.Count())
		}
	})
}

func TestSubscriptionsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, events.Config{PerPhone: 2})
		for i := range 3 {
			res := s.phone.subscribe("100", "dialog", fmt.Sprint("c", i), "")
			if want := []int{200, 200, 503}[i]; res.StatusCode != want {
				t.Errorf("number %d is answered by %d", i, res.StatusCode)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := start(t, events.Config{All: 1})
		s.phone.subscribe("100", "dialog", "c1", "")
		if res := s.phone.subscribe("100", "dialog", "c2", ""); res.StatusCode != 503 || res.GetHeader("Retry-After") == nil {
			t.Errorf("the second is answered by\n%s", res)
		}
	})
	for _, bad := range []events.Config{{PerPhone: -1}, {PerPhone: 1001}, {All: -1}, {All: 200001}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestAPhoneThatIsGoneIsNotTold(t *testing.T) {
	for what, change := range map[string]func(*phone){
		"does not know it": func(p *phone) { p.refuse = 481 },
		"does not answer":  func(p *phone) { p.silent = true },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, events.Config{})
				s.phone.subscribe("100", "dialog", "c1", "")
				time.Sleep(time.Minute)
				s.phone.notified()
				s.phone.set(func() { change(s.phone) })
				s.office.set(func() { s.office.dialogs["100"] = []events.Dialog{{ID: "d", State: events.Early}} })
				s.DialogsChanged("100")
				time.Sleep(time.Minute)
				if s.Count() != 0 {
					t.Errorf("there are %d subscriptions", s.Count())
				}
				s.phone.notified()
				s.phone.set(func() { s.phone.refuse, s.phone.silent = 0, false })
				s.DialogsChanged("100")
				s.phone.says("later", "")
			})
		})
	}
}

func TestWhoMayNotSeeItAnyMoreIsToldSo(t *testing.T) {
	for reason, change := range map[string]func(*office){
		"rejected":   func(o *office) { o.hidden["100"] = true },
		"noresource": func(o *office) { delete(o.dialogs, "100") },
	} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, events.Config{})
				s.phone.subscribe("100", "dialog", "c1", "")
				time.Sleep(time.Minute)
				s.phone.notified()
				s.office.set(func() { change(s.office) })
				s.DialogsChanged("")
				s.phone.says("then", "terminated;reason="+reason+" nothing")
			})
		})
	}
}

func TestTheServersEndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, events.Config{})
		s.phone.subscribe("100", "dialog", "c1", "")
		time.Sleep(time.Minute)
		s.phone.notified()
		s.Close()
		s.phone.says("at the end", "terminated;reason=deactivated nothing")
		if res := s.phone.subscribe("100", "dialog", "c2", ""); res.StatusCode != sip.StatusServiceUnavailable {
			t.Errorf("afterwards the answer is %d", res.StatusCode)
		}
	})
}
