package cluster_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"plenum/xmppd/cluster"
)

// testTTL is short so that deaths come soon, and long enough for a busy machine under the race detector.
const testTTL = 5 * time.Second

// TestMain stops the Redis server that tests have started.
func TestMain(m *testing.M) {
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

// redisServer is a redis-server process of the tests.
type redisServer struct {
	mu      sync.Mutex
	address string
	dir     string
	process *exec.Cmd
}

var shared redisServer

// realRedis is the address of a Redis server for tests that leave it running: PLENUM_TEST_REDIS, or one that is started.
func realRedis(t testing.TB) string {
	if address := os.Getenv("PLENUM_TEST_REDIS"); address != "" {
		return address
	}
	shared.start(t)
	return shared.address
}

// start runs the server, again on the same port after stop. Without a binary the test is skipped.
func (s *redisServer) start(t testing.TB) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		return
	}
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("real Redis not tested: no redis-server in PATH and PLENUM_TEST_REDIS is not set")
	}
	if s.address == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s.address = l.Addr().String()
		l.Close()
		if s.dir, err = os.MkdirTemp("", "redis"); err != nil {
			t.Fatal(err)
		}
	}
	_, port, _ := net.SplitHostPort(s.address)
	s.process = exec.Command(binary, "--port", port, "--bind", "127.0.0.1", "--dir", s.dir, "--save", "", "--appendonly", "no",
		"--logfile", filepath.Join(s.dir, "log"))
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: s.address})
	defer client.Close()
	eventually(t, "redis-server answers", func() bool { return client.Ping(context.Background()).Err() == nil })
}

// halt kills the server; its data is gone.
func (s *redisServer) halt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		s.process.Process.Kill()
		s.process.Wait()
		s.process = nil
	}
}

func (s *redisServer) stop() {
	s.halt()
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

var prefixes atomic.Int64

func newPrefix() string {
	return fmt.Sprintf("test:%d:%d:%d:", os.Getpid(), time.Now().UnixNano(), prefixes.Add(1))
}

// redisCluster makes nodes of a cluster of its own on a server.
func redisCluster(t testing.TB, address string) join { return redisNodes(t, address, newPrefix()) }

// redisNodes makes nodes of the cluster with that prefix.
func redisNodes(t testing.TB, address, prefix string) join {
	return func(id cluster.NodeID) *cluster.Node {
		n, err := cluster.JoinRedis(context.Background(), cluster.RedisConfig{
			Addresses: []string{address}, Node: string(id), Prefix: prefix, TTL: testTTL,
		}, testLog(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Kill)
		return n
	}
}

// gateway is a line to a server that can be cut.
type gateway struct {
	address, server string

	mu     sync.Mutex
	broken bool
	open   map[net.Conn]bool
}

func newGateway(t *testing.T, server string) *gateway {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{address: l.Addr().String(), server: server, open: make(map[net.Conn]bool)}
	t.Cleanup(func() { l.Close(); g.cut() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.serve(c)
		}
	}()
	return g
}

func (g *gateway) serve(c net.Conn) {
	defer c.Close()
	s, err := net.Dial("tcp", g.server)
	if err != nil || !g.enter(c, s) {
		return
	}
	defer s.Close()
	go func() {
		io.Copy(s, c)
		s.Close()
	}()
	io.Copy(c, s)
}

func (g *gateway) enter(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		if g.broken {
			c.Close()
			continue
		}
		g.open[c] = true
	}
	return !g.broken
}

func (g *gateway) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken = true
	for c := range g.open {
		c.Close()
	}
	clear(g.open)
}

func (g *gateway) mend() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken = false
}

func testLog(t testing.TB) *slog.Logger {
	if testing.Verbose() {
		return slog.New(slog.NewTextHandler(os.Stderr, nil)).With("test", t.Name())
	}
	return slog.New(slog.DiscardHandler)
}

func TestMiniredis(t *testing.T) {
	conformance(t, func(t *testing.T) join {
		t.Parallel()
		server := miniredis.RunT(t)
		stop := make(chan struct{})
		t.Cleanup(func() { close(stop) })
		go func() { // keys expire there only when told that time passes
			const step = 50 * time.Millisecond
			tick := time.NewTicker(step)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					server.FastForward(step)
				}
			}
		}()
		return redisCluster(t, server.Addr())
	})
}

func TestRedis(t *testing.T) {
	address := realRedis(t)
	conformance(t, func(t *testing.T) join {
		t.Parallel()
		return redisCluster(t, address)
	})
}
