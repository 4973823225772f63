package rtp

import (
	"crypto/rand"
	"strings"
	"sync"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

const (
	// maxTag is what sealing adds to a packet at most.
	maxTag = 32
	// Windows of replay protection (RFC 3711 §3.3.2), in packets.
	replayRTP, replayRTCP = 1024, 128
	// maxStreams is how many SSRCs one peer may use: SRTP keeps a state for each.
	maxStreams = 64
)

// keys are those of a pair, by SDES. Without any, packets pass as they are.
type keys struct {
	// Guarded by the pair's mutex.
	own      map[string]sdp.Crypto // ours, by suite
	offered  bool                  // and the peer was told
	protocol string                // that was agreed on with them
	theirs   sdp.Crypto
	in       *srtp.Context
	header   rtp.Header
	headerC  rtcp.Header
	heard    map[uint32]struct{}
	opened   []byte

	outMu      sync.Mutex // guards what is below
	ours       sdp.Crypto
	out        *srtp.Context
	outHeader  rtp.Header
	outHeaderC rtcp.Header
	sealed     []byte
	sealedRTCP []byte
}

// on reports whether there are keys.
func (k *keys) on() bool { return k.in != nil }

// key is ours for a suite: the same one as long as the session lasts.
func (k *keys) key(s sdp.Suite, tag int) sdp.Crypto {
	c, ok := k.own[s.Name]
	if !ok {
		c = sdp.Crypto{Suite: s, Key: make([]byte, s.Key+s.Salt)}
		_, _ = rand.Read(c.Key) // does not fail
		if k.own == nil {
			k.own = map[string]sdp.Crypto{}
		}
		k.own[s.Name] = c
	}
	c.Tag = tag
	return c
}

// offer writes our keys and returns the protocol of the line. Once one is agreed on, it is the only one.
func (k *keys) offer(m *sdp.Media, asked Security) string {
	k.outMu.Lock()
	defer k.outMu.Unlock()
	if k.out != nil {
		m.AddCrypto(k.ours)
		return k.protocol
	}
	if asked == Plain {
		return "RTP/AVP"
	}
	for i, s := range sdp.Suites {
		m.AddCrypto(k.key(s, i+1))
	}
	k.offered = true
	if asked == SDES {
		return "RTP/AVP" // RFC 8643 §3.1
	}
	return "RTP/SAVP"
}

// answer takes the peer's key and writes ours for the same suite (RFC 4568 §5.1.2).
func (k *keys) answer(m *sdp.Media, theirs sdp.Crypto) error {
	ours := k.key(theirs.Suite, theirs.Tag)
	m.AddCrypto(ours)
	return k.agree(ours, theirs, m.Protocol)
}

// accept takes the key of an answer to ours; ok is false when there is none.
func (k *keys) accept(m *sdp.Media) (ok bool, err error) {
	secured := strings.Contains(strings.ToUpper(m.Protocol), "SAVP")
	for _, c := range m.Cryptos() {
		if ours, known := k.own[c.Suite.Name]; known && (k.offered || k.on()) {
			ours.Tag = c.Tag
			return true, k.agree(ours, c, m.Protocol)
		}
	}
	if secured {
		return false, fault.New(fault.Invalid, "the answer has no key that was offered")
	}
	return false, nil
}

// agree makes the keys count. What stays the same goes on where it is.
func (k *keys) agree(ours, theirs sdp.Crypto, protocol string) error {
	if k.in == nil || !k.theirs.Equal(theirs) {
		options := []srtp.ContextOption{srtp.SRTPReplayProtection(replayRTP), srtp.SRTCPReplayProtection(replayRTCP)}
		if theirs.MKI != nil {
			options = append(options, srtp.MasterKeyIndicator(theirs.MKI))
		}
		in, err := newContext(theirs, options...)
		if err != nil {
			return err
		}
		k.in, k.theirs, k.heard = in, theirs, map[uint32]struct{}{}
	}
	k.protocol = protocol
	k.outMu.Lock()
	defer k.outMu.Unlock()
	if k.out == nil || !k.ours.Equal(ours) {
		out, err := newContext(ours)
		if err != nil {
			return err
		}
		k.out = out
	}
	k.ours = ours
	return nil
}

func newContext(c sdp.Crypto, options ...srtp.ContextOption) (*srtp.Context, error) {
	ctx, err := srtp.CreateContext(c.Key[:c.Suite.Key], c.Key[c.Suite.Key:], c.Suite.Profile, options...)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the key cannot be used")
	}
	return ctx, nil
}

// clear goes back to packets in the clear.
func (k *keys) clear() {
	k.in = nil
	k.outMu.Lock()
	defer k.outMu.Unlock()
	k.out = nil
}

// open decrypts an RTP packet into dst and returns its length.
func (k *keys) open(dst, b []byte) (int, bool) {
	if k.in == nil {
		return copy(dst, b), true
	}
	ssrc := be32(b[8:])
	_, known := k.heard[ssrc]
	if !known && len(k.heard) >= maxStreams {
		return 0, false
	}
	opened, err := k.in.DecryptRTP(dst, b, &k.header)
	if err != nil {
		return 0, false
	}
	if !known {
		k.heard[ssrc] = struct{}{}
	}
	return len(opened), true
}

func (k *keys) openRTCP(b []byte) ([]byte, bool) {
	if k.in == nil {
		return b, true
	}
	ssrc := be32(b[4:])
	_, known := k.heard[ssrc]
	if !known && len(k.heard) >= maxStreams {
		return nil, false
	}
	opened, err := k.in.DecryptRTCP(k.opened[:0], b, &k.headerC)
	if err != nil {
		return nil, false
	}
	k.opened = opened
	if !known {
		k.heard[ssrc] = struct{}{}
	}
	return opened, true
}

// seal encrypts an RTP packet, into memory that is good until the next one.
func (k *keys) seal(b []byte) ([]byte, bool) {
	k.outMu.Lock()
	defer k.outMu.Unlock()
	if k.out == nil {
		return b, true
	}
	var err error
	k.sealed, err = k.out.EncryptRTP(k.sealed[:0], b, &k.outHeader)
	return k.sealed, err == nil
}

// sealRTCP encrypts a compound, into memory that is good until the next one.
func (k *keys) sealRTCP(b []byte) ([]byte, bool) {
	k.outMu.Lock()
	defer k.outMu.Unlock()
	if k.out == nil {
		return b, true
	}
	var err error
	k.sealedRTCP, err = k.out.EncryptRTCP(k.sealedRTCP[:0], b, &k.outHeaderC)
	return k.sealedRTCP, err == nil
}

// suite is the name of the encryption, empty without.
func (k *keys) suite() string {
	k.outMu.Lock()
	defer k.outMu.Unlock()
	if k.out == nil {
		return ""
	}
	return k.ours.Suite.Name
}
