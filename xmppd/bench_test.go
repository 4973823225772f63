package xmppd_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// anyAccount has every user, with any password.
type anyAccount struct{}

func (a anyAccount) Lookup(context.Context, jid.JID) (sasl.Account, error) {
	return sasl.Account{CheckPassword: func(context.Context, string) error { return nil }}, nil
}

func (a anyAccount) Exists(context.Context, jid.JID) (bool, error) { return true, nil }

const serveEnv = "PLENUM_BENCH_SERVE"

// TestServeForBenchmarks is the server of the benchmarks in a process of its own, so that its memory and CPU time can be told from
// the clients'. It prints its two addresses, and its figures for each line that it reads.
func TestServeForBenchmarks(t *testing.T) {
	if os.Getenv(serveEnv) == "" {
		t.Skip("only a benchmark starts this")
	}
	s := start(t, xmpptest.Options{Deps: func(d *xmppd.Deps) {
		d.Log, d.TLS, d.Accounts = quiet, certificates{certificate(t, "example.org")}, anyAccount{}
	}})
	for _, serve := range []func(net.Listener) error{s.ServeC2S, s.ServeDirectTLS} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go serve(l)
		fmt.Println(l.Addr())
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "gc": // as the program does when it is quiet
			s.Store().Trim()
			debug.FreeOSMemory()
		case "rosters":
			if err := addRosters(s.Store(), idleSessions, 20); err != nil {
				t.Fatal(err)
			}
		}
		var usage syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		fmt.Println(usage.Utime.Nano()+usage.Stime.Nano(), rss(), len(s.AllSessions()), mem.HeapInuse, mem.StackInuse)
	}
}

// addRosters gives users contacts without any subscription, so that nobody hears of anybody.
func addRosters(db *store.DB, users, contacts int) error {
	return db.Commit(context.Background(), func(tx *store.Tx) error {
		for i := range users {
			owner := fmt.Sprintf("user%d@example.org", i)
			if _, err := tx.Exec("INSERT INTO rosters (owner, version, serial) VALUES ($1, 1, 1)", owner); err != nil {
				return err
			}
			for k := range contacts {
				contact := fmt.Sprintf("user%d@example.org", (i+k+1)%users)
				if _, err := tx.Exec("INSERT INTO contacts (owner, contact, state, listed, approved, name, group_names) VALUES ($1, $2, 0, TRUE, FALSE, '', '')", owner, contact); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// rss is the resident memory of this process in bytes.
func rss() (n int) {
	b, _ := os.ReadFile("/proc/self/statm")
	fmt.Sscanf(string(b), "%d %d", new(int), &n)
	return n * os.Getpagesize()
}

// otherProcess is the server of a benchmark.
type otherProcess struct {
	b           testing.TB
	in          io.Writer
	out         *bufio.Scanner
	plain, tls  string
	cpu, rss    int // nanoseconds, bytes
	n           int
	heap, stack int
}

func startProcess(b testing.TB) *otherProcess {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestServeForBenchmarks$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), serveEnv+"=1")
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	p := &otherProcess{b: b, in: in, out: bufio.NewScanner(out)}
	p.out.Scan()
	p.plain = p.out.Text()
	p.out.Scan()
	p.tls = p.out.Text()
	return p
}

// ask updates the figures.
func (p *otherProcess) ask(command string) otherProcess {
	p.b.Helper()
	fmt.Fprintln(p.in, command)
	p.out.Scan()
	if _, err := fmt.Sscan(p.out.Text(), &p.cpu, &p.rss, &p.n, &p.heap, &p.stack); err != nil {
		p.b.Fatal(p.out.Text(), err)
	}
	return *p
}

// login opens a connection and binds; further elements follow.
func (p *otherProcess) login(config *tls.Config, user, further, until string) net.Conn {
	p.b.Helper()
	addr := p.plain
	if config != nil {
		addr = p.tls
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		p.b.Fatal(err)
	}
	if config != nil {
		conn = tls.Client(conn, config)
	}
	for _, step := range [][2]string{
		{header, "</stream:features>"}, {plain(user, "x"), "<success" + nsSASL + "/>"}, {header, "</stream:features>"}, {bindAny, "</iq>"}, {further, until},
	} {
		if step[1] == "" {
			continue
		}
		if _, err := io.WriteString(conn, step[0]); err != nil {
			p.b.Fatal(err)
		}
		var got []byte
		for buf := make([]byte, 4096); !strings.Contains(string(got), step[1]); {
			n, err := conn.Read(buf)
			if err != nil {
				p.b.Fatalf("%q: %v", got, err)
			}
			got = append(got, buf[:n]...)
		}
	}
	return conn
}

// BenchmarkLogin measures the server's CPU time for a connection from its start to its end, with a bound session.
func BenchmarkLogin(b *testing.B) {
	for name, config := range map[string]*tls.Config{
		"TCP": nil, "TLS": clientTLS(nil),
		"TLS resumed": clientTLS(func(c *tls.Config) { c.ClientSessionCache = tls.NewLRUClientSessionCache(1) }),
	} {
		b.Run(name, func(b *testing.B) {
			p := startProcess(b)
			before := p.ask("")
			i := 0
			for b.Loop() {
				conn := p.login(config, fmt.Sprint("user", i%1000), "", "")
				io.WriteString(conn, "</stream:stream>")
				io.Copy(io.Discard, conn)
				conn.Close()
				i++
			}
			b.ReportMetric(float64(p.ask("").cpu-before.cpu)/float64(i)/1000, "server-cpu-µs/op")
		})
	}
}

const idleSessions = 2000

// BenchmarkIdleSession measures what a session costs that does nothing: available, with stream management and a roster of 20.
func BenchmarkIdleSession(b *testing.B) {
	const sessions = idleSessions
	for name, config := range map[string]*tls.Config{"TCP": nil, "TLS": clientTLS(nil)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p := startProcess(b)
				p.ask("rosters")
				first := p.login(config, "warm", "", "")
				before := p.ask("gc")
				var conns []net.Conn
				for i := range sessions {
					conns = append(conns, p.login(config, fmt.Sprint("user", i), "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq><enable xmlns='urn:xmpp:sm:3' resume='true'/><presence/><iq type='get' id='q' to='example.org'><x xmlns='y'/></iq>", "id='q'"))
				}
				for _, c := range conns { // the answer and the reflected presence
					io.WriteString(c, "<a xmlns='urn:xmpp:sm:3' h='2'/>")
				}
				time.Sleep(5 * time.Second) // what is under way is not idle yet
				after := p.ask("gc")
				if after.n != sessions+1 {
					b.Fatalf("%d sessions", after.n)
				}
				b.ReportMetric(float64(after.rss-before.rss)/sessions/1024, "RSS-KiB/session")
				b.ReportMetric(float64(after.heap-before.heap)/sessions/1024, "heap-KiB/session")
				b.ReportMetric(float64(after.stack-before.stack)/sessions/1024, "stack-KiB/session")
				for _, c := range append(conns, first) {
					c.Close()
				}
			}
		})
	}
}
