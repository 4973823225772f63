package turn_test

import (
	"strings"
	"testing"
	"time"

	"plenum/jingle/turn"
)

func TestConfigNamesEachFault(t *testing.T) {
	var usual turn.Config
	if err := usual.Validate(); err != nil || usual.PerUser != 50 || usual.Total != 900 || usual.Bandwidth != 2_000_000 || usual.CredentialTime != 12*time.Hour {
		t.Errorf("defaults: %+v, %v", usual, err)
	}
	for want, c := range map[string]turn.Config{
		"per_user: -1 is not within":              {PerUser: -1},
		"total: 1001 is not within":               {Total: 1001},
		"bandwidth: 5 is not within":              {Bandwidth: 5},
		"credential_time: 1s is not within":       {CredentialTime: time.Second},
		`allow_peers: "10.0.0.0/33" is no`:        {AllowPeers: []string{"10.0.0.0/33"}},
		`allow_peers: "my own network" is no`:     {AllowPeers: []string{"127.0.0.1", "my own network"}},
		`allow_peers: "fe80::1%eth0" is no`:       {AllowPeers: []string{"fe80::1%eth0"}},
		`allow_peers: "192.168.0.1-9" is no netw`: {AllowPeers: []string{"192.168.0.1-9"}},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s", c, err, want)
		}
	}
}
