package sipbridge

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/stack"
	"plenum/xmppd/jid"
)

// An Owner takes the calls that come in.
type Owner interface {
	// Incoming is asked for each INVITE of a phone or a trunk, on the call's mailbox: only this call waits for the answer. The leg may be sent
	// commands at once. An error refuses the call: its kind becomes the status code.
	Incoming(in Incoming, leg call.Leg, o call.Offer) (call.Sink, error)
}

// Incoming is what SIP knows of a call that comes in, besides the offer.
type Incoming struct {
	Device         string   // a phone of ours calls
	Owner          jid.JID  // whose phone it is; zero for one that belongs to nobody
	Trunk, Account string   // or a trunk
	Dialled        string   // the user part that was called, unescaped: digits, *, #, +
	Language       string   // the first of Accept-Language, empty when there is none
	Anonymous      bool     // the caller does not want to be known (RFC 3323)
	Diverted       []string // who has forwarded the call before it came here, the last one first (RFC 5806)
}

// Phones is the registrar, as calls need it.
type Phones interface {
	// Authenticate finds the phone that has sent a request. When it reports false, it has answered the request.
	Authenticate(in *stack.In) (Phone, bool)
	// Bindings is where a phone is registered; empty when it is not.
	Bindings(device string) []Binding
}

// A Phone is a device that has proved who it is.
type Phone struct {
	Device  string
	Owner   jid.JID
	Encrypt bool // its media is encrypted, or there is no call
}

// A Binding is a place where a phone is registered.
type Binding struct {
	Contact sip.Uri
	Flow    stack.Flow
	Encrypt bool
}

// Trunks is who knows the lines to the outside.
type Trunks interface {
	// Identify finds the trunk that has sent a request; requests of others are left alone.
	Identify(in *stack.In) (trunk, account string, ok bool)
	// Dialled is the number that a request of a trunk calls, escaped as it came.
	Dialled(trunk, account string, req *sip.Request) string
	// Target is how a number is called by a trunk. It may wait for the name service.
	Target(t TrunkTarget) (Line, error)
}

// A TrunkTarget is who is called by which trunk, and as whom.
type TrunkTarget struct {
	Trunk, Account string
	Number         string // as the trunk wants it
	From           string // the number that is shown, as the trunk wants it; empty for the account's own
	FromName       string
	Anonymous      bool
}

// A Line is how a call goes out by a trunk.
type Line struct {
	Flows          []stack.Flow // in order of preference: the next is tried when one does not answer
	URI            sip.Uri
	From, To       sip.Uri
	FromName       string
	Headers        []sip.Header // who calls, as the trunk wants to be told
	User, Password string       // for its challenges
	Encrypt        bool         // media is encrypted, or there is no call
}

// Media is the media half of a leg: an [rtp.Session].
type Media interface {
	media.Endpoint
	Offer() ([]byte, error)
	// Takes says whether an offer could be answered.
	Takes(offer []byte) error
	Answer(offer []byte) ([]byte, error)
	Accept(answer []byte) error
	Hold(on bool)
	Prefer([]media.Codec)
	SendDTMF(keys string, d time.Duration) error
	Watch()
	Close()
}

// Parts is what a service is made of.
type Parts struct {
	Stack  *stack.Stack
	Phones Phones
	Trunks Trunks // nil when there are none
	// Media makes the media half of a leg.
	Media    func(rtp.Options) (Media, error)
	External []netip.Addr // told to peers on the internet as the address of media, when we are behind NAT
	Owner    Owner
	Domain   string // of the addresses that we give to people
	Log      *slog.Logger
}
