//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// An exampleApp is the program that the documentation shows.
type exampleApp struct {
	t      *testing.T
	in     io.WriteCloser
	events *diary
	asked  int // commands
}

func startExample(t *testing.T, s *server, who account, scope string) *exampleApp {
	t.Helper()
	needsSlixmpp(t)
	cmd := exec.Command(python, "../../../../docs/examples/app.py", who.JID, "--scope", scope, "--server", s.address(portTLS), "--ca", s.certificate())
	cmd.Env = append(os.Environ(), "PASSWORD="+who.Password, "PYTHONWARNINGS=ignore", "PYTHONDONTWRITEBYTECODE=1")
	var faults bytes.Buffer
	cmd.Stderr = &faults
	a := &exampleApp{t: t, events: newDiary(who.JID)}
	out, err := cmd.StdoutPipe()
	if err == nil {
		a.in, err = cmd.StdinPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			is, _, _ := strings.Cut(lines.Text(), " ")
			a.events.enter(event{Is: is, Text: lines.Text()})
		}
	}()
	t.Cleanup(func() {
		_ = a.in.Close()
		kill := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		<-read
		err := cmd.Wait()
		kill.Stop()
		if err != nil || strings.Contains(faults.String(), "Traceback") {
			t.Errorf("the example of %s ended with %v, and wrote:\n%s", who.JID, err, faults.String())
		}
	})
	a.shows("snapshot .*")
	return a
}

// shows waits for a line, and returns what the group in the pattern has found.
func (a *exampleApp) shows(pattern string) string {
	a.t.Helper()
	line := regexp.MustCompile("^(?:" + pattern + ")$")
	found := line.FindStringSubmatch(a.events.await(a.t, pattern, func(e event) bool { return line.MatchString(e.Text) }).Text)
	return found[len(found)-1]
}

// does gives a command, whose answer is to be as the pattern says.
func (a *exampleApp) does(command, pattern string) string {
	a.t.Helper()
	if _, err := fmt.Fprintln(a.in, command); err != nil {
		a.t.Fatal(err)
	}
	a.asked++
	answers := a.events.awaitAll(a.t, "the answer to "+command, a.asked, func(e event) bool { return e.Is == "ok" || e.Is == "error" })
	found := regexp.MustCompile("^(?:" + pattern + ")$").FindStringSubmatch(answers[a.asked-1].Text)
	if found == nil {
		a.t.Fatalf("%s is answered %s; want %s", command, answers[a.asked-1].Text, pattern)
	}
	return found[len(found)-1]
}

// TestExampleApp: the program in the documentation gives each command there is, to telephones of three users, and shows what comes of it.
// ..A-124, A-138, A-140, A-152, A-156, A-199
func TestExampleApp(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	annaAccount, benAccount, cleoAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102")
	boss := c.employee("dora", "Dora Fels", "103")
	c.permit("Supervisors", "xmpp.supervisor", boss)
	var place, team struct{ ID string }
	c.post("/locations", map[string]any{"name": "Window"}, &place)
	c.post("/teams", teamOf(map[string]any{
		"name": "Support", "pauseReasons": []any{map[string]any{"code": "1", "title": "Lunch"}}, "members": []any{map[string]any{"user": benAccount.JID, "dynamic": true, "weight": 1, "priority": 0}},
	}), &team)
	anna := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	ben := startPhone(t, s, c.phoneOf(benAccount), phoneConfig{Hz: 660})
	cleo := startPhone(t, s, c.phoneOf(cleoAccount), phoneConfig{Hz: 880})
	for _, p := range []*phone{anna, ben, cleo} {
		p.registered()
	}
	app, sup := startExample(t, s, benAccount, "own"), startExample(t, s, boss, "all")
	app.shows("snapshot Ben Thal 101 profile=available")
	var colleagues struct{ ID string }
	c.post("/permissions", map[string]any{"name": "Colleagues", "description": "", "types": []string{"xmpp.group"}, "auto": map[string]bool{"users": false, "teams": false, "locations": false, "devices": false}}, &colleagues)
	c.post("/permissions/"+colleagues.ID+"/members", map[string]any{"kind": "user", "add": []string{benAccount.JID, cleoAccount.JID}, "remove": []string{}}, nil)
	app.shows("number user=cleo@localhost extension=102")
	app.shows("team " + team.ID + " Support ben=out waiting=0")

	// settings
	app.does("profile dnd", "ok profile dnd")
	app.shows("profiles .*active=dnd.*")
	app.does("profile available", "ok profile available")
	app.does("location "+place.ID, "ok location")
	app.shows("locations at=" + place.ID + ".*")
	app.does("location none", "ok location")
	app.does("forward 100", "ok forward")
	app.shows("forward target=100 active=true .*")
	app.does("forward off", "ok forward")
	app.does("forward on", "ok forward")
	app.does("forward none", "ok forward")
	app.does("ring xmpp internal 9", "ok ring")
	app.does("ring xmpp internal off", "ok ring")
	app.does("outgoing auto", "ok outgoing")
	app.does("outgoing nothing", "error outgoing item-not-found .*")
	app.does("team "+team.ID+" login", "ok team")
	app.shows("team " + team.ID + " Support ben=(free|absent) waiting=0")
	app.does("team "+team.ID+" pause 1", "ok team")
	app.shows("team " + team.ID + " Support ben=paused waiting=0")
	app.does("team "+team.ID+" unpause", "ok team")
	app.does("team "+team.ID+" logout", "ok team")
	app.does("switch nothing on", "error switch item-not-found .*")
	app.does("seen", "ok seen")
	app.does("dance", "error dance service-unavailable.*")

	// a call of one's own: begun, held, passed on
	call := app.does("dial 102", "ok dial (.+)")
	ben.await("CALL_INCOMING", 1)
	ben.answer()
	cleo.await("CALL_INCOMING", 1)
	cleo.answer()
	app.shows("call " + call + " ben talking, cleo talking")
	app.does("hold", "ok hold")
	app.shows("call " + call + " ben talking holds, cleo talking")
	app.does("resume "+call, "ok resume")
	app.does("answer "+call, "error answer not-acceptable .*")
	app.does("transfer "+call+" 100", "ok transfer")
	ben.await("CALL_CLOSED", 1)
	anna.await("CALL_INCOMING", 1)
	anna.answer()
	sup.shows("call " + call + " .*cleo talking.*anna talking|call " + call + " .*anna talking.*cleo talking")
	app.does("hangup "+call, "error hangup forbidden .*")
	sup.does("hangup "+call, "ok hangup")
	sup.shows("call " + call + " over")

	// one is rung, and tells the telephone to answer; another's call is picked up
	anna.await("CALL_CLOSED", 1)
	anna.dial("101")
	ben.await("CALL_INCOMING", 2)
	call = app.shows("call (\\S+) anna calling, ben ringing")
	app.does("answer "+call, "ok answer")
	app.does("hangup "+call, "ok hangup") // declines
	app.shows("call " + call + " over")
	anna.await("CALL_CLOSED", 2)
	anna.dial("102")
	cleo.await("CALL_INCOMING", 2)
	waits := sup.shows("call (\\S+) anna calling, cleo ringing")
	app.does("take "+waits, "ok take .+")
	ben.await("CALL_INCOMING", 3)
	ben.answer()
	sup.shows("call " + waits + " anna talking, ben talking")
	sup.does("move "+waits+" anna 103", "(ok move|error move .+)")
	app.does("join "+waits+" "+waits, "error join .+")
	app.does("hangup", "(ok hangup|error hangup .+)")

	// on behalf of another, by who may
	sup.does("for cleo@localhost dial 100", "ok for .+")
	app.does("for cleo@localhost dial 100", "error for forbidden .*")
	cleo.await("CALL_INCOMING", 3)
	if _, err := fmt.Fprintln(sup.in, "again"); err != nil {
		t.Fatal(err)
	}
	sup.events.awaitAll(t, "another snapshot", 2, func(e event) bool { return e.Is == "snapshot" })
	for _, a := range []*exampleApp{app, sup} {
		if n := a.events.count(func(e event) bool { return e.Is == "gap" }); n > 0 {
			t.Errorf("%d events were lost", n)
		}
	}
}
