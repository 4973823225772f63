package voicemail

import (
	"context"
	"errors"
	"fmt"
	stdmail "net/mail"
	"os"

	"github.com/wneessen/go-mail"

	"plenum/xmppd/fault"
)

// MailConfig is what operators say about the mail server. The zero value sends nothing.
type MailConfig struct {
	Host string `toml:"host" doc:"The mail server that takes this server's mail: recordings of voicemail. Default: none, no mail is sent."`

	Port int `toml:"port" doc:"Its port. Default: 587, and 465 with encryption tls, 25 with none."`

	Encryption string `toml:"encryption" doc:"starttls, tls from the first octet on, or none, for a mail server on this machine. Default: starttls."`

	User string `toml:"user" doc:"Name to log in with. Default: none, nobody logs in."`

	Password string `toml:"password" doc:"Password to log in with."`

	From string `toml:"from" doc:"Address that mail comes from. Needed where there is a host."`
}

// policies are the kinds of encryption, and the ports that go with them.
var policies = map[string]struct {
	port   int
	option mail.Option
}{
	"starttls": {587, mail.WithTLSPolicy(mail.TLSMandatory)},
	"tls":      {465, mail.WithSSL()},
	"none":     {25, mail.WithTLSPolicy(mail.NoTLS)},
}

// Validate fills in defaults and reports every fault at once.
func (c *MailConfig) Validate() error {
	if c.Host == "" {
		return nil
	}
	var errs []error
	if c.Encryption == "" {
		c.Encryption = "starttls"
	}
	policy, ok := policies[c.Encryption]
	if !ok {
		errs = append(errs, fmt.Errorf("encryption: %q is not starttls, tls or none", c.Encryption))
	}
	if c.Port == 0 {
		c.Port = policy.port
	}
	if c.Port < 0 || c.Port > 65535 {
		errs = append(errs, fmt.Errorf("port: %d is no port", c.Port))
	}
	if _, err := stdmail.ParseAddress(c.From); err != nil {
		errs = append(errs, fmt.Errorf("from: %q is no address", c.From))
	}
	if c.User != "" && c.Encryption == "none" {
		errs = append(errs, errors.New("user: a password is not sent without encryption"))
	}
	return errors.Join(errs...)
}

// SMTP is a [Sender].
type SMTP struct{ cfg MailConfig }

// NewSMTP makes a sender; nil when no mail server is set.
func NewSMTP(cfg MailConfig) (*SMTP, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if cfg.Host == "" {
		return nil, nil
	}
	return &SMTP{cfg}, nil
}

// Send implements [Sender].
func (s *SMTP) Send(ctx context.Context, m Mail) error {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(s.cfg.From), msg.To(m.To)); err != nil {
		return fault.Wrap(fault.Invalid, err, "an address of the mail is none")
	}
	if _, err := os.Stat(m.File); err != nil {
		return err
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.AttachFile(m.File, mail.WithFileName(m.Name), mail.WithFileContentType("audio/wav"))
	options := []mail.Option{policies[s.cfg.Encryption].option, mail.WithPort(s.cfg.Port), mail.WithTimeout(sendWithin)}
	if s.cfg.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.cfg.User), mail.WithPassword(s.cfg.Password))
	}
	client, err := mail.NewClient(s.cfg.Host, options...)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *mail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return fault.Wrap(fault.Invalid, err, "the mail server has refused the mail")
	}
	return err
}
