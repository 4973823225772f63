package stack

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/emiago/sipgo/sip"
)

// parse reads a message that came in one datagram. Everything that routing needs is there afterwards.
func parse(b []byte) (sip.Message, error) {
	msg, err := sip.ParseMessage(bytes.Clone(b))
	if err != nil {
		return nil, fmt.Errorf("parse a message: %w", err)
	}
	if msg.CallID() == nil || msg.CSeq() == nil || msg.From() == nil || msg.To() == nil || msg.Via() == nil {
		return nil, errors.New("parse a message: Via, From, To, Call-ID or CSeq is missing")
	}
	return msg, nil
}
