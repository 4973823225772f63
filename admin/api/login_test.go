package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store/storetest"
)

// The points of OWASP's cheat sheets that are about logging in; the others are in security_test.go.

func TestRefusedLoginsLookAlike(t *testing.T) { // user enumeration by text
	w := newWorld(t)
	w.user("clara", directory.SystemAdministrator)
	w.user("keeper", directory.SystemAdministrator)
	w.user("plain", directory.NoRole)
	w.user("disabled", directory.Administrator)
	w.user("binned", directory.Administrator)
	w.user("locked", directory.Administrator)
	if err := errors.Join(w.dir.Accounts.Disable(ctx, address("disabled")), w.dir.Accounts.Trash(ctx, address("keeper"), address("binned"))); err != nil {
		t.Fatal(err)
	}
	for range sasl.DefaultAccountFailures {
		w.browser().logIn("locked", "wrong")
	}
	var texts []string
	for login, password := range map[string]string{
		"clara": "wrong", "nobody": password, "plain": password, "disabled": password, "binned": password, "locked": password, "": "", "a b": password,
		"clara@elsewhere": password, "\u0000": password, "clara ": "",
	} {
		b := w.browser()
		got := b.logIn(login, password)
		if got.status != http.StatusUnauthorized && got.status != http.StatusUnprocessableEntity || b.cookie != "" {
			t.Errorf("%q: %s", login, got)
		}
		if got.status == http.StatusUnauthorized {
			texts = append(texts, got.text)
		}
	}
	slices.Sort(texts)
	if texts = slices.Compact(texts); len(texts) != 1 {
		t.Errorf("answers differ: %s", texts)
	}
}

func TestRefusedLoginsTakeTheSameTime(t *testing.T) { // user enumeration by time
	if testing.Short() {
		t.Skip("measures times")
	}
	db := storetest.OpenMemory(t)
	w := newNode(t, db, sasl.NewLimiter(sasl.LimiterConfig{AccountFailures: 1 << 20, AddressFailures: 1 << 20}))
	w.user("clara", directory.SystemAdministrator)
	w.user("plain", directory.NoRole)
	times := map[string]time.Duration{}
	alike := func() bool {
		for _, took := range times {
			if took < times["clara"]*7/10 || took > times["clara"]*14/10 {
				return false
			}
		}
		return true
	}
	// In turns, and the fastest counts: what else the machine does makes them slower, not faster, and so they come to be what the work takes.
	for begun, round := time.Now(), 0; round < 30 || !alike(); round++ {
		if time.Since(begun) > time.Minute {
			t.Fatalf("the times differ: %v", times)
		}
		for login, secret := range map[string]string{"clara": "wrong", "nobody": "wrong", "plain": password, "clara@nowhere.example": password} {
			begun := time.Now()
			w.browser().logIn(login, secret)
			if took := time.Since(begun); times[login] == 0 || took < times[login] {
				times[login] = took
			}
		}
	}
}

func TestFailedLoginsLockOut(t *testing.T) { // lock-out by account and by address
	synctest.Test(t, func(t *testing.T) {
		w := newNode(t, storetest.OpenMemory(t), sasl.NewLimiter(sasl.LimiterConfig{}))
		w.user("clara", directory.SystemAdministrator)
		w.user("emre", directory.Administrator)
		attacker := w.browser()
		attacker.from = "198.51.100.7"
		for range sasl.DefaultAccountFailures {
			attacker.logIn("clara", "wrong")
		}
		if attacker.logIn("clara", password).status != http.StatusUnauthorized {
			t.Error("the right password helps who has guessed ten times")
		}
		if w.browser().logIn("clara", password).status != http.StatusOK {
			t.Error("an attacker locks clara out at her own address")
		}
		for i := range sasl.DefaultAddressFailures {
			attacker.logIn(fmt.Sprintf("user%d", i), "wrong")
		}
		if attacker.logIn("emre", password).status != http.StatusUnauthorized {
			t.Error("the address is not locked out")
		}
		time.Sleep(sasl.DefaultAddressWindow)
		if attacker.logIn("emre", password).status != http.StatusOK {
			t.Error("the lock-out does not end")
		}
	})
}

func TestLockOutIsSharedWithOtherWaysToLogIn(t *testing.T) {
	limiter := sasl.NewLimiter(sasl.LimiterConfig{})
	w := newNode(t, storetest.OpenMemory(t), limiter)
	w.user("clara", directory.SystemAdministrator)
	for range sasl.DefaultAccountFailures {
		limiter.Fail("clara", addr("192.0.2.1")) // by XMPP
	}
	if got := w.browser().logIn("clara", password); got.status != http.StatusUnauthorized {
		t.Errorf("who is locked out over XMPP logs in here: %s", got)
	}
}

// Who logs in and out, who is refused, and when a lock-out begins are in the audit log, with the address it came from.
func TestAuditLogTellsWhoLogsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := sasl.NewLimiter(sasl.LimiterConfig{AccountFailures: 2, AddressFailures: 3})
		w := newNode(t, storetest.OpenMemory(t), limiter)
		w.user("clara", directory.SystemAdministrator)
		w.user("emre", directory.GrafanaViewer)
		var last int64
		traces := func(want ...string) {
			t.Helper()
			entries, err := w.audit.List(ctx, audit.Query{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range slices.Backward(entries) {
				if e.ID > last {
					got, last = append(got, e.Action+" "+e.Actor+" "+e.Object+" "+e.Address), e.ID
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("traces\n%q, want\n%q", got, want)
			}
		}
		clara, emre := "clara@"+host, "emre@"+host
		b := w.loggedIn("clara")
		traces("session.begin " + clara + " " + clara + " 192.0.2.1")
		b.want(http.StatusUnprocessableEntity, b.put("/session/password", map[string]any{"password": "Therefore5", "current": "wrong"}))
		traces("session.refused " + clara + " " + clara + " 192.0.2.1")
		b.logIn("emre", password) // in the same browser
		traces("session.end "+clara+" "+clara+" 192.0.2.1", "session.begin "+emre+" "+emre+" 192.0.2.1")
		b.want(http.StatusNoContent, b.del("/session"))
		traces("session.end " + emre + " " + emre + " 192.0.2.1")

		attacker := w.browser()
		attacker.from = "198.51.100.7"
		attacker.logIn("emre", "wrong")
		traces("session.refused emre emre 198.51.100.7")
		attacker.logIn("emre", "wrong")
		traces("session.refused emre emre 198.51.100.7", "session.lockOut emre emre 198.51.100.7")
		attacker.logIn("emre", password)
		traces()
		attacker.logIn("nobody", "wrong")
		traces("session.refused nobody nobody 198.51.100.7", "session.lockOutAddress nobody 198.51.100.7 198.51.100.7")
		attacker.logIn("clara", password)
		traces()

		time.Sleep(sasl.DefaultAddressWindow)
		for range 2 {
			limiter.Fail("clara", addr("192.0.2.1")) // by XMPP
		}
		traces()
		for range 2 {
			w.browser().logIn("clara", password)
		}
		traces("session.lockOut clara clara 192.0.2.1")
	})
}

func TestPasswordChangeEndsSessions(t *testing.T) { // sessions after a change of password, level or state
	w := newWorld(t)
	b := w.admin()
	w.user("emre", directory.Administrator)
	for what, change := range map[string]func(){
		"password": func() {
			b.want(http.StatusNoContent, b.put(user("emre")+"/password", map[string]any{"password": password}))
		},
		"level": func() {
			f := form(map[string]any{"level": "pbx-manager", "revision": b.get(user("emre")).json["revision"]})
			b.want(http.StatusOK, b.put(user("emre"), f))
		},
		"disabled": func() {
			b.want(http.StatusOK, b.post("/users/bulk", map[string]any{"action": "disable", "users": []string{"emre@" + host}}))
		},
	} {
		emre := w.loggedIn("emre")
		change()
		if got := emre.get("/session"); got.status != http.StatusUnauthorized {
			t.Errorf("%s: the session lives on: %s", what, got)
		}
		b.want(http.StatusOK, b.post("/users/bulk", map[string]any{"action": "enable", "users": []string{"emre@" + host}}))
		if got := emre.get("/session"); got.status != http.StatusUnauthorized {
			t.Errorf("%s: the session came back: %s", what, got)
		}
	}
}

func TestOwnPasswordNeedsThePresentOne(t *testing.T) { // re-authentication
	w := newWorld(t)
	b := w.admin()
	for _, current := range []string{"", "wrong"} {
		if got := b.put(user("clara")+"/password", map[string]any{"password": "Therefore5", "current": current}); got.status != http.StatusUnprocessableEntity || got.fields()["current"] != "wrong" {
			t.Errorf("%q: %s", current, got)
		}
	}
	if got := b.put(user("clara")+"/password", map[string]any{"password": "short", "current": password}); got.status != http.StatusUnprocessableEntity || got.fields()["password"] == "" {
		t.Errorf("a bad one: %s", got)
	}
	b.want(http.StatusNoContent, b.put(user("clara")+"/password", map[string]any{"password": "Therefore5", "current": password}))
	if got := b.get("/session"); got.status != http.StatusUnauthorized {
		t.Errorf("the session with the old password lives: %s", got)
	}
	if got := w.browser().logIn("clara", "Therefore5"); got.status != http.StatusOK {
		t.Errorf("the new one: %s", got)
	}

	// The lowest level may change its own too, and nobody else's.
	w.user("viewer", directory.GrafanaViewer)
	viewer := w.loggedIn("viewer")
	if got := viewer.put("/session/password", map[string]any{"password": "Therefore6", "current": "wrong"}); got.fields()["current"] != "wrong" {
		t.Errorf("a wrong present one: %s", got)
	}
	viewer.want(http.StatusForbidden, viewer.put(user("clara")+"/password", map[string]any{"password": "Therefore6"}))
	viewer.want(http.StatusNoContent, viewer.put("/session/password", map[string]any{"password": "Therefore6", "current": password}))
	if got := w.browser().logIn("viewer", "Therefore6"); got.status != http.StatusOK {
		t.Errorf("the viewer's new one: %s", got)
	}
}

// A user without a level logs in to the app, and to nothing else; an administrator has both with one session.
func TestTheAppIsForEveryUser(t *testing.T) {
	w := newWorld(t)
	w.user("plain", directory.NoRole)
	w.user("clara", directory.SystemAdministrator)
	w.user("disabled", directory.NoRole)
	if err := w.dir.Accounts.Disable(ctx, address("disabled")); err != nil {
		t.Fatal(err)
	}
	plain, clara := w.inApp("plain"), w.inApp("clara")
	if got := plain.want(http.StatusOK, plain.get("/app/session")); got.json["user"] != "plain@"+host || got.json["console"] != false {
		t.Errorf("a user's session: %s", got)
	}
	if got := plain.get("/session"); got.status != http.StatusForbidden || got.code() != "level" {
		t.Errorf("a user at the console: %s", got)
	}
	if got := clara.want(http.StatusOK, clara.get("/app/session")); got.json["console"] != true {
		t.Errorf("an administrator's session: %s", got)
	}
	clara.want(http.StatusOK, clara.get("/session"))
	for login, password := range map[string]string{"plain": "wrong", "nobody": password, "disabled": password} {
		if got := w.browser().post("/app/session", map[string]any{"login": login, "password": password}); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %s", login, got)
		}
	}
	old := plain.cookie
	plain.want(http.StatusNoContent, plain.del("/app/session"))
	plain.cookie = old
	if got := plain.get("/app/session"); got.status != http.StatusUnauthorized {
		t.Errorf("after logging out: %s", got)
	}
}
