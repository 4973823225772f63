package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"plenum/components/archive"
	"plenum/components/audit"
	"plenum/components/conference"
	"plenum/components/directory"
	"plenum/components/disco"
	"plenum/components/muc"
	"plenum/components/profiles"
	"plenum/components/pubsub"
	"plenum/components/register"
	"plenum/components/telephony"
	"plenum/components/telephony/dialin"
	"plenum/components/telephony/voicemail"
	"plenum/components/version"
	"plenum/components/websession"
	"plenum/jingle/endpoint"
	"plenum/jingle/transport"
	"plenum/jingle/turn"
	"plenum/sipbridge"
	"plenum/sipbridge/events"
	"plenum/sipbridge/registrar"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/stack"
	"plenum/sipbridge/trunk"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/cmd/internal/certs"
	"plenum/xmppd/cmd/internal/config"
	"plenum/xmppd/cmd/internal/logging"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:generate go run . config describe --markdown --output ../../../docs/config.md

// configName is the name of the configuration in the data folder.
const configName = "plenum.toml"

// Config is the whole file, composed of what each package wants to know. What operators change from day to day is
// not here but in the database.
type Config struct {
	Data    string              `toml:"data" doc:"The folder with everything the server writes. Relative to the folder of this file. Default: the folder of this file."`
	Listen  string              `toml:"listen" doc:"The address that all services listen at. Default: every address of this machine."`
	Outside []string            `toml:"external" doc:"The addresses by which this machine is reached from outside, when it is behind NAT: at most one IPv4 and one IPv6 address. Calls need them. Default: those of the machine."`
	Ports   Ports               `toml:"ports" doc:"The ports. 0 means the default, a negative number switches the service off."`
	TLS     TLSConfig           `toml:"tls" doc:"The server's certificates."`
	Web     WebConfig           `toml:"web" doc:"What is served over HTTPS."`
	XMPP    xmppd.Config        `toml:"xmpp" doc:"The XMPP server."`
	Users   directory.Config    `toml:"users" doc:"The accounts."`
	Store   store.Config        `toml:"store" doc:"The database."`
	Redis   cluster.RedisConfig `toml:"redis" doc:"How several servers become one: they share a PostgreSQL database and a Redis. Each needs a copy of the key file of the first, see users.key_file."`
	Log     logging.Config      `toml:"log" doc:"What is logged."`

	Audit      audit.Config      `toml:"audit" doc:"The log of who changed what in the administration."`
	Archive    archive.Config    `toml:"archive" doc:"The history of messages."`
	Rooms      muc.Config        `toml:"rooms" doc:"The group chats."`
	Guests     conference.Config `toml:"guests" doc:"People without an account, who enter a group by its link."`
	Disco      disco.Config      `toml:"service" doc:"What the server says about itself."`
	Version    version.Config    `toml:"version" doc:"Who may know which software runs here."`
	PubSub     pubsub.Config     `toml:"pubsub" doc:"What users publish: avatars, bookmarks, keys for encryption and the like."`
	TURN       turn.Config       `toml:"turn" doc:"The relay for calls between people whose networks let them reach no one directly (STUN, TURN)."`
	Media      transport.Config  `toml:"media" doc:"Sound and pictures of calls and conferences."`
	Calls      endpoint.Config   `toml:"calls" doc:"The limits for calls and conferences of XMPP clients and browsers."`
	Meetings   conference.Rules  `toml:"conferences" doc:"The conferences of groups."`
	SIP        stack.Config      `toml:"sip" doc:"How phones and trunks speak with this server: SIP over UDP, TCP, TLS and WebSocket."`
	Trunks     trunk.Config      `toml:"trunks" doc:"How the accounts of trunks are looked after. The trunks themselves are set in the console."`
	PhoneCalls sipbridge.Config  `toml:"phone_calls" doc:"The limits for calls of phones and trunks."`
	PhoneMedia rtp.Config        `toml:"phone_media" doc:"The sound of phones and trunks."`
	Phones     registrar.Config  `toml:"phones" doc:"For how long phones register."`
	Lamps      events.Config     `toml:"lamps" doc:"The lamps of phones, which show calls of colleagues and messages."`
	Register   register.Config   `toml:"registration" doc:"What users may do with their accounts from their clients."`

	Telephony telephony.Config `toml:"telephony" doc:"Calls of telephones, and between them, the public network and XMPP clients."`
	Profiles  profiles.Config  `toml:"profiles" doc:"The ways of working that users choose, and that times choose for them."`
	DialIn    dialin.Config    `toml:"dial_in" doc:"Calls to the number of the groups' conferences."`

	Voicemail voicemail.Config     `toml:"voicemail" doc:"Messages of callers for users who do not answer."`
	Mail      voicemail.MailConfig `toml:"mail" doc:"How this server sends mail."`

	local bool // plenum localserve: metrics are on HTTPS too
}

// TLSConfig names the certificates.
type TLSConfig struct {
	Certificates []certs.Pair `toml:"certificates" doc:"The certificates. The name that a client asks for chooses; the first serves those that ask for none. Paths are relative to this file."`
}

// WebConfig is for what is served over HTTPS.
type WebConfig struct {
	PublicURL string `toml:"public_url" doc:"Where browsers reach this server, when that is not https://DOMAIN:PORT of the main domain, for instance behind a proxy: https://chat.example.org. Default: made of domain and port."`

	Sessions websession.Config `toml:"sessions" doc:"The sessions of people who log in with a browser."`
}

// Validate checks the address.
func (c *WebConfig) Validate() error {
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		return fmt.Errorf("public_url: %q is no address like https://chat.example.org", c.PublicURL)
	}
	return nil
}

// Validate reports what no single package can see.
func (c *Config) Validate() error {
	var errs []error
	if c.Listen != "" && net.ParseIP(c.Listen) == nil {
		errs = append(errs, fmt.Errorf("listen: %q is no IP address", c.Listen))
	}
	if _, err := c.external(); err != nil {
		errs = append(errs, fmt.Errorf("external: %w", err))
	}
	if len(c.TLS.Certificates) == 0 && !c.XMPP.AllowPlaintext {
		errs = append(errs, errors.New("tls.certificates: name the file of a certificate and of its key"))
	}
	if len(c.Redis.Addresses) > 0 && c.Store.DSN == "" {
		errs = append(errs, errors.New("redis.addresses: name several servers' common PostgreSQL database in store.dsn first"))
	}
	return errors.Join(errs...)
}

// external are the addresses by which the machine is reached from outside, when they are not its own.
func (c *Config) external() ([]netip.Addr, error) {
	var all []netip.Addr
	for _, text := range c.Outside {
		ip, err := netip.ParseAddr(text)
		ip = ip.Unmap()
		switch {
		case err != nil || ip.Zone() != "" || ip.IsUnspecified() || ip.IsMulticast():
			return nil, fmt.Errorf("%q is no IP address of a machine", text)
		case slices.ContainsFunc(all, func(other netip.Addr) bool { return other.Is4() == ip.Is4() }):
			return nil, fmt.Errorf("%q is the second address of its IP version", text)
		}
		all = append(all, ip)
	}
	return all, nil
}

// publicURL is where browsers reach the server, without a slash at its end.
func (c *Config) publicURL() string {
	if c.Web.PublicURL != "" {
		return strings.TrimRight(c.Web.PublicURL, "/")
	}
	host := c.XMPP.Domains[0]
	if port := c.Ports.at(c.Ports.HTTPS); port != 443 {
		host = net.JoinHostPort(host, strconv.Itoa(port))
	}
	return "https://" + host
}

func (c *Config) webSocketURL() string {
	return "wss" + strings.TrimPrefix(c.publicURL(), "https") + webSocketPath
}

// keyFile holds the key that secrets in the directory are sealed with.
func (c *Config) keyFile() string {
	return cmp.Or(c.Users.KeyFile, filepath.Join(c.Data, "keys", "directory.key"))
}

// guestLink is the page on which guests enter a group.
func (c *Config) guestLink(token string) string { return c.publicURL() + "/g/" + token }

// appLink is where users find a group in the browser.
func (c *Config) appLink(room jid.JID) string {
	return c.publicURL() + "/app/g/" + url.PathEscape(room.String())
}

// folder says where a command finds the configuration and the data. It is part of every command's flags.
type folder struct {
	Data string `help:"Folder with the server's data and, as plenum.toml, its configuration." default:"data" env:"PLENUM_DATA" type:"path"`
	File string `name:"config" help:"Configuration, when it is not plenum.toml in the data folder." env:"PLENUM_CONFIG" type:"path"`
}

func (f *folder) path() string { return cmp.Or(f.File, filepath.Join(f.Data, configName)) }

// load reads the configuration and makes its paths absolute.
func (f *folder) load() (*Config, error) {
	text, err := os.ReadFile(f.path())
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no configuration %s: make one with plenum quickstart, or name another with --data or --config", f.path())
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return parse(f.path(), text)
}

func parse(file string, text []byte) (*Config, error) {
	var cfg Config
	if err := config.Load(file, text, &cfg); err != nil {
		return nil, err
	}
	cfg.Data = beside(file, cmp.Or(cfg.Data, "."))
	if cfg.Users.KeyFile != "" {
		cfg.Users.KeyFile = beside(file, cfg.Users.KeyFile)
	}
	if cfg.Meetings.Music != "" {
		cfg.Meetings.Music = beside(file, cfg.Meetings.Music)
	}
	if cfg.Telephony.Music != "" {
		cfg.Telephony.Music = beside(file, cfg.Telephony.Music)
	}
	for i, pair := range cfg.TLS.Certificates {
		cfg.TLS.Certificates[i] = certs.Pair{Cert: beside(file, pair.Cert), Key: beside(file, pair.Key)}
	}
	return &cfg, nil
}

// beside makes a path of the configuration absolute: it is relative to the file it stands in.
func beside(file, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// data is the data folder: from the configuration when there is one, else the flag.
func (f *folder) data() (string, error) {
	if _, err := os.Stat(f.path()); errors.Is(err, os.ErrNotExist) && f.File == "" {
		return f.Data, nil
	}
	cfg, err := f.load()
	if err != nil {
		return "", err
	}
	return cfg.Data, nil
}

type configCommand struct {
	Describe configDescribe `cmd:"" help:"Print an example of the configuration with every setting explained."`
	Check    configCheck    `cmd:"" help:"Say whether a configuration is sound, and if not, what is wrong on which line."`
}

type configDescribe struct {
	Markdown bool   `help:"As a table for the documentation."`
	Output   string `help:"Write to this file instead of the standard output." type:"path"`
}

func (c configDescribe) Run() error {
	describe := example
	if c.Markdown {
		describe = reference
	}
	var b strings.Builder
	if err := describe(&b); err != nil {
		return err
	}
	if c.Output == "" {
		_, err := io.WriteString(os.Stdout, b.String())
		return err
	}
	return os.WriteFile(c.Output, []byte(b.String()), 0o644)
}

func example(out io.Writer) error {
	_, err := io.WriteString(out, `# Configuration of plenum, in TOML. Settings with a # before them are at their default; times are written "30s",
# "5m" or "2h", and 0 or "" stands for the default.

`)
	if err != nil {
		return err
	}
	return config.Describe(out, new(Config))
}

func reference(out io.Writer) error {
	_, err := io.WriteString(out, `# Configuration

Made from the program by `+"`make gen`"+`. The file is TOML, its usual place `+"`plenum.toml`"+` in the data folder;
`+"`plenum config describe`"+` prints it as an example, `+"`plenum config check`"+` tells what is wrong with yours. Times are
written `+"`\"30s\"`, `\"5m\"` or `\"2h\"`"+`; 0 or `+"`\"\"`"+` stands for the default.
`)
	if err != nil {
		return err
	}
	return config.Reference(out, new(Config))
}

type configCheck struct {
	File string `arg:"" optional:"" help:"The configuration. Default: the one of the data folder." type:"path"`
}

// Run prints each fault on a line of its own.
func (c configCheck) Run(where *folder) error {
	checked := folder{where.Data, cmp.Or(c.File, where.File)}
	cfg, err := checked.load()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return errReported
	}
	if len(cfg.TLS.Certificates) > 0 {
		if _, err := certs.Load(cfg.TLS.Certificates); err != nil {
			fmt.Fprintf(os.Stderr, "%s: tls.certificates: %s\n", checked.path(), explain(err))
			return errReported
		}
	}
	fmt.Printf("%s is sound; data in %s\n", checked.path(), cfg.Data)
	return nil
}

// errReported ends the program with a code other than 0 after everything was said.
var errReported = errors.New("already reported")
