package api

import (
	"context"
	"errors"
	"net/netip"
	"strings"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/websession"
	"plenum/xmppd/fault"
)

// logIn begins a session. One that the browser had before ends: nothing of it is taken over.
func (a *API) logIn(ctx context.Context, req loginRequest) (Session, error) {
	session, err := a.begin(ctx, req.Body, a.Logins.LogIn)
	if err != nil {
		return Session{}, err
	}
	return a.sessionOf(session), nil
}

// enterApp is logIn for every user, whatever his level. It is the same session: an administrator may go on to the console with it.
func (a *API) enterApp(ctx context.Context, req loginRequest) (AppSession, error) {
	session, err := a.begin(ctx, req.Body, a.Logins.Enter)
	if err != nil {
		return AppSession{}, err
	}
	return a.appSessionOf(session), nil
}

type loginFunc func(ctx context.Context, login, password string, addr netip.Addr) (websession.Session, error)

func (a *API) begin(ctx context.Context, who Login, logIn loginFunc) (websession.Session, error) {
	on := callOf(ctx)
	session, err := logIn(ctx, strings.TrimSpace(who.Login), who.Password, addressOf(on.echo))
	if err != nil {
		a.refused(ctx, who.Login, err)
		return session, err
	}
	if old, err := a.Logins.Find(ctx, websession.TokenOf(on.echo.Request())); err == nil {
		if err := a.Logins.End(ctx, old); err != nil {
			return session, err
		}
		note(ctx, sessionEntry("session.end", old.Account))
	}
	websession.SetCookie(on.echo.Response(), session.Token)
	note(ctx, sessionEntry("session.begin", session.Account))
	return session, nil
}

func sessionEntry(action string, who directory.Account) audit.Entry {
	return audit.Entry{Actor: who.JID.String(), Action: action, Kind: "session", Object: who.JID.String(), Name: who.DisplayName}
}

// refused notes a log-in that failed, and a lock-out when it begins. What a lock-out turns away is not noted: the log would grow with each try of an
// attacker.
func (a *API) refused(ctx context.Context, login string, err error) {
	if !fault.Is(err, fault.Unauthenticated) {
		return
	}
	a.Log.Info("a log-in was refused", "login", login, "addr", addressOf(callOf(ctx).echo), "err", err)
	on := *callOf(ctx)
	on.notes = nil
	if !errors.Is(err, websession.ErrLockedOut) {
		on.notes = append(on.notes, audit.Entry{Actor: login, Action: "session.refused", Kind: "session", Object: login})
	}
	if lock, ok := errors.AsType[*websession.LockOut](err); ok && lock.Everything {
		on.notes = append(on.notes, audit.Entry{Actor: login, Action: "session.lockOutAddress", Kind: "session", Object: addressOf(on.echo).String()})
	} else if ok {
		on.notes = append(on.notes, audit.Entry{Actor: login, Action: "session.lockOut", Kind: "session", Object: login})
	}
	a.write(ctx, &on)
}

func (a *API) session(ctx context.Context, _ noRequest) (Session, error) {
	return a.sessionOf(callOf(ctx).session), nil
}

func (a *API) sessionOf(s websession.Session) Session {
	return Session{
		User: s.Account.JID, DisplayName: s.Account.DisplayName, Level: s.Account.Role, Rights: rightsOf(s.Account.Role),
		Language: s.Account.Language, CSRF: s.CSRF, Expires: s.Expires, IdleSeconds: int(s.Idle.Seconds()),
		Domains: a.Domains, GroupDomain: a.Groups.Domain(),
	}
}

func (a *API) appSession(ctx context.Context, _ noRequest) (AppSession, error) {
	return a.appSessionOf(callOf(ctx).session), nil
}

func (a *API) appSessionOf(s websession.Session) AppSession {
	return AppSession{
		User: s.Account.JID, DisplayName: s.Account.DisplayName, Language: s.Account.Language, Console: SignedIn.allows(s.Account.Role),
		CSRF: s.CSRF, Expires: s.Expires, GroupDomain: a.Groups.Domain(), NumberDomain: a.NumberDomain,
	}
}

func (a *API) logOut(ctx context.Context, _ noRequest) (none, error) {
	on := callOf(ctx)
	if err := a.Logins.End(ctx, on.session); err != nil {
		return none{}, err
	}
	websession.ClearCookie(on.echo.Response())
	note(ctx, sessionEntry("session.end", on.session.Account))
	return none{}, nil
}
