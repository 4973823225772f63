package directory

import (
	"cmp"
	"slices"
	"time"

	"plenum/xmppd/jid"
)

// TrunkKind says how a trunk and its provider know each other.
type TrunkKind string

const (
	RegisteringTrunk TrunkKind = "registering" // we register at the provider, with name and password
	AddressTrunk     TrunkKind = "address"     // both know each other's addresses
)

// CLIP says in which header an outgoing call names its caller.
type CLIP string

const (
	CLIPAuto CLIP = "auto" // From, and P-Preferred-Identity of a registering trunk, P-Asserted-Identity of an address-based one
	CLIPFrom CLIP = "from" // From alone
	CLIPPPI  CLIP = "ppi"  // P-Preferred-Identity; From has the account
	CLIPPAI  CLIP = "pai"  // P-Asserted-Identity; From has the account
)

// CLIR says how an outgoing call hides its caller.
type CLIR string

const (
	CLIRAuto    CLIR = "auto"    // anonymous From and Privacy: id, with the number in the identity header of CLIP
	CLIRFrom    CLIR = "from"    // anonymous From, and the number nowhere
	CLIRPrivacy CLIR = "privacy" // Privacy: id; From stays
)

// NumberFormat is how numbers are written to a provider.
type NumberFormat string

const (
	FormatE164          NumberFormat = "e164"          // +4921112345
	FormatDigits        NumberFormat = "digits"        // 4921112345
	FormatInternational NumberFormat = "international" // 004921112345, with the trunk's international prefix
	FormatNational      NumberFormat = "national"      // 021112345, and FormatInternational for other countries
)

// Transports of an account.
const (
	TransportUDP = "udp"
	TransportTCP = "tcp"
	TransportTLS = "tls"
)

// Limits of a trunk.
const (
	MaxTrunks        = 100
	MaxTrunkAccounts = 50
	MaxTrunkRules    = 200 // each way
	MaxTrunkName     = 64  // characters; also of titles of accounts and rules
	MaxTrunkCalls    = 1000
)

// TrunkAccount is one login, or one pair of addresses, at a provider.
type TrunkAccount struct {
	ID          string // for ever; chosen by the server when it is empty
	Title       string
	Host        string   // of the provider: a name, looked up by SRV when Port is 0, or an address. The domain of what is sent.
	Port        int      // 0 for the one of SRV, else 5060, or 5061 with TLS
	Transport   string   // udp, tcp or tls
	Proxy       string   // where requests are sent instead of Host: host or host:port; empty for Host
	Addresses   []string // from which calls come besides those of Host and Proxy: addresses and networks
	Extension   string   // user part of the address of record, which is registered; empty for User
	User        string   // that the password belongs to; empty for Extension
	HasPassword bool     // read only
	Register    bool     // keep a registration; only of a registering trunk
	Encrypt     bool     // media is encrypted, or there is no call; only with TLS
	Options     bool     // ask by OPTIONS whether the provider is there
	CLIP        CLIP
	CLIR        CLIR
	ToHeader    bool // the dialled number stands in To, not in the request's URI
}

// AddressUser returns the user part of the address of record.
func (a *TrunkAccount) AddressUser() string { return cmp.Or(a.Extension, a.User) }

// LoginUser returns the user that the password belongs to.
func (a *TrunkAccount) LoginUser() string { return cmp.Or(a.User, a.Extension) }

// InboundRule leads calls from outside to an extension. Of the rules that fit the best is taken, whatever their order.
type InboundRule struct {
	Title       string
	Source      string // pattern of the caller's number; empty for any
	Destination string // pattern of the number that was called
	Extension   string // may hold ${EXTEN:offset:length} of the number that was called; empty: the call is refused
	Language    string // of prompts; empty for the server's
}

// OutboundRule leads calls to the outside. Of the rules that fit the best is taken, whatever their order.
type OutboundRule struct {
	Title       string
	Show        bool   // offered by clients before dialling
	InPrefix    string // dialled before the number, and taken off
	Source      string // pattern of the caller's extension; empty for any
	Destination string // pattern of the number after InPrefix
	CID         string // number shown; may hold ${EXTEN:offset:length} of the caller's extension; empty: the one that leads to him
	OutPrefix   string // put before the number that is sent to the provider
	Deny        bool   // refuse the call
	PIN         string // that is asked for before; empty for none
	Account     string // ID of the account; empty for the first that is up
}

// TrunkPolicy limits what costs much.
type TrunkPolicy struct {
	International bool     // numbers of other countries may be called
	Premium       bool     // numbers of Premium prefixes may be called
	Prefixes      []string // further premium prefixes, in E.164: +49137
	PerHour       int      // international and premium calls in an hour, all together; 0 for DefaultPerHour
}

// DefaultPerHour is how many international and premium calls a trunk takes in an hour when nothing else is set.
const DefaultPerHour = 30

// Trunk is a way to the outside world: accounts at a provider, and rules for calls in and out.
type Trunk struct {
	ID        string // for ever; chosen by the server
	Revision  int64
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
	TrunkInput
}

// TrunkInput is the form of a trunk.
type TrunkInput struct {
	Name          string // no two have the same
	Enabled       bool
	Kind          TrunkKind
	Accounts      []TrunkAccount
	Passwords     map[string]string // new ones, by the ID or title of the account; never read back. An account without one here keeps its own.
	Country       string            // code, without zeros: 49
	Area          string            // code, without zeros: 211; may be empty
	International string            // prefix of numbers of other countries: 00
	National      string            // prefix of numbers of other areas: 0; may be empty
	Prefix        string            // dialled for this trunk, and put before callers' numbers so that they can be called back: 0
	Format        NumberFormat
	Inbound       []InboundRule
	Outbound      []OutboundRule
	MaxCalls      int // at a time; 0 for no limit
	Policy        TrunkPolicy
	Fallback      string // extension of calls that no inbound rule fits, or whose extension is nobody's; empty: refused
}

// Input returns the form of the trunk as it is, to be changed and given to Update.
func (t *Trunk) Input() TrunkInput { return t.TrunkInput.clone() }

func (in TrunkInput) clone() TrunkInput {
	in.Accounts = slices.Clone(in.Accounts)
	for i := range in.Accounts {
		in.Accounts[i].Addresses = slices.Clone(in.Accounts[i].Addresses)
	}
	in.Inbound, in.Outbound, in.Policy.Prefixes = slices.Clone(in.Inbound), slices.Clone(in.Outbound), slices.Clone(in.Policy.Prefixes)
	in.Passwords = nil
	return in
}

// Account returns an account of the trunk, nil when there is none of this ID.
func (t *Trunk) Account(id string) *TrunkAccount {
	for i := range t.Accounts {
		if t.Accounts[i].ID == id {
			return &t.Accounts[i]
		}
	}
	return nil
}

// NumberBlock describes the numbers that a provider gave: a base, and how many digits follow it. DefaultRules makes rules of it.
type NumberBlock struct {
	Base    string // in E.164: +4921112345
	Digits  int    // that follow; 0 for a single number
	Central string // extension that gets calls to the first number, or to the only one
}

// MaxBlockDigits is the most digits that follow the base of a block.
const MaxBlockDigits = MaxExtension
