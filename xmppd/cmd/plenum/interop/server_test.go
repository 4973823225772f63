//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const domain = "localhost"

// Ports without offset.
const (
	portSTARTTLS = 5222
	portTLS      = 5223
	portHTTPS    = 8443
	portHTTP     = 8080
	portTURN     = 3478
	portTURNS    = 5349
	portMedia    = 19302
	portSIP      = 5060 // UDP and TCP
	portSIPS     = 5061
)

// A server is the built program in a process of its own. It is killed when the test ends.
type server struct {
	t      testing.TB
	data   string
	offset int
	args   []string

	cmd   *exec.Cmd
	ended chan struct{} // closed when the process is gone

	mu  sync.Mutex
	log bytes.Buffer // of all its processes
}

// startServer runs `plenum localserve` on free ports with an empty data folder, without demonstration users.
func startServer(t testing.TB, flags ...string) *server {
	t.Helper()
	s := &server{t: t, data: filepath.Join(t.TempDir(), "data"), offset: freeOffset(t)}
	s.args = append([]string{"localserve", "--data", s.data, "--port-offset", strconv.Itoa(s.offset), "--no-demo"}, flags...)
	s.begin()
	return s
}

func (s *server) begin() {
	s.t.Helper()
	s.launch()
	s.t.Cleanup(func() {
		s.kill()
		if s.t.Failed() {
			s.t.Logf("log of the server:\n%s", s.logged())
		}
	})
}

// startConfigured runs `plenum serve` as an operator does: set up by `plenum quickstart`, with more settings in its configuration.
func startConfigured(t testing.TB, settings string) *server {
	t.Helper()
	s := &server{t: t, data: filepath.Join(t.TempDir(), "data"), offset: freeOffset(t)}
	if out, err := exec.Command(binary(t), "quickstart", domain, "--data", s.data, "--generate").CombinedOutput(); err != nil {
		t.Fatalf("plenum quickstart: %v\n%s", err, out)
	}
	file := filepath.Join(s.data, "plenum.toml")
	text, err := os.ReadFile(file)
	if err == nil {
		text = fmt.Appendf([]byte("listen = \"127.0.0.1\"\n"), "%s\n[ports]\noffset = %d\n%s", text, s.offset, settings)
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.args = []string{"serve", "--data", s.data}
	s.begin()
	return s
}

// launch starts the process, also after kill or stop, and waits until it is ready.
func (s *server) launch() {
	s.t.Helper()
	s.cmd = exec.Command(binary(s.t), s.args...)
	s.cmd.Stderr = s
	stdout, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	s.ended = ended
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if lines.Text() == "ready" {
				close(ready)
			}
		}
		_ = s.cmd.Wait()
		close(ended)
	}()
	select {
	case <-ready:
	case <-ended:
		s.t.Fatalf("the server ended before it was ready:\n%s", s.logged())
	case <-time.After(patience):
		s.kill()
		s.t.Fatalf("the server is not ready:\n%s", s.logged())
	}
}

// kill is kill -9.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// port is a port of this server, from its number without offset.
func (s *server) port(usual int) int { return usual + s.offset }

func (s *server) address(usual int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port(usual)))
}

// certificate is the file with the certificate that clients have to trust.
func (s *server) certificate() string { return filepath.Join(s.data, "tls", "plenum.crt") }

// trusting is a TLS configuration that trusts one certificate alone.
func trusting(t testing.TB, certificate string) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &tls.Config{RootCAs: pool, ServerName: domain}
}

// An account is a user with the password.
type account struct{ JID, Password string }

// secret is the password of a test's account.
func secret(jid string) string {
	name, _, _ := strings.Cut(jid, "@")
	return "Secret-of-" + name + "-1"
}

// user makes an account with `plenum user add`.
func (s *server) user(name string, flags ...string) account {
	s.t.Helper()
	a := account{name + "@" + domain, secret(name + "@" + domain)}
	cmd := exec.Command(binary(s.t), append([]string{"user", "add", name, "--data", s.data}, flags...)...)
	cmd.Stdin = strings.NewReader(a.Password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("plenum user add %s: %v\n%s", name, err, out)
	}
	return a
}

// freeOffset finds a port offset at which all ports are free. They stay below the ports that the system itself gives out.
func freeOffset(t testing.TB) int {
	t.Helper()
	for range 100 {
		candidate := 1000 + rand.IntN(12000)
		taken := slices.ContainsFunc([]int{portSTARTTLS, portTLS, 5269, 5347, portHTTPS, portHTTP, portTURN, portTURNS, portMedia, portSIP, portSIPS, 9464}, func(port int) bool {
			at := fmt.Sprintf("127.0.0.1:%d", port+candidate)
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
		if !taken {
			return candidate
		}
	}
	t.Fatal("no free ports")
	return 0
}
