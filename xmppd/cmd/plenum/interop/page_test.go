//go:build interop

package interop

import (
	"bytes"
	bin "encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// A page is one that a person has opened in a browser: a Chromium, or a Firefox.
type page interface {
	eval(expression string) json.RawMessage // of JavaScript, awaited
	press(selector string)
	fill(selector, text string)
	shot(file string)
}

// until waits until an expression is true in the page.
func until(t testing.TB, p page, what, expression string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if got := string(p.eval("!!(" + expression + ")")); got == "true" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s; the page shows\n%s\nand carries %s", what, p.eval("document.body.innerText.slice(0, 2000)"), p.eval("probe.sum()"))
		}
	}
}

// carried is what a page sends and gets by WebRTC, since its connections were made.
type carried struct {
	Energy, Packets, Frames float64
	Pictures                int // streams of which frames were decoded
	SentAudio, SentVideo    float64
	Layers, Connections     int
	States                  []string
	Height                  int
}

func carries(t testing.TB, p page) (c carried) {
	t.Helper()
	if err := json.Unmarshal(p.eval("probe.sum()"), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// grows waits until what a page carries is more than it was by as much as the function wants.
func grows(t testing.TB, p page, what string, enough func(was, is carried) bool) carried {
	t.Helper()
	was := carries(t, p)
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		is := carries(t, p)
		if enough(was, is) {
			return is
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s: %+v, before %+v; the page shows\n%s", what, is, was, p.eval("document.body.innerText.slice(0, 2000)"))
		}
	}
}

// hearsTone waits until the page plays a tone.
func hearsTone(t testing.TB, p page, hz int) {
	t.Helper()
	until(t, p, fmt.Sprintf("a tone of %d Hz", hz), fmt.Sprintf("probe.heard().includes(%d)", hz))
}

// A chromium is a page in a Chromium of its own.
type chromium struct {
	*program
	asked int
}

// how a page is opened.
type how struct {
	browsing
	Tone   int    // of its microphone, Hz; 0: the beep of Chromium's own
	Within string // a network namespace
}

func openChromium(t *testing.T, s *server, url string, h how) *chromium {
	t.Helper()
	needsBrowser(t)
	h.URL = url
	if h.Lang == "" {
		h.Lang = "en"
	}
	if h.Tone != 0 {
		h.Sound, h.Picture = microphone(t, h.Tone), camera(t, h.Tone)
	}
	script, err := os.ReadFile("testdata/preload.js")
	if err != nil {
		t.Fatal(err)
	}
	h.Preload = string(script) + ";\n" + h.Preload
	command, args := "node", []string{web + "/e2e/page.mjs"}
	if h.Within != "" {
		command, args = "ip", append([]string{"netns", "exec", h.Within, command}, args...)
	}
	c := &chromium{program: run(t, login{account: account{JID: "the page " + strconv.Itoa(h.Tone)}, CA: s.certificate(), browsing: h.browsing}, command, args...)}
	ran(c.events.await(t, "the page", func(e event) bool { return e.Is == "online" }).Client)
	t.Cleanup(func() {
		for _, e := range must(c.events.find(func(e event) bool { return e.Is == "fault" })) {
			t.Errorf("the page reports a fault: %s", e.Text)
		}
	})
	return c
}

func (c *chromium) ask(o order) json.RawMessage {
	c.t.Helper()
	c.asked++
	o.ID = strconv.Itoa(c.asked)
	c.tell(o)
	e := c.events.await(c.t, "the answer to "+o.Do+" "+o.Body, func(e event) bool { return e.Is == "value" && e.ID == o.ID })
	if e.Type == "error" {
		c.t.Fatalf("%s %s: %s", o.Do, o.Body, e.Text)
	}
	return json.RawMessage(e.Text)
}

func (c *chromium) eval(expression string) json.RawMessage {
	c.t.Helper()
	return c.ask(order{Do: "eval", Body: expression})
}

func (c *chromium) press(selector string) {
	c.t.Helper()
	c.ask(order{Do: "press", Body: selector})
}

func (c *chromium) fill(selector, text string) {
	c.t.Helper()
	c.ask(order{Do: "fill", To: selector, Body: text})
}

func (c *chromium) shot(file string) {
	c.t.Helper()
	c.ask(order{Do: "shot", Body: file})
}

// picture shows a page as it is now in the folder that shotsEnv names, if it does.
func picture(p page, name string) {
	if folder := os.Getenv(shotsEnv); folder != "" {
		p.shot(filepath.Join(folder, name+".png"))
	}
}

// microphone is a WAVE file with ten seconds of a tone.
func microphone(t testing.TB, hz int) string {
	t.Helper()
	const rate, seconds = 48000, 10
	var file bytes.Buffer
	pcm := make([]int16, seconds*rate)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*float64(hz)*float64(i)/rate))
	}
	file.WriteString("RIFF")
	for _, part := range []any{
		uint32(36 + 2*len(pcm)), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16),
		[]byte("data"), uint32(2 * len(pcm)), pcm,
	} {
		_ = bin.Write(&file, bin.LittleEndian, part)
	}
	name := filepath.Join(t.TempDir(), fmt.Sprintf("%d.wav", hz))
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// camera is a film of 320 x 180, ten pictures a second, small so that several browsers can send theirs on one machine: somebody who sways before a
// wall whose colour says who it is.
func camera(t testing.TB, who int) string {
	t.Helper()
	const width, height, frames = 320, 180, 40
	angle := float64(who) / 97
	wall, coat, skin := paint(150, angle, 36), paint(70, angle+2.4, 30), paint(200, 2.1, 30)
	film := fmt.Appendf(nil, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n", width, height)
	for n := range frames {
		sway := 12 * math.Sin(2*math.Pi*float64(n)/frames)
		at := func(x, y int) [3]byte {
			fx, fy := float64(x)-width/2-sway, float64(y)
			switch {
			case math.Hypot(fx/30, (fy-72)/38) < 1:
				return skin
			case math.Hypot(fx/78, (fy-184)/72) < 1:
				return coat
			}
			return [3]byte{wall[0] + byte(y/6), wall[1], wall[2]}
		}
		film = append(film, "FRAME\n"...)
		for plane := range 3 {
			step := 1
			if plane > 0 {
				step = 2
			}
			for y := 0; y < height; y += step {
				for x := 0; x < width; x += step {
					film = append(film, at(x, y)[plane])
				}
			}
		}
	}
	name := filepath.Join(t.TempDir(), "camera.y4m")
	if err := os.WriteFile(name, film, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// paint is a colour as films have it: how bright, which hue in radians, how strong.
func paint(luma byte, hue, strength float64) [3]byte {
	return [3]byte{luma, byte(128 + strength*math.Cos(hue)), byte(128 + strength*math.Sin(hue))}
}
