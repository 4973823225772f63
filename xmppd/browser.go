package xmppd

import (
	"context"
	"net/http"

	"plenum/xmppd/jid"
)

// Browsers knows people by what their browser sends along with a request, such as a session's cookie. Our own pages then need no password: their
// stream logs in by SASL EXTERNAL as whoever has logged in in the browser.
type Browsers interface {
	// Identify is the log-in that a WebSocket request comes with. It is nil when there is none, and for a page that is not ours: browsers send
	// cookies along with what other sites ask for, too.
	Identify(r *http.Request) BrowserLogin
}

// BrowserLogin is somebody's log-in in a browser.
type BrowserLogin interface {
	User() jid.JID // bare
	// Lasts reports whether the log-in still holds, and counts as use of it. It may block.
	Lasts(ctx context.Context) bool
	// OnEnd has fn called when the log-in ends. Fn does not block. What ends on another server is found out by Lasts alone.
	OnEnd(fn func()) (forget func())
}

// standing is a session's dependence on a log-in in a browser.
type standing struct {
	login  BrowserLogin
	end    func()
	forget func()
}

// standOn makes a session end, as far as it is this connection's, when the log-in ends by which the connection has got it.
func (w *wsWire) standOn(login BrowserLogin, x *Session, turn uint32) {
	st := &standing{login: login, end: func() {
		w.srv.background("the end of a browser's log-in", func() {
			x.reader.use(turn, func() error {
				x.end("not-authorized", "the browser is no longer logged in")
				return nil
			})
		})
	}}
	st.forget = login.OnEnd(st.end)
	w.standing.Store(st)
	if w.closed.Load() {
		st.forget()
	}
	w.checkLogin() // it may have ended before anybody listened
}

// checkLogin ends the session when the log-in that it stands on does not hold any more.
func (w *wsWire) checkLogin() {
	st := w.standing.Load()
	if st == nil {
		return
	}
	ctx, cancel := context.WithTimeout(w.srv.ctx, probeGrace)
	defer cancel()
	if !st.login.Lasts(ctx) && ctx.Err() == nil {
		st.end()
	}
}
