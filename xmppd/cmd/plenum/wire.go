package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"plenum/admin/api"
	"plenum/components/adhoc"
	"plenum/components/apps"
	"plenum/components/archive"
	"plenum/components/audit"
	"plenum/components/blocking"
	"plenum/components/carbons"
	"plenum/components/conference"
	"plenum/components/csi"
	"plenum/components/directory"
	"plenum/components/disco"
	"plenum/components/entitytime"
	"plenum/components/lastactivity"
	"plenum/components/muc"
	"plenum/components/ping"
	"plenum/components/privatexml"
	"plenum/components/profiles"
	"plenum/components/pubsub"
	"plenum/components/register"
	"plenum/components/sessions"
	"plenum/components/telephony"
	"plenum/components/telephony/dialin"
	"plenum/components/telephony/prompts"
	"plenum/components/telephony/voicemail"
	"plenum/components/vcard"
	"plenum/components/version"
	"plenum/components/websession"
	"plenum/jingle/endpoint"
	"plenum/jingle/transport"
	"plenum/jingle/turn"
	"plenum/sipbridge"
	"plenum/sipbridge/rtp"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/cmd/internal/certs"
	"plenum/xmppd/cmd/internal/logging"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
)

const webSocketPath = "/xmpp-websocket"

// parts is everything that makes up one server.
type parts struct {
	cfg      *Config
	logs     *logging.Logs
	log      *slog.Logger
	db       *store.DB
	node     *cluster.Node
	certs    *certs.Set // nil when there is no TLS
	org      *directory.Directory
	accounts *directory.Accounts
	leaving  *leaving
	rooms    *muc.Service
	groups   *conference.Service
	info     *disco.Service
	limiter  *sasl.Limiter // of failed logins, wherever they come from
	logins   *websession.Service
	audit    *audit.Service
	recorder *api.Recorder
	poll     *poll
	xmpp     *xmppd.Server
	events   *pubsub.Service
	messages *archive.Service
	turn     *turn.Server                     // nil when it is switched off
	calls    *endpoint.Service                // nil when media is switched off
	media    atomic.Pointer[transport.Engine] // nil until the ports are open
	sip      *sipParts                        // nil when it is switched off
	web      *echo.Echo
	metrics  *prometheus.Registry

	prompts       *prompts.Service
	telephony     *telephony.Service
	dialin        *dialin.Service
	voicemail     *voicemail.Service
	boxes         sync.WaitGroup // of teams that are being removed
	profiles      *profiles.Service
	profileEngine *profiles.Engine
	apps          *apps.Service
	meter         directory.TrunkMeter
	bridge        *sipbridge.Service         // nil when SIP is switched off
	phoneMedia    atomic.Pointer[rtp.Engine] // nil until the ports are open
	lineUp        func(trunk, account string) bool

	load    func() (*Config, error) // reads the configuration again
	stop    context.CancelFunc
	started time.Time
}

// build constructs the server from top to bottom. Nothing listens yet; the database is open until close.
func build(ctx context.Context, cfg *Config, logs *logging.Logs) (_ *parts, err error) {
	p := &parts{cfg: cfg, logs: logs, log: logs.For("plenum"), metrics: newMetrics()}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.db, err = store.Open(ctx, cfg.Store, cfg.Data, logs.For("store")); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	p.metrics.MustRegister(storeMetrics(p.db.Stats))
	if p.node, err = join(ctx, cfg, logs); err != nil {
		return nil, err
	}
	p.metrics.MustRegister(clusterMetrics(p.node))
	if len(cfg.TLS.Certificates) > 0 {
		if p.certs, err = certs.Load(cfg.TLS.Certificates); err != nil {
			return nil, err
		}
	}
	if p.org, err = directory.Open(ctx, p.db, cfg.XMPP.Domains, cfg.Users, directory.KeyFile(cfg.keyFile()), logs.For("directory")); err != nil {
		return nil, err
	}
	p.accounts = p.org.Accounts
	if err = p.buildXMPP(ctx); err != nil {
		return nil, err
	}
	if err = p.buildSIP(ctx); err != nil {
		return nil, fmt.Errorf("SIP: %w", err)
	}
	if err = p.buildWeb(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// join takes this server's place among others, or alone.
func join(ctx context.Context, cfg *Config, logs *logging.Logs) (*cluster.Node, error) {
	if len(cfg.Redis.Addresses) == 0 {
		return cluster.NewLocal().Join("plenum"), nil
	}
	node, err := cluster.JoinRedis(ctx, cfg.Redis, logs.For("cluster"))
	if err != nil {
		return nil, fmt.Errorf("join the other servers: %w", err)
	}
	return node, nil
}

func (p *parts) buildXMPP(ctx context.Context) (err error) {
	p.limiter = sasl.NewLimiter(sasl.LimiterConfig{})
	if p.logins, err = websession.New(ctx, p.db, p.cfg.Web.Sessions, p.accounts, p.org.Domains(), p.limiter, p.logs.For("admin")); err != nil {
		return err
	}
	p.org.OnChange(p.logins.Changed)
	deps := xmppd.Deps{
		Log: p.logs.For("xmppd"), Store: p.db, Node: p.node, Accounts: p.accounts,
		Limiter: p.limiter, Browsers: websession.Streams{Sessions: p.logins, Public: p.cfg.publicURL()},
	}
	if p.certs != nil {
		deps.TLS = p.certs
	}
	s, err := xmppd.New(p.cfg.XMPP, deps)
	if err != nil {
		return err
	}
	p.xmpp = s
	p.metrics.MustRegister(xmppMetrics(s.Stats))
	p.announceDirectory()
	p.buildColleagues()

	info := disco.Register(s, p.cfg.Disco)
	p.info = info
	version.Register(s, info, p.cfg.Version, version.Software{Name: "Plenum", Version: programVersion, OS: runtime.GOOS})
	ping.Register(s)
	entitytime.Register(s)
	carbons.Register(s)
	csi.Register(s)
	commands := adhoc.Register(s, info)
	commands.Add(ping.Command())
	sessions.Register(s, info, commands)
	history, err := archive.OpenEngine(ctx, p.db)
	if err != nil {
		return err
	}
	p.messages = archive.Register(s, p.cfg.Archive, history)
	blocked, err := blocking.Register(ctx, s)
	if err != nil {
		return err
	}
	last, err := lastactivity.Register(ctx, s)
	if err != nil {
		return err
	}
	cards, err := vcard.Register(ctx, s, p.cfg.Disco.Name)
	if err != nil {
		return err
	}
	private, err := privatexml.Register(ctx, s)
	if err != nil {
		return err
	}
	events, err := pubsub.Register(ctx, s, info, p.cfg.PubSub, blocked)
	if err != nil {
		return err
	}
	p.events = events
	private.Mirror, private.Source = events.UnifyBookmarks()
	photo, newCard := events.ConvertAvatars()
	cards.Rewrite = photo
	cards.OnChange(newCard)
	if p.rooms, err = muc.Register(s, p.cfg.Rooms, history); err != nil {
		return err
	}
	p.buildCalls()
	groups := conference.Parts{
		Rooms: p.rooms, Access: p.org.Guests, Bookmarks: events, Limiter: p.limiter, Link: p.cfg.guestLink, Rules: p.cfg.Meetings, AppLink: p.cfg.appLink, Commands: commands,
		Names: p.displayName, Number: p.org.Telephony.GroupNumber, Code: telephony.GroupCode, Say: p.say,
	}
	if p.calls != nil {
		groups.Signalling = roomCalls{p.calls, p.rooms.Domain().Domain()}
	}
	if p.groups, err = conference.Register(s, p.cfg.Guests, groups); err != nil {
		return err
	}
	p.serveRooms()
	if err := p.buildTelephony(); err != nil {
		return err
	}
	if p.profileEngine, err = profiles.NewEngine(ctx, p.db, p.org, p.logs.For("profiles")); err != nil {
		return err
	}
	if p.profiles, err = profiles.Register(s, p.cfg.Profiles, p.org, p.profileEngine, commands, events, p.logs.For("profiles")); err != nil {
		return err
	}
	if p.apps, err = apps.Register(ctx, s, apps.Parts{
		Domain: p.cfg.numbersDomain(), Org: p.org, Calls: telephony.Everywhere{Service: p.telephony}, Profiles: p.profileEngine, Voicemail: p.voicemail, Devices: callableDevices{p}, Commands: commands, Log: p.logs.For("apps"),
	}); err != nil {
		return err
	}
	p.org.OnChange(p.guestsChanged)
	p.metrics.MustRegister(guestMetrics(p.groups.Counts))
	if p.leaving, err = newLeaving(ctx, p.db, p.accounts, s, p.logs.For("leaving")); err != nil {
		return err
	}
	p.accounts.Reserve(p.leaving.reserved)
	p.accounts.RemoveWith(p.leaving.removeNow)
	p.leaving.also(p.messages, blocked, last, cards, private, events, p.rooms, p.voicemail, p.telephony.Journal(), p.profileEngine, p.apps)
	register.Register(s, p.cfg.Register, selfService{p.accounts, p.leaving})
	return p.buildTURN(ctx)
}

func (p *parts) buildWeb(ctx context.Context) error {
	p.web = newWeb(p.logs.For("web"))
	mountHostMeta(p.web, p.cfg.webSocketURL())
	p.web.GET(webSocketPath, echo.WrapHandler(p.xmpp.WebSocketHandler()))
	p.mountSIP()
	if p.cfg.local {
		p.web.GET("/metrics", echo.WrapHandler(metricsHandler(p.metrics, p.log)))
	} else {
		p.web.Use(onlyTLS)
	}
	return p.buildConsole(ctx)
}

// kindDirectory marks what nodes tell each other about the directory.
const kindDirectory = "directory"

// announceDirectory tells the other nodes what changes here, and ends the sessions of those who may no longer log in.
func (p *parts) announceDirectory() {
	p.org.OnAnnounce(func(text []byte) { p.xmpp.Announce(kindDirectory, text) })
	p.xmpp.OnNode(kindDirectory, func(_ cluster.NodeID, text []byte) {
		if err := p.org.Heard(text); err != nil {
			p.log.Error("a message of another node cannot be read", "err", err)
		}
	})
	p.org.OnChange(p.endSessions)
}

// endSessions ends the sessions of those who may no longer log in, or whose password another has changed. The node that made the change ends them
// on all nodes; when changes were lost, each looks itself.
func (p *parts) endSessions(c directory.Change) {
	switch {
	case c.Kind == directory.Missed:
		for _, user := range p.accounts.LockedOut() {
			p.xmpp.CloseSessions(user, "not-authorized", "the account was disabled")
		}
	case c.Remote:
	case c.Kind == directory.AccountDisabled, c.Kind == directory.AccountEdited:
		if user, err := p.accounts.Get(context.Background(), c.JID); err == nil && !user.CanLogIn() {
			p.xmpp.CloseSessions(c.JID, "not-authorized", "the account was disabled")
		}
	case c.Kind == directory.AccountBinned:
		p.xmpp.CloseSessions(c.JID, "not-authorized", "the account was deleted")
	case c.Kind == directory.PasswordSet && !c.By.IsZero() && c.By != c.JID:
		p.xmpp.CloseSessions(c.JID, "not-authorized", "the password was changed: log in again")
	}
}

// displayName is what a user is called; "" when there is none.
func (p *parts) displayName(user jid.JID) string {
	account, err := p.accounts.Get(context.Background(), user)
	if err != nil {
		return ""
	}
	return account.DisplayName
}

// guestsChanged tells the groups who may enter them, and by which number.
func (p *parts) guestsChanged(c directory.Change) {
	switch c.Kind {
	case directory.GuestsOn, directory.GuestsOff:
		p.groups.AccessChanged(c.JID)
	case directory.TelephonyChanged, directory.Missed:
		p.groups.AccessChanged(jid.JID{})
	}
}

// selfService lets clients make accounts in the directory.
type selfService struct {
	accounts *directory.Accounts
	leaving  *leaving
}

func (r selfService) Create(ctx context.Context, bare jid.JID, password string, anyPassword bool) error {
	_, err := r.accounts.Create(ctx, directory.NewAccount{JID: bare, Password: password, AnyPassword: anyPassword})
	return err
}

func (r selfService) SetPassword(ctx context.Context, bare jid.JID, password string) error {
	return r.accounts.SetPassword(ctx, bare, password)
}

func (r selfService) Delete(ctx context.Context, bare jid.JID) error {
	_, err := r.leaving.remove(ctx, bare)
	return err
}

// operator carries out commands on these parts.
func (p *parts) operator() *operator {
	return &operator{org: p.org, accounts: p.accounts, leaving: p.leaving, domains: p.cfg.XMPP.Domains, backup: p.db.Backup, logOut: func(user jid.JID) {
		p.xmpp.CloseSessions(user, "not-authorized", "the password was changed: log in again")
	}}
}

// close saves what is queued and closes the database. Parts that were not built are left out.
func (p *parts) close() error {
	if p.poll != nil {
		p.poll.close()
	}
	if p.leaving != nil {
		p.leaving.close()
	}
	p.sip.close()
	p.boxes.Wait()
	if p.org != nil {
		p.org.Close()
	}
	if p.db == nil {
		return nil
	}
	return p.db.Close()
}
