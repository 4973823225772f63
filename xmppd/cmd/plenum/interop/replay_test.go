//go:build interop

package interop

import (
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestAnOverheardRegistrationIsNotTaken: what a telephone has sent to register is sent again by somebody else. The server asks him for the password, and the
// telephone is called as before; it registers again by itself meanwhile, counting on with the nonce that it has.
func TestAnOverheardRegistrationIsNotTaken(t *testing.T) {
	counted(t)
	s := startServer(t)
	accounts := s.console().threePhones()
	anna := startPhone(t, s, accounts[0], phoneConfig{Hz: 440})
	ben := startPhone(t, s, accounts[1], phoneConfig{Hz: 660, Answers: true})
	anna.registered()
	ben.registered()
	heard := regexp.MustCompile(`(?s)REGISTER sip:localhost SIP/2\.0\r?\n[^#]*?Authorization: Digest[^#]*?Content-Length: 0\r?\n\r?\n`).FindString(ben.logged())
	if heard == "" {
		t.Fatalf("no registration in\n%s", ben.logged())
	}
	thief, err := net.Dial("udp", s.address(portSIP))
	if err != nil {
		t.Fatal(err)
	}
	defer thief.Close()
	heard = strings.ReplaceAll(strings.ReplaceAll(heard, "\r\n", "\n"), "\n", "\r\n")
	answer := make([]byte, 65536)
	for _, changed := range []func(string) string{
		func(text string) string { return text },
		func(text string) string {
			return regexp.MustCompile(`branch=\S+?;`).ReplaceAllString(text, "branch=z9hG4bKthief;")
		},
		func(text string) string {
			text = regexp.MustCompile(`branch=\S+?;`).ReplaceAllString(text, "branch=z9hG4bKanother;")
			text = regexp.MustCompile(`Call-ID: \S+`).ReplaceAllString(text, "Call-ID: thief")
			return regexp.MustCompile(`Contact: .*\r\n`).ReplaceAllString(text, "Contact: <sip:thief@"+thief.LocalAddr().String()+">;expires=300\r\n")
		},
	} {
		_ = thief.SetDeadline(time.Now().Add(patience))
		if _, err := thief.Write([]byte(changed(heard))); err != nil {
			t.Fatal(err)
		}
		n, err := thief.Read(answer)
		if text := string(answer[:n]); err != nil || !strings.HasPrefix(text, "SIP/2.0 401 ") || !strings.Contains(text, "stale=true") {
			t.Errorf("the thief gets %q, %v", text, err)
		}
	}
	anna.dial("101")
	anna.established()
	anna.hears("Ben", 660)
	ben.hears("Anna", 440)
}
