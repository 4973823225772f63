//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/media/tone"
	"plenum/components/media/wav"
)

// mailServer takes mail by SMTP (RFC 5321) on a port of this machine, and hands it on.
func mailServer(t testing.TB) (port int, mails <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got, done := make(chan string, 10), make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(patience))
			takeMail(c, got)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().(*net.TCPAddr).Port, got
}

// takeMail is one connection of a mail server.
func takeMail(c io.ReadWriter, mails chan<- string) {
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 mail.example ESMTP")
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		switch verb, _, _ := strings.Cut(strings.ToUpper(lines.Text()), " "); verb {
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for lines.Scan() && lines.Text() != "." {
				text.WriteString(strings.TrimPrefix(lines.Text(), ".") + "\r\n")
			}
			mails <- text.String()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

// recording finds the WAV file in a mail.
func recording(t testing.TB, text string) (to string, pcm []int16) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatalf("no recording in the mail: %v\n%s", err, text[:min(len(text), 4000)])
		}
		if !strings.HasPrefix(part.Header.Get("Content-Type"), "audio/") {
			continue
		}
		file, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err == nil {
			pcm, err = wav.Read(bytes.NewReader(file), time.Minute)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m.Header.Get("To"), pcm
	}
}

// TestAMessageIsLeft: Anna does not take Ben's call, and he leaves a message. Her telephone shows that there is one, it comes by mail, and she listens to
// it at Ben's telephone, by her PIN; the light goes out.
//
func TestAMessageIsLeft(t *testing.T) {
	counted(t)
	port, mails := mailServer(t)
	s := startConfigured(t, fmt.Sprintf("[mail]\nhost = \"127.0.0.1\"\nport = %d\nencryption = \"none\"\nfrom = \"voicemail@example.com\"\n", port))
	c := s.console()
	anna := s.deskPhone(c.phoneOf(c.employeeWith("anna", "Anna Berg", "100", map[string]any{"voicemail": "all", "email": "anna@example.com"})))
	ben := startPhone(t, s, c.phoneOf(c.employee("ben", "Ben Kraus", "101")), phoneConfig{Hz: 550})
	ben.registered()
	anna.subscribe("100", "message-summary")
	anna.notified("that there are no messages", `Messages-Waiting: no[\s\S]*Voice-Message: 0/0`)

	ben.dial("100")
	anna.Rung().Say(486, nil)
	anna.Request(sip.ACK)
	ben.established()
	ben.hearsMusic(550) // the greeting
	ben.press("1")      // is skipped
	spoken := time.NewTimer(4 * time.Second)
	<-spoken.C // the message takes as long as it takes
	ben.hangUp()
	ben.await("CALL_CLOSED", 1)

	anna.notified("that there is a message", `Messages-Waiting: yes[\s\S]*Voice-Message: 1/0`)
	select {
	case text := <-mails:
		to, pcm := recording(t, text)
		if !strings.Contains(to, "anna@example.com") || !tone.Heard(pcm[len(pcm)/2:], 550) {
			t.Errorf("mail to %s with a recording of %d samples:%s", to, len(pcm), spectrum(pcm))
		}
	case <-time.After(patience):
		t.Fatal("no mail has come")
	}

	ben.dial("*101")
	ben.await("CALL_ESTABLISHED", 2)
	ben.hearsMusic(550)
	ben.press("100#")
	ben.press("4711#")
	ben.press("1")
	ben.hears("his own message", 550)
	ben.press("2")
	anna.notified("that the message was heard", `Messages-Waiting: no[\s\S]*Voice-Message: 0/1`)
	ben.hangUp()
	ben.await("CALL_CLOSED", 2)
}
