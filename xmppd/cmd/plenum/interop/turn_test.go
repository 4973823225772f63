//go:build interop

package interop

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestTwoClientsMeetThroughTURNAlone: aioice, with candidates of its own blocked, takes what XEP-0215 tells it and exchanges packets
// with another through the relay, over each way there is.
func TestTwoClientsMeetThroughTURNAlone(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	out, err := exec.Command(python, "-c", "import aioice").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	needs(t, "aioice (Debian: python3-aioice)", err)
	srv := startServer(t)
	caller := iceClient(t, srv, "romeo")
	callee := iceClient(t, srv, "juliet")
	for _, way := range []string{"turn/udp", "turn/tcp", "turns/tcp"} {
		caller.tell(order{Do: "call", To: callee.jid, Body: way})
		for _, end := range []struct {
			*iceUser
			is string
		}{{caller, "called"}, {callee, "answered"}} {
			e := end.seen().await(t, way, func(e event) bool { return e.Is == "failed" || e.Is == end.is && e.Text == way })
			if e.Is == "failed" {
				t.Fatalf("%s: %s", way, e.Text)
			}
		}
	}
	figures := metricsOf(t, srv)
	for name, want := range map[string]string{
		"plenum_turn_allocations_total": "6", "plenum_turn_allocations_limit": "900", "plenum_turn_refused_credentials_total": "0", "plenum_turn_refused_quota_total": "0",
	} {
		if figures[name] != want {
			t.Errorf("%s is %q, not %s", name, figures[name], want)
		}
	}
	if figures["plenum_turn_to_peers_bytes_total"] == "0" || figures["plenum_turn_from_peers_bytes_total"] == "0" {
		t.Error("nothing was relayed")
	}
	t.Logf("%s bytes to peers, %s from peers", figures["plenum_turn_to_peers_bytes_total"], figures["plenum_turn_from_peers_bytes_total"])
}

type iceUser struct {
	*program
	jid string
}

func iceClient(t *testing.T, srv *server, name string) *iceUser {
	t.Helper()
	who := srv.as(srv.user(name), viaSTARTTLS, "r")
	p := run(t, who, python, "testdata/ice_client.py")
	ran(p.seen().await(t, "the login", func(e event) bool { return e.Is == "online" }).Client)
	return &iceUser{p, who.JID + "/r"}
}

var metricLine = regexp.MustCompile(`(?m)^(plenum_turn_\w+) (\S+)$`)

func metricsOf(t *testing.T, srv *server) map[string]string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(t, srv.certificate())}, Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Get(fmt.Sprintf("https://%s/metrics", strings.Replace(srv.address(portHTTPS), "127.0.0.1", domain, 1)))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, m := range metricLine.FindAllStringSubmatch(string(text), -1) {
		all[m[1]] = m[2]
	}
	return all
}
