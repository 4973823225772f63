package sipbridge

import (
	"github.com/emiago/sipgo/sip"
)

// Read reads everything of a message that a stranger may write.
func Read(req *sip.Request) {
	_, _ = sdpOf(req)
	_, _, _ = referTo(req)
	_, _ = saidReason(req)
	_, _, _ = asserted(req)
	_, _, _ = rack(value(req, "rack"))
	_, _, _ = parseRelay(string(req.Body()))
	_, _, _ = seconds(value(req, "session-expires"))
	parseReplaces(value(req, "replaces"))
	diverted(req)
	language(req)
	user(req.Recipient)
	if req.From() != nil {
		anonymous(req)
	}
}

// Shown is a name as it goes out and comes back.
func Shown(name string) (sent, read string) { return escape(name), unescape(escape(name)) }

// Number is a user part as it goes out and comes back.
func Number(n string) (sent, read string) { return userPart(n), user(sip.Uri{User: userPart(n)}) }
