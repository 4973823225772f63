package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"plenum/xmppd/store/storetest"
)

// twin is one of two servers that are one.
type twin struct {
	*running
	data  string
	ports int // the offset
}

// twoServers starts two processes with one database and one Redis.
func twoServers(t *testing.T) (twins [2]twin) {
	t.Helper()
	dsn, redis := os.Getenv(storetest.Env), os.Getenv("PLENUM_TEST_REDIS")
	if dsn == "" || redis == "" {
		t.Skip(storetest.Env + " or PLENUM_TEST_REDIS is not set: two servers need both")
	}
	shared := fmt.Sprintf("\n[users]\nkey_file = %q\n\n[store]\ndsn = %q\n\n[redis]\naddresses = [%q]\nprefix = \"test:%s:\"\nttl = \"10s\"\nnode = ",
		filepath.Join(t.TempDir(), "directory.key"), storetest.FreshSchema(t, dsn), redis, rand.Text())
	for i := range twins {
		s := &twins[i]
		s.data, s.ports = filepath.Join(t.TempDir(), "data"), offset(t)
		succeeds(t, "", "quickstart", "example.org", "--data", s.data)
		config := filepath.Join(s.data, configName)
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, config, string(text)+shared+fmt.Sprintf("\"node%d\"\n", i))
		s.running = launch(t, "serve", "--data", s.data, "--listen", "127.0.0.1", "--port-offset", strconv.Itoa(s.ports))
	}
	eventually(t, "the servers see each other", func() bool {
		return strings.Contains(succeeds(t, "", "ctl", "status", "--data", twins[0].data), "\nnode: node0, with node1\n")
	})
	return twins
}

func TestTwoServersAreOne(t *testing.T) {
	server := twoServers(t)
	data, port := [2]string{server[0].data, server[1].data}, [2]int{5223 + server[0].ports, 5223 + server[1].ports}
	refuses := func(i int, password string) {
		t.Helper()
		if tryLogIn(t, data[i], port[i], "juliet@example.org", password) == nil {
			t.Errorf("node%d lets juliet in with %s", i, password)
		}
	}

	succeeds(t, "Wherefore4\n", "user", "add", "juliet", "--data", data[0])
	logIn(t, data[1], port[1], "juliet@example.org", "Wherefore4")
	succeeds(t, "Therefore5\n", "user", "passwd", "juliet", "--data", data[0])
	eventually(t, "the other server knows the new password", func() bool {
		return tryLogIn(t, data[1], port[1], "juliet@example.org", "Therefore5") == nil
	})
	refuses(1, "Wherefore4")
	succeeds(t, "", "user", "delete", "juliet", "--data", data[1])
	refuses(1, "Therefore5")
	eventually(t, "the first server knows that juliet has left", func() bool {
		return tryLogIn(t, data[0], port[0], "juliet@example.org", "Therefore5") != nil
	})
	server[0].stop()
	eventually(t, "the second server is alone", func() bool {
		return strings.Contains(succeeds(t, "", "ctl", "status", "--data", data[1]), "\nnode: node1, with no other\n")
	})
	server[1].stop()
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}
