package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/net/idna"
	"golang.org/x/term"

	"plenum/components/directory"
	"plenum/xmppd/cmd/internal/certs"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Where the certificate lies in the data folder when plenum made it.
var ownCertificate = certs.Pair{Cert: "tls/plenum.crt", Key: "tls/plenum.key"}

// subdomains are the names of the services, before each domain.
var subdomains = []string{"groups", "guest", "upload", "pbx"}

// namesOf are all names that the server of a domain answers to, in ASCII.
func namesOf(domain string) ([]string, error) {
	address, err := jid.New("", domain, "")
	if err != nil {
		return nil, fmt.Errorf("%q is no domain: %w", domain, err)
	}
	ascii, err := idna.Lookup.ToASCII(address.Domain())
	if err != nil {
		return nil, fmt.Errorf("%q is no domain: %w", domain, err)
	}
	names := []string{ascii}
	for _, sub := range subdomains {
		names = append(names, sub+"."+ascii)
	}
	return names, nil
}

type quickstartCommand struct {
	Domain   string `arg:"" help:"The domain of the users' addresses, such as example.org."`
	Admin    string `help:"Login name of the first administrator." default:"admin"`
	Generate bool   `help:"Make the administrator's password and print it, without asking. That is also done when nobody can be asked."`
}

// Run makes everything a server needs that can be made on this machine, and prints what has to be done elsewhere.
func (c quickstartCommand) Run(where *folder) error {
	if _, err := os.Lstat(where.path()); err == nil {
		return fmt.Errorf("%s exists: this folder is set up already; start it with plenum serve, or name another with --data", where.path())
	}
	names, err := namesOf(c.Domain)
	if err != nil {
		return err
	}
	text := quickstartConfig(c.Domain)
	cfg, err := parse(where.path(), []byte(text))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(where.Data, 0o750); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if err := ensureCertificate(cfg.TLS.Certificates[0], names); err != nil {
		return err
	}
	if err := c.firstAdministrator(cfg); err != nil {
		return err
	}
	if err := os.WriteFile(where.path(), []byte(text), 0o640); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	fmt.Printf("\nconfiguration: %s\ncertificate:   %s (made here, so clients will ask whether to trust it;\n"+
		"               put one of a known authority in its place and run plenum ctl reload)\n\n", where.path(), cfg.TLS.Certificates[0].Cert)
	printDNS(os.Stdout, names[0], cfg.Ports)
	fmt.Printf("\nStart it: plenum serve --data %s\n", where.Data)
	return nil
}

func quickstartConfig(domain string) string {
	return fmt.Sprintf(`# Configuration of plenum. "plenum config describe" explains every setting, "plenum config check" tells what is wrong.

[xmpp]
domains = [%q]

[[tls.certificates]]
cert = %q
key = %q
`, domain, ownCertificate.Cert, ownCertificate.Key)
}

// ensureCertificate makes a certificate unless there is one.
func ensureCertificate(pair certs.Pair, names []string) error {
	if _, err := os.Stat(pair.Cert); err == nil {
		return nil
	}
	if err := certs.WriteSelfSigned(pair, names); err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	return nil
}

func (c quickstartCommand) firstAdministrator(cfg *Config) error {
	password, generated, err := c.password()
	if err != nil {
		return err
	}
	if err := directory.CheckPassword(password); err != nil {
		return err
	}
	ctx := context.Background()
	o, done, err := openOperator(ctx, cfg)
	if err != nil {
		return err
	}
	user, err := o.add(ctx, userAdd{User: c.Admin, Password: password, Role: directory.SystemAdministrator})
	if err = errors.Join(err, done()); fault.Is(err, fault.Conflict) {
		fmt.Printf("administrator: %s@%s, who was there already; the password is the old one\n", c.Admin, c.Domain)
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Println("administrator:", user.JID)
	if generated {
		fmt.Printf("password:      %s (shown this once)\n", password)
	}
	return nil
}

func (c quickstartCommand) password() (password string, generated bool, err error) {
	if !c.Generate && term.IsTerminal(int(os.Stdin.Fd())) {
		password, err = askPassword(c.Admin + "@" + c.Domain + " (empty: make one)")
		if err != nil || password != "" {
			return password, false, err
		}
	}
	password, err = newPassword()
	return password, true, err
}

// printDNS prints the records that let clients find the server, as lines of a zone file (RFC 6120 §3.2.1, XEP-0368).
func printDNS(out io.Writer, domain string, ports Ports) {
	fmt.Fprintf(out, "DNS records (put this machine's public addresses in the place of 192.0.2.1 and 2001:db8::1;\nleave out AAAA if it has no IPv6):\n\n")
	record := func(name, kind, value string) { fmt.Fprintf(out, "%-36s 3600 IN %-5s %s\n", name+".", kind, value) }
	for _, name := range slices.Concat([]string{domain}, under(domain)) {
		record(name, "A", "192.0.2.1")
		record(name, "AAAA", "2001:db8::1")
	}
	service := func(name string, port int) {
		record(name+"._tcp."+domain, "SRV", fmt.Sprintf("0 5 %d %s.", port, domain))
	}
	service("_xmpps-client", ports.at(ports.C2STLS))
	service("_xmpp-client", ports.at(ports.C2S))
	fmt.Fprintf(out, "\nRecord for other servers; add it when yours talks to them:\n\n; ")
	service("_xmpp-server", ports.at(serverPort))
	fmt.Fprintf(out, "\nWeb clients look for https://%s/.well-known/host-meta, which this server has at port %d: let the\n"+
		"web server of port 443 pass that path on, or set ports.https = 443.\n", domain, ports.at(ports.HTTPS))
}

// serverPort is where other servers connect (RFC 6120 §14.7).
const serverPort = 5269

func under(domain string) []string {
	var names []string
	for _, sub := range subdomains {
		names = append(names, sub+"."+domain)
	}
	return names
}
