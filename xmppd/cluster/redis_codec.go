package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// member is one life of a node, written id/epoch as the scripts have it.
func member(id NodeID, epoch int64) string { return fmt.Sprintf("%s/%d", id, epoch) }

func parseMember(m string) (NodeID, int64, bool) {
	i := strings.LastIndexByte(m, '/')
	if i < 0 {
		return "", 0, false
	}
	epoch, err := strconv.ParseInt(m[i+1:], 10, 64)
	return NodeID(m[:i]), epoch, err == nil
}

const (
	flagAvailable = 1 << iota
	flagInterested
)

// sessionValue is what the registry keeps of s under its bare JID and resource.
func sessionValue(s Session) string {
	bits := 0
	if s.Available {
		bits |= flagAvailable
	}
	if s.Interested {
		bits |= flagInterested
	}
	return fmt.Sprintf("%s %d %d %d %s", member(s.Node, s.Epoch), s.Priority, bits, s.Flags, s.SID)
}

func parseSession(bare, resource, value string) (Session, bool) {
	f := strings.SplitN(value, " ", 5)
	if len(f) != 5 {
		return Session{}, false
	}
	node, epoch, ok := parseMember(f[0])
	priority, err1 := strconv.ParseInt(f[1], 10, 8)
	bits, err2 := strconv.ParseUint(f[2], 10, 8)
	flags, err3 := strconv.ParseUint(f[3], 10, 32)
	if !ok || errors.Join(err1, err2, err3) != nil {
		return Session{}, false
	}
	return Session{
		Bare: bare, Resource: resource, Node: node, Epoch: epoch, SID: f[4], Priority: int8(priority),
		Available: bits&flagAvailable != 0, Interested: bits&flagInterested != 0, Flags: uint32(flags),
	}, true
}

// fullJID splits into bare JID and resource at the first slash (RFC 7622 §3.1), and so is put together.
func fullJID(bare, resource string) string { return bare + "/" + resource }

func splitFull(full string) (bare, resource string) {
	bare, resource, _ = strings.Cut(full, "/")
	return bare, resource
}

// encode writes e for the wire: epoch, seq, then sender and kind with their lengths, then the payload.
func (e Envelope) encode() []byte {
	b := make([]byte, 0, len(e.Payload)+len(e.Kind)+len(e.From)+24)
	b = binary.AppendUvarint(b, uint64(e.epoch))
	b = binary.AppendUvarint(b, e.seq)
	for _, s := range []string{string(e.From), e.Kind} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return append(b, e.Payload...)
}

var errEnvelope = errors.New("cluster: malformed envelope")

func decodeEnvelope(data string) (e Envelope, err error) {
	b := []byte(data)
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			err = errEnvelope
			return 0
		}
		b = b[n:]
		return v
	}
	text := func() string {
		n := number()
		if n > uint64(len(b)) {
			err = errEnvelope
			return ""
		}
		s := string(b[:n])
		b = b[n:]
		return s
	}
	e.epoch, e.seq = int64(number()), number()
	e.From, e.Kind = NodeID(text()), text()
	e.Payload = b
	if err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// dedup drops what comes a second time. A sender repeats a batch when it has not seen the answer of Redis, so within one inbox
// the numbers of each sender only grow, but for such repetitions.
type dedup map[NodeID]struct {
	epoch int64
	seq   uint64
}

func (d dedup) fresh(e Envelope) bool {
	last := d[e.From]
	if e.epoch < last.epoch || e.epoch == last.epoch && e.seq <= last.seq {
		return false
	}
	last.epoch, last.seq = e.epoch, e.seq
	d[e.From] = last
	return true
}

// valueMember is the member that a value begins with.
func valueMember(value string) string {
	m, _, _ := strings.Cut(value, " ")
	return m
}
