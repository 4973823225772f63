package voicemail_test

import (
	"bufio"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"plenum/components/telephony/voicemail"
	"plenum/xmppd/fault"
)

// A mailhost takes one connection after the other, and answers RCPT as it is told.
type mailhost struct {
	rcpt string
	mu   sync.Mutex
	got  []string
}

func (h *mailhost) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		h.talk(conn)
	}
}

func (h *mailhost) talk(conn net.Conn) {
	defer conn.Close()
	text := textproto.NewReader(bufio.NewReader(conn))
	say := func(s string) { fmt.Fprintf(conn, "%s\r\n", s) }
	say("220 mail.example.org")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "EHLO":
			say("250 mail.example.org")
		case "RCPT":
			say(h.rcpt)
		case "DATA":
			say("354 go on")
			b, err := text.ReadDotBytes()
			if err != nil {
				return
			}
			h.mu.Lock()
			h.got = append(h.got, string(b))
			h.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

// the mail has the recording; what the mail server says decides whether it is tried again.
func TestSMTP(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.wav")
	if err := os.WriteFile(file, []byte("RIFF, and so on"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rcpt, to string
		taken    bool
		final    bool
	}{
		{"250 fine", "juliet@example.org", true, false},
		{"451 later", "juliet@example.org", false, false},
		{"550 no such user", "juliet@example.org", false, true},
		{"250 fine", "no address", false, true},
	} {
		h := &mailhost{rcpt: c.rcpt}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var work sync.WaitGroup
		work.Go(func() { h.serve(l) })
		s, err := voicemail.NewSMTP(voicemail.MailConfig{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Encryption: "none", From: "phone@example.org"})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Send(t.Context(), voicemail.Mail{To: c.to, Subject: "Länge", Text: "Hören Sie.", File: file, Name: "message.wav"})
		if (err == nil) != c.taken || fault.Is(err, fault.Invalid) != c.final {
			t.Errorf("%s to %s: %v", c.rcpt, c.to, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		work.Wait()
		if c.taken && (len(h.got) != 1 || !strings.Contains(h.got[0], `filename="message.wav"`) || !strings.Contains(h.got[0], "audio/wav") || !strings.Contains(h.got[0], "phone@example.org")) {
			t.Errorf("the server has got %q", h.got)
		}
		err = s.Send(t.Context(), voicemail.Mail{To: "juliet@example.org", File: file})
		if err == nil || fault.Is(err, fault.Invalid) {
			t.Errorf("a server that is gone: %v", err)
		}
	}
}

func TestMailConfig(t *testing.T) {
	if s, err := voicemail.NewSMTP(voicemail.MailConfig{}); s != nil || err != nil {
		t.Errorf("without a host: %v, %v", s, err)
	}
	for _, c := range []voicemail.MailConfig{
		{Host: "mail"}, {Host: "mail", From: "x"}, {Host: "mail", From: "a@b", Encryption: "ssl"}, {Host: "mail", From: "a@b", Port: 70_000},
		{Host: "mail", From: "a@b", Encryption: "none", User: "u"},
	} {
		if err := c.Validate(); err == nil {
			t.Errorf("%+v is valid", c)
		}
	}
	for encryption, port := range map[string]int{"": 587, "starttls": 587, "tls": 465, "none": 25} {
		c := voicemail.MailConfig{Host: "mail", From: "Phone <a@b.example>", Encryption: encryption}
		if err := c.Validate(); err != nil || c.Port != port {
			t.Errorf("%q: port %d, %v", encryption, c.Port, err)
		}
	}
}
