//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// telephone makes a telephone that is nobody's.
func (c *console) telephone(name string) (id string, login phoneAccount) {
	c.t.Helper()
	var device struct{ ID string }
	c.post("/devices", map[string]any{"kind": "phone", "name": name, "owner": "", "encryption": ""}, &device)
	var made struct{ User, Secret string }
	c.post("/devices/"+device.ID+"/secret", nil, &made)
	return device.ID, phoneAccount{made.User, made.Secret}
}

// owned gives a telephone to a user.
func (c *console) owned(id string, by account) {
	c.t.Helper()
	var d struct {
		Revision int64
		Name     string
	}
	c.get("/devices/"+id, &d)
	c.put("/devices/"+id, map[string]any{"revision": d.Revision, "name": d.Name, "owner": by.JID, "encryption": ""}, nil)
}

// timer says that a device rings, after so many seconds and for so many; 0 is as long as others.
func timer(delay, ring int) map[string]any {
	if ring == 0 {
		ring = 999
	}
	return map[string]any{"enabled": true, "delay": delay, "timeout": ring}
}

// off is the timer of a device that does not ring.
func off() map[string]any { return map[string]any{"enabled": false, "delay": 0, "timeout": 999} }

// followMe sets when a device rings for a user; classes that are not named have it off.
func (c *console) followMe(who account, device string, classes map[string]map[string]any) {
	c.t.Helper()
	at := "/users/" + who.JID + "/followme"
	var now struct {
		Items []struct {
			Device   string
			Revision int64
		}
	}
	c.get(at, &now)
	body := map[string]any{"userConfigurable": true, "internal": off(), "external": off(), "queue": off()}
	for _, d := range now.Items {
		if d.Device == device {
			body["revision"] = d.Revision
		}
	}
	for class, timer := range classes {
		body[class] = timer
	}
	c.put(at+"/"+device, body, nil)
}

// next is the next event of a type, counted from now.
func (p *phone) next(typ string) (wait func() event) {
	n := p.count(typ) + 1
	return func() event {
		p.t.Helper()
		return p.await(typ, n)
	}
}

// forgets what the telephone has heard in calls that are over.
func (p *phone) forgets() {
	p.t.Helper()
	files, _ := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			p.t.Fatal(err)
		}
	}
}

// saysTo dials a code, waits for the words that answer it, which are none of the tones, and for the end of the call.
func (p *phone) saysTo(code string, tones ...float64) {
	p.t.Helper()
	closed := p.next("CALL_CLOSED")
	p.forgets()
	p.dial(code)
	p.hearsMusic(tones...)
	closed()
}

// TestWhenDevicesRing: Ben has three telephones, and which of them ring, when and for how long is said for calls of colleagues, from outside and of a team;
// when none rings any more the actions have the caller.
func TestWhenDevicesRing(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	c.trunk(3)
	annaAccount, benAccount, cleoAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102")
	anna := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	cleo := startPhone(t, s, c.phoneOf(cleoAccount), phoneConfig{Hz: 880})
	outside := startPhone(t, s, phoneAccount{User: "+4917155501"}, phoneConfig{Hz: 330, Outside: true})
	var ids []string
	var bens []*phone
	for _, hz := range []float64{550, 660, 770} {
		id, login := c.telephone("Telephone")
		ids, bens = append(ids, id), append(bens, startPhone(t, s, login, phoneConfig{Hz: hz}))
	}
	for _, p := range append([]*phone{anna, cleo}, bens...) {
		p.registered()
	}
	callers := map[string]func() *phone{
		"internal": func() *phone { anna.dial("101"); return anna },
		"external": func() *phone { outside.dial(fromOutside + "101"); return outside },
		"queue":    func() *phone { anna.dial("500"); return anna },
	}

	t.Run("A-144: without a device nobody is reached", func(t *testing.T) {
		//
		counted(t)
		closed := anna.next("CALL_CLOSED")
		anna.dial("101")
		closed()
		anna.logs("that Ben cannot be reached", `SIP/2\.0 480`)
		for i, id := range ids {
			c.owned(id, benAccount)
			closed := anna.next("CALL_CLOSED")
			anna.dial("101")
			for j, p := range bens[:i+1] {
				p.await("CALL_INCOMING", i-j+1)
			}
			anna.hangUp()
			closed()
			for j, p := range bens[:i+1] {
				p.await("CALL_CLOSED", i-j+1)
			}
		}
	})

	c.post("/teams", teamOf(map[string]any{"members": []any{map[string]any{"user": benAccount.JID, "dynamic": false, "weight": 0, "priority": 0}}}), nil)
	for i, class := range []string{"internal", "external", "queue"} {
		c.followMe(benAccount, ids[i], map[string]map[string]any{class: timer(0, 0)})
	}
	for i, row := range []struct{ row, class string }{ // each telephone rings for one class alone
		{"A-149", "internal"},
		{"A-150", "external"},
		{"A-151", "queue"},
	} {
		t.Run(row.row+": a device rings for calls of the class "+row.class+" alone", func(t *testing.T) {
			counted(t)
			var before [3]int
			for j, p := range bens {
				before[j] = p.count("CALL_INCOMING")
			}
			rings := bens[i].next("CALL_INCOMING")
			caller := callers[row.class]()
			closed, ended := caller.next("CALL_CLOSED"), bens[i].next("CALL_CLOSED")
			rings()
			bens[i].answer()
			caller.hears("the telephone that rings", []float64{550, 660, 770}[i])
			caller.hangUp()
			closed()
			ended()
			for j, p := range bens {
				if got := p.count("CALL_INCOMING") - before[j]; got != 0 && j != i {
					t.Errorf("telephone %d has rung too", j+1)
				}
			}
		})
	}

	// The actions after a call lead colleagues to Cleo, and others to Anna.
	c.act(benAccount, actionLists(map[string]any{
		"afterInternal": []any{action("extension", map[string]any{"target": "102"})}, "afterExternal": []any{action("extension", map[string]any{"target": "100"})},
	}))
	for _, row := range []struct {
		row, class  string
		delay, ring int    // of the second telephone
		then        *phone // to whom the actions lead
	}{
		{"A-147", "internal", 2, 1, cleo},
		{"A-112", "internal", 0, 2, cleo},
		{"A-113", "external", 2, 1, anna},
		{"A-114", "external", 0, 2, anna},
	} {
		t.Run(row.row+": a device begins and ends in its time, and the actions have the caller", func(t *testing.T) {
			counted(t)
			other := map[string]string{"internal": "external", "external": "internal"}[row.class]
			c.followMe(benAccount, ids[0], map[string]map[string]any{row.class: timer(0, 1)})
			c.followMe(benAccount, ids[1], map[string]map[string]any{row.class: timer(row.delay, row.ring), other: timer(0, 900)})
			c.followMe(benAccount, ids[2], nil)
			first, second, then := bens[0].next("CALL_INCOMING"), bens[1].next("CALL_INCOMING"), row.then.next("CALL_INCOMING")
			firstEnds, secondEnds := bens[0].next("CALL_CLOSED"), bens[1].next("CALL_CLOSED")
			began := time.Now()
			caller := callers[row.class]()
			closed := caller.next("CALL_CLOSED")
			thenEnds := row.then.next("CALL_CLOSED")
			first()
			second()
			if took := time.Since(began); took < time.Duration(row.delay)*time.Second {
				t.Errorf("the second telephone rings after %v, and its delay is %d s", took, row.delay)
			}
			firstEnds()
			secondEnds()
			then()
			if took := time.Since(began); took < time.Duration(row.delay+row.ring)*time.Second {
				t.Errorf("the actions have the caller after %v, and the second telephone was to ring from %d s on for %d s", took, row.delay, row.ring)
			}
			caller.hangUp()
			closed()
			thenEnds()
		})
	}
}
