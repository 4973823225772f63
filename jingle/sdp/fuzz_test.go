package sdp_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"plenum/jingle/sdp"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

func seeds(f *testing.F) {
	names, _ := filepath.Glob(filepath.Join("..", "wire", "testdata", "*.xml"))
	if len(names) == 0 {
		f.Fatal("no fixtures")
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func readable(raw []byte) *wire.Jingle {
	p, err := xmlstream.Parse(raw, xmppd.NSClient, xmlstream.C2S)
	if err != nil {
		return nil
	}
	e, _ := p.First()
	j, err := wire.ParseJingle(e)
	if err != nil {
		return nil
	}
	return j
}

// FuzzAnswer answers any offer: with a reason to end the session by, or with no more than was offered.
func FuzzAnswer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		offer := readable(raw)
		if offer == nil {
			return
		}
		d, err := sdp.Answer(offer, wire.Responder, sdp.Default())
		if err != nil {
			var failure *sdp.Failure
			if !errors.As(err, &failure) || failure.Reason.Condition == "" {
				t.Fatalf("%v is no failure", err)
			}
			return
		}
		checkAnswer(t, offer, send(t, d, wire.SessionAccept))
	})
}

// FuzzAccept takes any answer.
func FuzzAccept(f *testing.F) {
	seeds(f)
	offer := sdp.Offer(wire.Initiator, []sdp.Want{{Name: "0", Send: true, Receive: true}, {Name: "audio", Send: true, Receive: true}}, sdp.Default(), true)
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer := readable(raw)
		if answer == nil {
			return
		}
		d, err := offer.Accept(answer)
		if condition(err) == "" && err != nil {
			t.Fatalf("%v is no failure", err)
		}
		if err == nil {
			send(t, d, wire.ContentAccept)
		}
	})
}
