package sipbridge_test

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge"
)

func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		"Refer-To: <sip:100@x?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\nReason: SIP;cause=200;text=\"a;b\"\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=5\r\nDuration=1",
		"Diversion: <sip:1@x>;counter=9999999999, \"\\\"\" <sip:2@x>\r\nk: timer\r\nx: 90;refresher=uac\r\nRAck: 1 2 INVITE\r\nPrivacy: id;critical\r\n\r\n",
		"Content-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n",
		"P-Asserted-Identity: \"x\" <tel:+49>, <sip:%zz@x>\r\nReplaces: a;to-tag;from-tag=\"\r\nAccept-Language: *, de\r\n\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		m, err := sip.ParseMessage([]byte("INVITE sip:1%2f@x SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\n" + rest))
		if err != nil {
			return
		}
		if req, ok := m.(*sip.Request); ok {
			sipbridge.Read(req)
		}
	})
}

func FuzzNames(f *testing.F) {
	f.Add(`"quoted" \ and Zoë`)
	f.Add("*42#1")
	f.Fuzz(func(t *testing.T, s string) {
		sent, read := sipbridge.Shown(s)
		if strings.ContainsAny(sent, "\r\n") || len(read) > 128 {
			t.Errorf("a name goes out as %q", sent)
		}
		if again, _ := sipbridge.Shown(read); again != sent {
			t.Errorf("%q goes out as %q, then as %q", s, sent, again)
		}
		sent, back := sipbridge.Number(s)
		if strings.ContainsAny(sent, "@<>\" \r\n#;?") || back != s {
			t.Errorf("%q goes out as %q and comes back as %q", s, sent, back)
		}
	})
}

// Every reason has a status, and what we say comes back as what was meant where SIP has a word for it.
func TestReasonsBothWays(t *testing.T) {
	for r := range call.Reasons {
		if s := sipbridge.Status(r); s < 400 || s > 699 {
			t.Errorf("%s is refused with %d", r, s)
		}
	}
	for _, r := range []call.Reason{call.Busy, call.Declined, call.NotFound, call.Unavailable, call.Forbidden, call.Incompatible, call.Congestion, call.Cancelled, call.Failed} {
		if back := sipbridge.ReasonOf(sipbridge.Status(r)); back != r {
			t.Errorf("%s comes back as %s", r, back)
		}
	}
	if sipbridge.Status(call.Reasons) != 500 {
		t.Error("a reason that does not exist has a status of its own")
	}
}
