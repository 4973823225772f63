package directory

import (
	"testing"

	"plenum/xmppd/fault"
)

// What begins like a number of another country and is none must not pass for a national one: a provider may make one of it.
func TestNumbersThatAreTooLongOrHaveAZeroTooManyAreBarred(t *testing.T) {
	trunk := Trunk{ID: "t"}
	trunk.Name, trunk.Enabled, trunk.Country, trunk.International, trunk.National = "t", true, "49", "00", "0"
	trunk.Accounts = []TrunkAccount{{ID: "a"}}
	trunk.Outbound = []OutboundRule{{Title: "all", Destination: "*"}}
	for _, dialled := range []string{"000121255512", "0000881612345678", "001212555123456789012345"} {
		if c, err := Outbound([]Trunk{trunk}, &Telephony{}, dialled, Caller{Extension: "10"}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s is called by %+v: %v", dialled, c, err)
		}
	}
}
