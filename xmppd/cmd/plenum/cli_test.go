package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary behave as plenum itself.
const asProgram = "PLENUM_TEST_AS_PROGRAM"

// patience is how long a process may take for one step.
const patience = time.Minute

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// plenum runs a command to its end, with input, and returns what it printed.
func plenum(t *testing.T, input string, args ...string) (out, faults string, code int) {
	t.Helper()
	cmd := command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// succeeds runs a command that has to end well.
func succeeds(t *testing.T, input string, args ...string) string {
	t.Helper()
	out, faults, code := plenum(t, input, args...)
	if code != 0 || faults != "" {
		t.Fatalf("plenum %s: code %d\n%s%s", strings.Join(args, " "), code, out, faults)
	}
	return out
}

// A running is a server in a process of its own.
type running struct {
	t       *testing.T
	cmd     *exec.Cmd
	printed string // up to "ready"

	mu     sync.Mutex
	faults bytes.Buffer
	ended  chan error
}

// launch starts a server and waits for the line "ready".
func launch(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: command(args...), ended: make(chan error, 1)}
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.cmd.Stderr = r
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	ready := make(chan string, 1)
	go func() {
		var printed strings.Builder
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if lines.Text() == "ready" {
				ready <- printed.String()
			}
			printed.WriteString(lines.Text() + "\n")
		}
		r.ended <- r.cmd.Wait()
	}()
	select {
	case r.printed = <-ready:
	case err := <-r.ended:
		t.Fatalf("plenum %s ended before it was ready: %v\n%s", strings.Join(args, " "), err, r.stderr())
	case <-time.After(patience):
		t.Fatalf("plenum %s is not ready\n%s", strings.Join(args, " "), r.stderr())
	}
	return r
}

func (r *running) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.faults.Write(p)
}

func (r *running) stderr() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.faults.String()
}

// stop ends the server with SIGTERM, which has to be a clean end.
func (r *running) stop() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Fatal(err)
	}
	r.wait()
}

func (r *running) wait() {
	r.t.Helper()
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("the server ended with %v\n%s", err, r.stderr())
		}
	case <-time.After(patience):
		r.t.Fatalf("the server does not end\n%s", r.stderr())
	}
}

// offset finds a port offset at which all ports are free. They stay below the ports that the system itself gives out.
func offset(t *testing.T) int {
	t.Helper()
	for range 100 {
		candidate := 1000 + rand.IntN(12000)
		ports := []int{3478, 5060, 5061, 5222, 5223, 5269, 5347, 5349, 8080, 8443, 9464, 19302}
		free := !slices.ContainsFunc(ports, func(port int) bool {
			at := net.JoinHostPort("127.0.0.1", strconv.Itoa(port+candidate))
			l, err := net.Listen("tcp", at)
			if err != nil {
				return true
			}
			_ = l.Close()
			c, err := net.ListenPacket("udp", at)
			if err != nil {
				return true
			}
			_ = c.Close()
			return false
		})
		if free {
			return candidate
		}
	}
	t.Fatal("no free ports")
	return 0
}

// trusting is a TLS configuration that trusts the certificate of a data folder alone.
func trusting(t *testing.T, data, name string) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "tls/plenum.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("the certificate is not PEM")
	}
	return &tls.Config{RootCAs: pool, ServerName: name}
}

func serialOf(t *testing.T, data string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "tls/plenum.crt"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return leaf.SerialNumber.String()
}

func fetch(t *testing.T, data string, port int, path string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{TLSClientConfig: trusting(t, data, "localhost"), DisableKeepAlives: true}, Timeout: patience}
	resp, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d%s", port, path))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", path, resp.Status, err, text)
	}
	return string(text)
}

func TestLocalserveServesItsDemonstration(t *testing.T) {
	data, ports := filepath.Join(t.TempDir(), "data"), offset(t)
	flags := []string{"localserve", "--data", data, "--port-offset", strconv.Itoa(ports)}
	server := launch(t, flags...)
	login := regexp.MustCompile(`(?m)^  juliet@localhost +(\S+)$`).FindStringSubmatch(server.printed)
	if login == nil {
		t.Fatalf("no login of juliet is printed:\n%s", server.printed)
	}
	if !strings.Contains(server.printed, "\nDemonstration room: garden@groups.localhost\n") {
		t.Errorf("no room is printed:\n%s", server.printed)
	}
	logIn(t, data, 5223+ports, "juliet@localhost", login[1])
	if meta := fetch(t, data, 8443+ports, "/.well-known/host-meta"); !strings.Contains(meta, fmt.Sprintf("wss://localhost:%d/xmpp-websocket", 8443+ports)) {
		t.Errorf("host-meta: %s", meta)
	}
	if metrics := fetch(t, data, 8443+ports, "/metrics"); !strings.Contains(metrics, "\nplenum_logins_total 1\n") {
		t.Errorf("the metrics do not show the login:\n%s", metrics)
	}
	if out := succeeds(t, "", "ctl", "status", "--data", data); !strings.Contains(out, "domains: localhost\ndatabase: sqlite\n") {
		t.Errorf("status:\n%s", out)
	}
	succeeds(t, "Tybalt99\n", "user", "add", "tybalt", "--data", data)
	logIn(t, data, 5223+ports, "tybalt@localhost", "Tybalt99")
	server.stop()

	again := launch(t, flags...)
	if !strings.Contains(again.printed, login[0]) {
		t.Errorf("after a restart the login of juliet is another:\n%s", again.printed)
	}
	logIn(t, data, 5223+ports, "juliet@localhost", login[1])
	succeeds(t, "", "ctl", "stop", "--data", data)
	again.wait()
}

func TestQuickstartLeadsToAServerWithItsAdministrator(t *testing.T) {
	data, ports := filepath.Join(t.TempDir(), "data"), strconv.Itoa(offset(t))
	here := []string{"--data", data}
	out := succeeds(t, "", append([]string{"quickstart", "example.org"}, here...)...)
	for _, want := range []string{
		"administrator: admin@example.org\n", "_xmpp-client._tcp.example.org.", "_xmpps-client._tcp.example.org.", "_xmpp-server._tcp.example.org.",
		"groups.example.org.", "IN AAAA", "host-meta",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("quickstart does not print %q:\n%s", want, out)
		}
	}
	password := regexp.MustCompile(`password: +(\S+) `).FindStringSubmatch(out)
	if password == nil {
		t.Fatalf("no password is printed:\n%s", out)
	}
	if out, faults, code := plenum(t, "", append([]string{"quickstart", "example.org"}, here...)...); code == 0 || !strings.Contains(faults, "set up already") {
		t.Errorf("a second quickstart: code %d\n%s%s", code, out, faults)
	}
	succeeds(t, "", append([]string{"config", "check"}, here...)...)
	if out := succeeds(t, "", append([]string{"user", "list"}, here...)...); !strings.Contains(out, "admin@example.org") || !strings.Contains(out, "system-administrator") {
		t.Errorf("user list:\n%s", out)
	}
	server := launch(t, append([]string{"serve", "--listen", "127.0.0.1", "--port-offset", ports}, here...)...)
	n, _ := strconv.Atoi(ports)
	logIn(t, data, 5223+n, "admin@example.org", password[1])

	old := serialOf(t, data)
	for _, file := range []string{"tls/plenum.crt", "tls/plenum.key"} {
		if err := os.Remove(filepath.Join(data, file)); err != nil {
			t.Fatal(err)
		}
	}
	if _, faults, code := plenum(t, "", append([]string{"ctl", "reload"}, here...)...); code == 0 || !strings.Contains(faults, "plenum.crt") {
		t.Errorf("a reload without certificate: code %d, %s", code, faults)
	}
	if err := ensureCertificate(pairOf(data), []string{"example.org"}); err != nil {
		t.Fatal(err)
	}
	if serialOf(t, data) == old {
		t.Fatal("the certificate is the old one")
	}
	succeeds(t, "", append([]string{"ctl", "reload"}, here...)...)
	logIn(t, data, 5223+n, "admin@example.org", password[1]) // trusts the new certificate only
	if out := succeeds(t, "", append([]string{"ctl", "loglevel", "xmppd=debug"}, here...)...); !strings.Contains(out, "xmppd=debug\n") || !strings.Contains(out, "web=info\n") {
		t.Errorf("loglevel:\n%s", out)
	}
	server.stop()
}

func TestUsersBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	data, restored, archive := filepath.Join(dir, "data"), filepath.Join(dir, "restored"), filepath.Join(dir, "backup.tar")
	succeeds(t, "", "quickstart", "example.org", "--data", data)
	users := filepath.Join(dir, "users.csv")
	writeFile(t, users, "username,password,displayname\nromeo,Wherefore4,Romeo Montague\njuliet,Wherefore5,Juliet Capulet\n")
	if out := succeeds(t, "", "user", "import", users, "--data", data); !strings.Contains(out, "2 accounts made") {
		t.Errorf("import: %s", out)
	}
	writeFile(t, users, "username,password\nnurse,short\nromeo,Wherefore4\n")
	if _, faults, code := plenum(t, "", "user", "import", users, "--data", data); code == 0 || !strings.Contains(faults, "line 2: ") {
		t.Errorf("a wrong import: code %d, %s", code, faults)
	}
	if _, faults, code := plenum(t, "weak\n", "user", "add", "nurse", "--data", data); code == 0 || !strings.Contains(faults, "the password needs") {
		t.Errorf("a weak password: code %d, %s", code, faults)
	}
	succeeds(t, "", "user", "disable", "juliet", "--data", data)
	if out := succeeds(t, "", "user", "list", "--data", data); !strings.Contains(out, "disabled") {
		t.Errorf("juliet was disabled:\n%s", out)
	}
	succeeds(t, "", "user", "enable", "juliet", "--data", data)
	for _, line := range []string{"address:         juliet@example.org\n", "authentication:  internal\n", "permissions:     All\n", "extension:       -\n"} {
		if out := succeeds(t, "", "user", "show", "juliet", "--data", data); !strings.Contains(out, line) {
			t.Errorf("there is no %q in\n%s", line, out)
		}
	}
	if _, faults, code := plenum(t, "", "user", "show", "nobody", "--data", data); code == 0 || !strings.Contains(faults, "there is no such user") {
		t.Errorf("an unknown user: code %d, %s", code, faults)
	}
	if out := succeeds(t, "", "user", "list", "--bin", "--data", data); strings.Contains(out, "juliet") {
		t.Errorf("the bin:\n%s", out)
	}
	succeeds(t, "", "user", "restore", "juliet", "--data", data) // who is not in it
	succeeds(t, "", "backup", archive, "--data", data)
	succeeds(t, "", "user", "delete", "romeo", "--data", data)
	if out := succeeds(t, "", "user", "passwd", "juliet", "--generate", "--data", data); !strings.Contains(out, "password: ") {
		t.Errorf("passwd: %s", out)
	}
	if out := succeeds(t, "", "user", "list", "--data", data); strings.Contains(out, "romeo") {
		t.Errorf("romeo was deleted:\n%s", out)
	}
	succeeds(t, "", "restore", archive, "--data", restored)
	if out := succeeds(t, "", "user", "list", "--data", restored); !strings.Contains(out, "Romeo Montague") {
		t.Errorf("after the restore:\n%s", out)
	}
	if serialOf(t, data) != serialOf(t, restored) {
		t.Error("the certificate was not restored")
	}
	const key = "keys/directory.key"
	before, err1 := os.ReadFile(filepath.Join(data, key))
	after, err2 := os.ReadFile(filepath.Join(restored, key))
	if err := errors.Join(err1, err2); err != nil || string(before) != string(after) {
		t.Errorf("the key of PINs and guests' access was not restored: %v", err)
	}
}

func TestFaultsAtStartAreOneLineThatSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	data, ports := filepath.Join(dir, "data"), offset(t)
	taken, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(5222+ports)))
	if err != nil {
		t.Fatal(err)
	}
	localserve := []string{"localserve", "--data", data, "--no-demo", "--port-offset", strconv.Itoa(ports)}
	fails(t, "a port that is taken", fmt.Sprintf("port %d (XMPP with STARTTLS) is in use", 5222+ports), localserve...)
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}

	launch(t, localserve...)
	other := strconv.Itoa(offset(t))
	fails(t, "a data folder that is in use", "is in use by another process", "localserve", "--data", data, "--no-demo", "--port-offset", other)

	broken := filepath.Join(dir, "broken")
	succeeds(t, "", "quickstart", "example.org", "--data", broken)
	config := filepath.Join(broken, configName)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, config, "lisen = \"127.0.0.1\"\n"+string(text))
	fails(t, "a wrong configuration", "plenum.toml:1: lisen: there is no such setting; did you mean listen?", "serve", "--data", broken)
	writeFile(t, config, string(text))
	writeFile(t, filepath.Join(broken, "tls/plenum.key"), "no key")
	fails(t, "an unreadable key that is checked for", "tls/plenum.key", "config", "check", "--data", broken)
	fails(t, "an unreadable key", "tls/plenum.key", "serve", "--data", broken, "--port-offset", other)
	fails(t, "a folder without configuration", "plenum quickstart", "serve", "--data", filepath.Join(dir, "nothing"))
	fails(t, "a data folder that cannot be made", "/proc/plenum", "localserve", "--data", "/proc/plenum")
}

// fails runs a command that has to end with one line and a code other than 0.
func fails(t *testing.T, name, want string, args ...string) {
	t.Helper()
	out, faults, code := plenum(t, "", args...)
	if code == 0 || strings.Count(faults, "\n") != 1 || !strings.Contains(faults, want) {
		t.Errorf("%s: code %d, want one line with %q\n%s%s", name, code, want, out, faults)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
