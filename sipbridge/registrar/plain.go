package registrar

import (
	"net/netip"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"

	"plenum/xmppd/lru"
)

// plainPhones is how many phones are remembered by how they take a challenge.
const plainPhones = 10_000

// maxPlainUser is how much of a user's name tells phones apart: strangers may make it as long as a message.
const maxPlainUser = 64

// knownPlain are the beginnings of the User-Agent of phones that fail over a challenge by SHA-256, though one by MD5 stands beside it.
var knownPlain = []string{"baresip v0.", "baresip v1."}

// plain finds out which phones know MD5 alone.
// Compat: a phone that does not know an algorithm is to go on to the next challenge (RFC 8760 §2.4), and many of those made before do not. They
// ask again some time later, without credentials as before: that is how they are known.
type plain struct {
	mu     sync.Mutex
	phones *lru.Cache[plainKey, bool] // false: was offered both and has not answered yet
}

type plainKey struct {
	user   string
	source netip.Addr
}

func newPlain() *plain { return &plain{phones: lru.New[plainKey, bool](plainPhones)} }

func plainKeyOf(req *sip.Request, source netip.Addr) plainKey {
	k := plainKey{source: source}
	if from := req.From(); from != nil {
		user := from.Address.User
		k.user = strings.Clone(user[:min(len(user), maxPlainUser)]) // not the whole message
	}
	return k
}

// asks reports whether the phone that is challenged is to be offered MD5 alone. Without says that its request had no credentials.
func (p *plain) asks(req *sip.Request, source netip.Addr, without bool) bool {
	if agent := req.GetHeader("User-Agent"); agent != nil {
		for _, known := range knownPlain {
			if strings.HasPrefix(agent.Value(), known) {
				return true
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := plainKeyOf(req, source)
	only, asked := p.phones.Get(key)
	if without && !only {
		only = asked
		p.phones.Put(key, only)
	}
	return only
}

// answered is told that a phone has logged in: who was offered both knows one of them.
func (p *plain) answered(req *sip.Request, source netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := plainKeyOf(req, source)
	if only, asked := p.phones.Get(key); asked && !only {
		p.phones.Delete(key)
	}
}
