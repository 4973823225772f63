//go:build interop

package interop

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"plenum/xmppd/store/storetest"
)

// redisEnv names the Redis server that two servers meet at.
const redisEnv = "PLENUM_TEST_REDIS"

// nodeDeaths is how often one of the two servers is killed.
const nodeDeaths = 4

// Two servers share PostgreSQL and Redis. One of them, which has the room and all who talk, is killed (kill -9) in the middle of it.
// Its users log in at the other one and miss no acknowledged message; whoever was in the room at the other one still is, and the
// room goes on. Then the killed one comes back, and the other one is killed.
func TestInteropOneOfTwoServersDies(t *testing.T) {
	counted(t)
	servers := startPair(t)
	l := newLoad(t, servers[0])
	for round := range nodeDeaths {
		dies, lives := servers[round%2], servers[(round+1)%2]
		witness := l.witness(lives)
		l.server = dies
		l.strike(round)
		l.server = lives
		l.stillIn(witness, round)
		l.verify(round)
		l.joinsWith(witness)
		witness.leave()
		if t.Failed() {
			return
		}
		dies.launch()
	}
	l.conclude()
	t.Logf("%d deaths; %d messages sent, %d of them acknowledged; %d roster changes confirmed", nodeDeaths, l.sent, len(l.acked), len(l.contacts))
}

// startPair runs `plenum serve` twice on one database and one Redis. The settings are of the second one.
func startPair(t *testing.T, second ...string) (pair [2]*server) {
	t.Helper()
	dsn, redis := os.Getenv(storetest.Env), os.Getenv(redisEnv)
	var missing error
	if dsn == "" || redis == "" {
		missing = errors.New(storetest.Env + " or " + redisEnv + " is not set")
	}
	needs(t, "PostgreSQL or Redis", missing)
	ran("PostgreSQL")
	ran("Redis")
	shared := fmt.Sprintf("\n[users]\nkey_file = %q\n\n[store]\ndsn = %q\n\n[redis]\naddresses = [%q]\nprefix = \"interop:%s:\"\nttl = \"3s\"\nnode = ",
		filepath.Join(t.TempDir(), "directory.key"), storetest.FreshSchema(t, dsn), redis, rand.Text())
	for i := range pair {
		s := &server{t: t, data: filepath.Join(t.TempDir(), "data"), offset: freeOffset(t)}
		s.args = []string{"serve", "--data", s.data, "--listen", "127.0.0.1", "--port-offset", strconv.Itoa(s.offset)}
		out, err := exec.Command(binary(t), "quickstart", domain, "--data", s.data).CombinedOutput()
		if err != nil {
			t.Fatalf("plenum quickstart: %v\n%s", err, out)
		}
		s.configure("[xmpp]\n", "[xmpp]\nallow_plaintext = true\n")
		s.configure("", shared+strconv.Quote("node"+strconv.Itoa(i))+"\n")
		if i == 1 {
			s.configure("", "\n"+strings.Join(second, "\n")+"\n")
		}
		s.launch()
		t.Cleanup(func() {
			s.kill()
			if t.Failed() {
				t.Logf("log of server %d:\n%s", i, s.logged())
			}
		})
		pair[i] = s
	}
	return pair
}

// configure adds text to the configuration that quickstart has written, in the place of a line or, without one, at the end.
func (s *server) configure(line, text string) {
	s.t.Helper()
	path := filepath.Join(s.data, "plenum.toml")
	old, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	whole := string(old) + text
	if line != "" {
		whole = strings.Replace(string(old), line, text, 1)
	}
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// witness is somebody in the room, at the server that survives.
func (l *load) witness(at *server) *raw {
	l.t.Helper()
	l.server = at
	r := l.login(l.present, "witness")
	l.enter(r, "witness")
	return r
}

// stillIn lets the witness talk until the room answers him, without entering it again.
func (l *load) stillIn(witness *raw, round int) {
	l.t.Helper()
	text := fmt.Sprintf("still here %d", round)
	for end := time.Now().Add(patience); ; {
		err := witness.send("<message to='" + l.room + "' type='groupchat' id='" + text + "'><body>" + text + "</body></message>")
		if err != nil {
			l.t.Fatal(err)
		}
		e, err := witness.await("the room", func(e element) bool { return e.XMLName.Local == "message" && e.ID == text }, nil)
		switch {
		case err == nil && e.Type == "groupchat" && e.From == l.room+"/witness":
			return
		case err != nil || time.Now().After(end):
			l.t.Fatalf("the room does not go on: %v %+v", err, e)
		}
		time.Sleep(100 * time.Millisecond) // the room still belongs to the dead server
	}
}

// joinsWith enters the room as somebody who was at the dead server: he sees the witness, and the witness sees him.
func (l *load) joinsWith(witness *raw) {
	l.t.Helper()
	r := l.login(l.senders[0], "again")
	err := r.send("<presence to='" + l.room + "/again'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>")
	seen := false
	if err == nil {
		_, err = r.await("own presence", func(e element) bool { return e.XMLName.Local == "presence" && e.From == l.room+"/again" }, func(e element) {
			seen = seen || e.XMLName.Local == "presence" && e.From == l.room+"/witness" && e.Type == ""
		})
	}
	if err == nil {
		_, err = witness.await("the newcomer", func(e element) bool {
			return e.XMLName.Local == "presence" && e.From == l.room+"/again" && e.Type == ""
		}, nil)
	}
	if err != nil || !seen {
		l.t.Errorf("the room after its server's death: %v, witness seen: %t", err, seen)
	}
	r.leave()
}
