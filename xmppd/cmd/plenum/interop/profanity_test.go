//go:build interop

package interop

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A profanity is the terminal client of that name. Its user types into a terminal of tmux; what it sees is read from its
// debug log, where libstrophe writes each stanza in a line "RECV: <…".
type profanity struct {
	t      testing.TB
	socket string // of tmux
	dir    string
	ca     string
	events *diary
	typing sync.Mutex
	stop   chan struct{}
	over   chan struct{} // closed when the log is read no more

	mechanism, bound string // owned by the goroutine that reads the log
}

func needsProfanity(t *testing.T) {
	t.Helper()
	for _, program := range []string{"profanity", "tmux"} {
		_, err := exec.LookPath(program)
		needs(t, program, err)
	}
}

const profanityConfig = "[ui]\nsplash=false\nenc.warn=false\n[connection]\nreconnect=1\nautoping=0\n[notifications]\nmessage=false\nroom=off\ninvite=false\nsub=false\n[otr]\npolicy=manual\n"

func openProfanity(t testing.TB, who login) client {
	t.Helper()
	dir, err := os.MkdirTemp("", "profanity")
	if err != nil {
		t.Fatal(err)
	}
	p := &profanity{t: t, ca: who.CA, socket: filepath.Join(dir, "tmux"), dir: dir, events: newDiary(who.JID), stop: make(chan struct{}), over: make(chan struct{})}
	for _, sub := range []string{"config/profanity", "data", "cache"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "config/profanity/profrc"), []byte(profanityConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	p.tmux("-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "40", "exec profanity -l DEBUG", ";", "set-option", "-g", "escape-time", "0")
	go p.read()
	p.events.await(t, "profanity to start", func(e event) bool { return e.Is == "started" })
	security := map[string]string{viaSTARTTLS: "force", viaTLS: "legacy"}[who.Via]
	jid := who.JID
	if who.Resource != "" {
		jid += "/" + who.Resource
	}
	p.enter(fmt.Sprintf("/connect %s server 127.0.0.1 port %d tls %s", jid, who.Port, security))
	p.onScreen("Enter password")
	p.enter(who.Password)
	return p
}

// tmux runs one command of tmux, in an environment where everything of profanity lies in its own folder. OpenSSL takes the
// server's certificate from there.
func (p *profanity) tmux(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", p.socket, "-u"}, args...)...)
	cmd.Env = append(os.Environ(), "TERM=screen", "LC_ALL=C.UTF-8", "TMUX=", "SSL_CERT_FILE="+p.ca,
		"XDG_CONFIG_HOME="+filepath.Join(p.dir, "config"), "XDG_DATA_HOME="+filepath.Join(p.dir, "data"),
		"XDG_CACHE_HOME="+filepath.Join(p.dir, "cache"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// enter types a line; the test and the one who follows the log both do.
func (p *profanity) enter(line string) {
	p.typing.Lock()
	defer p.typing.Unlock()
	p.tmux("send-keys", "-l", "--", line)
	p.tmux("send-keys", "Enter")
}

func (p *profanity) onScreen(text string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(p.tmux("capture-pane", "-p"), text); {
		if time.Now().After(deadline) {
			p.t.Fatalf("profanity does not show %q:\n%s", text, p.tmux("capture-pane", "-p"))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// read follows the log.
func (p *profanity) read() {
	defer close(p.over)
	var rest []byte
	var read int64
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-p.stop:
			tick.Stop()
			return
		case <-tick.C:
		}
		f, err := os.Open(filepath.Join(p.dir, "data/profanity/logs/profanity.log"))
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(io.NewSectionReader(f, read, 1<<30))
		_ = f.Close()
		read += int64(len(text))
		rest = append(rest, text...)
		for {
			line, after, whole := bytes.Cut(rest, []byte("\n"))
			if !whole {
				break
			}
			p.note(string(line))
			rest = after
		}
	}
}

var authSent = regexp.MustCompile(`SENT: <auth mechanism="([^"]+)"`)

func (p *profanity) note(line string) {
	switch {
	case strings.Contains(line, "Starting main event loop"):
		p.events.enter(event{Is: "started"})
	case strings.Contains(line, "Message carbons enabled"): // the last of what it does first
		p.events.enter(event{Is: "online", Mechanism: p.mechanism, To: p.bound, Client: profanityVersion()})
	case strings.Contains(line, "Connection handler: XMPP_CONN_DISCONNECT"):
		p.events.enter(event{Is: "lost"})
	}
	if m := authSent.FindStringSubmatch(line); m != nil {
		p.mechanism = m[1]
	}
	if _, text, sent := strings.Cut(line, "conn: DBG: SENT: <message "); sent {
		var h head
		if xml.Unmarshal([]byte("<message "+text), &h) == nil && h.Body != "" {
			p.events.enter(event{Is: "sent", To: h.To, Body: h.Body})
		}
	}
	_, text, received := strings.Cut(line, "xmpp: DBG: RECV: ")
	if !received {
		return
	}
	var s struct {
		XMLName xml.Name
		head
		Carbons []struct {
			XMLName xml.Name
			Message head `xml:"forwarded>message"`
		} `xml:",any"`
		Bound string `xml:"bind>jid"`
	}
	if xml.Unmarshal([]byte(text), &s) != nil {
		return // the opening of a stream
	}
	p.stanza(s.XMLName.Local, s.head, s.Bound)
	for _, c := range s.Carbons {
		if c.XMLName.Space == "urn:xmpp:carbons:2" && c.Message.Body != "" {
			p.message(c.Message, c.XMLName.Local)
		}
	}
}

func (p *profanity) stanza(kind string, h head, bound string) {
	switch {
	case kind == "failure":
		p.events.enter(event{Is: "refused"})
	case kind == "resumed":
		p.events.enter(event{Is: "resumed"})
	case bound != "":
		p.bound = bound
	case kind == "iq" && h.Type == "result" && strings.Contains(h.From, "@groups."):
		p.events.enter(event{Is: "joined", From: h.From})
	case kind == "presence":
		p.events.enter(event{Is: "presence", From: h.From, Type: h.Type, Show: h.Show, Status: h.Status})
		if h.Type == "subscribe" {
			p.enter("/sub allow " + bare(h.From))
			p.enter("/sub request " + bare(h.From))
		}
	case kind == "message" && h.Body != "":
		p.message(h, "")
	}
}

func (p *profanity) message(h head, how string) {
	if h.Delay != nil && how == "" {
		how = "delayed"
	}
	p.events.enter(event{Is: "message", From: h.From, To: h.To, Type: h.Type, Body: h.Body, ID: h.ID.Value, How: how})
}

func (p *profanity) add(jid string)         { p.enter("/roster add " + jid); p.enter("/sub request " + jid) }
func (p *profanity) chat(to, body string)   { p.enter("/msg " + to + " " + body) }
func (p *profanity) history(string, string) { p.t.Fatal("not driven with profanity") }
func (p *profanity) seen() *diary           { return p.events }

func (p *profanity) show(show, status string) {
	if show == "" {
		show = "online"
	}
	p.enter(fmt.Sprintf("/status set %s %q", show, status))
}

// join enters a room, and opens it with its default configuration when it is new.
func (p *profanity) join(room, nick string) {
	p.enter("/join " + room + " nick " + nick)
	p.events.await(p.t, "its own presence in the room", func(e event) bool { return e.Is == "presence" && e.From == room+"/"+nick })
	p.enter("/room accept")
}

func (p *profanity) say(room, body string) {
	p.enter("/win " + room)
	p.enter(body)
}

func (p *profanity) quit() {
	p.enter("/quit")
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if exec.Command("tmux", "-S", p.socket, "has-session").Run() != nil {
			return
		}
	}
}

func (p *profanity) end() {
	if p.t.Failed() {
		if screen, err := exec.Command("tmux", "-S", p.socket, "capture-pane", "-p").Output(); err == nil {
			p.t.Logf("%s (profanity) shows:\n%s", p.events.who, screen)
		}
	}
	_ = exec.Command("tmux", "-S", p.socket, "kill-server").Run()
	close(p.stop)
	<-p.over
	_ = os.RemoveAll(p.dir)
}

func profanityVersion() string {
	out, _ := exec.Command("profanity", "--version").Output()
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.ToLower(strings.Replace(strings.TrimSpace(first), ", version", "", 1))
}
