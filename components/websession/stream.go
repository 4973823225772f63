package websession

import (
	"context"
	"net/http"
	"sync"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Streams lets the XMPP streams of our own pages log in as whoever has logged in in their browser. A stream ends with the session; while it is
// open, the session is in use.
type Streams struct {
	Sessions *Service
	Public   string // the address under which browsers reach the server
}

// Identify implements xmppd.Browsers. Browsers send the cookie along with a WebSocket that a page of another site opens, unless SameSite stops them;
// so the request has to say itself that it comes from a page of ours.
func (s Streams) Identify(r *http.Request) xmppd.BrowserLogin {
	token := TokenOf(r)
	if token == "" || r.Header.Get("Origin") == "" || !SameOrigin(r, s.Public) {
		return nil
	}
	session, err := s.Sessions.Find(r.Context(), token)
	if err != nil {
		if !fault.Is(err, fault.Unauthenticated) {
			s.Sessions.log.Error("the session of a browser cannot be read", "err", err)
		}
		return nil
	}
	return &streamLogin{s.Sessions, session, token}
}

// streamLogin is the session that a stream stands on.
type streamLogin struct {
	sessions *Service
	session  Session
	token    string
}

func (l *streamLogin) User() jid.JID { return l.session.Account.JID }

// Lasts implements xmppd.BrowserLogin. A database that does not answer ends nobody's session.
func (l *streamLogin) Lasts(ctx context.Context) bool {
	_, err := l.sessions.Find(ctx, l.token)
	return !fault.Is(err, fault.Unauthenticated)
}

func (l *streamLogin) OnEnd(fn func()) (forget func()) {
	return l.sessions.watchers.add(&watcher{account: l.session.Account.JID, key: l.session.key, stamp: l.session.stamp, fn: fn})
}

// watchers want to know when sessions end.
type watchers struct {
	mu        sync.Mutex
	byAccount map[jid.JID]map[*watcher]struct{}
}

type watcher struct {
	account jid.JID
	key     []byte
	stamp   string
	fn      func()
}

func (s *watchers) add(w *watcher) (forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byAccount == nil {
		s.byAccount = make(map[jid.JID]map[*watcher]struct{})
	}
	if s.byAccount[w.account] == nil {
		s.byAccount[w.account] = make(map[*watcher]struct{})
	}
	s.byAccount[w.account][w] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.drop(w)
	}
}

func (s *watchers) drop(w *watcher) {
	of := s.byAccount[w.account]
	delete(of, w)
	if len(of) == 0 {
		delete(s.byAccount, w.account)
	}
}

// ended tells those who watch sessions of an account that match.
func (s *watchers) ended(account jid.JID, match func(*watcher) bool) {
	var told []*watcher
	s.mu.Lock()
	for w := range s.byAccount[account] {
		if match(w) {
			told = append(told, w)
		}
	}
	for _, w := range told {
		s.drop(w)
	}
	s.mu.Unlock()
	for _, w := range told {
		w.fn()
	}
}
