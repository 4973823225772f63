//go:build interop && linux

package interop

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"
)

var (
	linkLine  = regexp.MustCompile(`^Link for guests: (\S+)`)
	loginLine = regexp.MustCompile(`^\s+romeo@localhost\s+(\S+)$`)
)

// startNear runs the server with its demonstration users at the near end of a link, on the usual ports. It returns the link for guests of the
// group Verona, and Romeo's password.
func startNear(t *testing.T, l *link) (s *server, guests, password string) {
	t.Helper()
	s = &server{t: t, data: filepath.Join(t.TempDir(), "data")}
	command, args := l.in(l.near, binary(t), "localserve", "--data", s.data, "--listen", l.Near)
	s.cmd = exec.Command(command, args...)
	s.cmd.Stderr = s
	stdout, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if m := linkLine.FindStringSubmatch(lines.Text()); m != nil {
				guests = m[1]
			}
			if m := loginLine.FindStringSubmatch(lines.Text()); m != nil {
				password = m[1]
			}
			if lines.Text() == "ready" {
				close(ready)
			}
		}
		_ = s.cmd.Wait()
	}()
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("log of the server:\n%s", s.logged())
		}
	})
	select {
	case <-ready:
	case <-s.ended:
		t.Fatalf("the server ended before it was ready:\n%s", s.logged())
	case <-time.After(patience):
		t.Fatalf("the server is not ready:\n%s", s.logged())
	}
	return s, guests, password
}

// A halfSecond is half a second in a page: what was heard, and how many frames had been decoded until then.
type halfSecond struct {
	At     float64 // milliseconds
	Tones  []int
	Frames float64
}

// TestAConferenceOverABadLink: a guest is behind a network that loses 5 % of all packets and delays them by 100 ms, and that fails for three
// seconds. His colleague's tone is recognised in nine of ten half seconds outside the cut, pictures come again within five seconds of its end,
// both ways, and nobody leaves the list. A-003
func TestAConferenceOverABadLink(t *testing.T) {
	counted(t)
	needsBrowser(t)
	l := newLink(t)
	s, guests, password := startNear(t, l)
	hosts := "MAP localhost " + l.Near
	romeo := openChromium(t, s, "https://localhost:8443/app/", how{Tone: 660, Within: l.near, browsing: browsing{Hosts: hosts}})
	until(t, romeo, "the form to sign in", "document.querySelector('#login')")
	romeo.fill("#login", "romeo")
	romeo.fill("#password", password)
	romeo.press("form button.btn--primary")
	until(t, romeo, "the list", "document.querySelector('.contacts')")
	romeo.press(".contacts >> text=Verona")
	until(t, romeo, "the group", "document.querySelector('.talk-head .btn--ok')")
	romeo.press(".talk-head .btn--ok")

	l.delay.Store(int64(100 * time.Millisecond))
	l.loss.Store(50)
	sofia := openChromium(t, s, guests, how{Tone: 440, Within: l.far, browsing: browsing{Hosts: hosts}})
	comes(t, sofia, "Sofia")
	meets(t, sofia, 1)
	pages := []*chromium{sofia, romeo}
	tones := []int{660, 440} // that they hear
	names := []string{"Sofia", "Romeo"}
	for i, p := range pages {
		hearsTone(t, p, tones[i])
	}
	grows(t, romeo, "the guest's pictures", func(was, is carried) bool { return is.Frames > was.Frames+5 })

	const before, cut, after = 15 * time.Second, 3 * time.Second, 12 * time.Second
	for _, p := range pages {
		p.eval("probe.watch()")
	}
	time.Sleep(before)
	var from, until [2]float64
	for i, p := range pages {
		from[i] = now(t, p)
	}
	l.cut.Store(true)
	time.Sleep(cut)
	l.cut.Store(false)
	for i := range pages {
		until[i] = from[i] + float64(cut.Milliseconds())
	}
	time.Sleep(after)
	for i, p := range pages {
		var all []halfSecond
		if err := json.Unmarshal(p.eval("probe.windows"), &all); err != nil {
			t.Fatal(err)
		}
		judge(t, names[i], all, tones[i], from[i], until[i])
		if list := string(p.eval("[...document.querySelectorAll('.person-row')].filter((e) => /Sofia|Romeo/.test(e.innerText)).length")); list != "2" {
			t.Errorf("%s sees %s people, not 2, in %s", names[i], list, p.eval("document.body.innerText.slice(0, 600)"))
		}
	}
	t.Logf("the link lost %d packets", l.lost.Load())
}

func now(t *testing.T, p page) (ms float64) {
	t.Helper()
	if err := json.Unmarshal(p.eval("performance.now()"), &ms); err != nil {
		t.Fatal(err)
	}
	return ms
}

// judge looks at what a page heard and saw around a cut.
func judge(t *testing.T, name string, all []halfSecond, tone int, from, until float64) {
	t.Helper()
	heard, outside := 0, 0
	var back float64
	for i, w := range all {
		if w.At < from || w.At > until+1000 { // what comes first after the cut has been under way before it has arrived
			outside++
			if slices.Contains(w.Tones, tone) {
				heard++
			}
		}
		// The counters begin anew with a new session.
		if back == 0 && i > 0 && w.At > until && w.Frames > all[i-1].Frames+1 {
			back = w.At - until
		}
	}
	t.Logf("%s: the tone was heard in %d of %d half seconds outside the cut; pictures came again after %.1f s", name, heard, outside, back/1000)
	if outside < 40 || heard*10 < outside*9 {
		t.Errorf("%s heard the tone in %d of %d half seconds outside the cut: %v", name, heard, outside, all)
	}
	if back == 0 || back > 5000 {
		t.Errorf("%s sees pictures again after %.1f s: %v", name, back/1000, all)
	}
}
