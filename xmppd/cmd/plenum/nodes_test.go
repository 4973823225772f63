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

func TestTwoServersAreOne(t *testing.T) {
	dsn, redis := os.Getenv(storetest.Env), os.Getenv("PLENUM_TEST_REDIS")
	if dsn == "" || redis == "" {
		t.Skip(storetest.Env + " or PLENUM_TEST_REDIS is not set: two servers need both")
	}
	shared := fmt.Sprintf("\n[users]\nkey_file = %q\n\n[store]\ndsn = %q\n\n[redis]\naddresses = [%q]\nprefix = \"test:%s:\"\nttl = \"3s\"\nnode = ",
		filepath.Join(t.TempDir(), "directory.key"), storetest.FreshSchema(t, dsn), redis, rand.Text())
	var data [2]string
	var port [2]int
	var server [2]*running
	for i := range data {
		data[i] = filepath.Join(t.TempDir(), "data")
		succeeds(t, "", "quickstart", "example.org", "--data", data[i])
		config := filepath.Join(data[i], configName)
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, config, string(text)+shared+fmt.Sprintf("\"node%d\"\n", i))
		ports := offset(t)
		port[i] = 5223 + ports
		server[i] = launch(t, "serve", "--data", data[i], "--listen", "127.0.0.1", "--port-offset", strconv.Itoa(ports))
	}
	eventually(t, "the servers see each other", func() bool {
		return strings.Contains(succeeds(t, "", "ctl", "status", "--data", data[0]), "\nnode: node0, with node1\n")
	})
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
