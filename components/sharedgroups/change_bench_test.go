package sharedgroups_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// What BenchmarkChangeOf2000 does: so many of the members are online, and others, who are in no group, send so many messages a second.
const (
	benchOnline  = 500
	benchPairs   = 50
	benchRate    = 200
	benchMembers = 2000
)

const benchRole = "PLENUM_BENCH_ROLE"

// TestPlaysForBenchmarks is the server of BenchmarkChangeOf2000, or the clients of the members, in a process of its own. What it reads
// from standard input tells it what to do.
func TestPlaysForBenchmarks(t *testing.T) {
	in := bufio.NewScanner(os.Stdin)
	switch os.Getenv(benchRole) {
	case "":
		t.Skip("only a benchmark starts this")
	case "server":
		serveChanges(t, in)
	case "members":
		playMembers(t, in)
	}
}

// anyAccount has every user, with any password.
type anyAccount struct{}

func (anyAccount) Lookup(context.Context, jid.JID) (sasl.Account, error) {
	return sasl.Account{CheckPassword: func(context.Context, string) error { return nil }}, nil
}

func (anyAccount) Exists(context.Context, jid.JID) (bool, error) { return true, nil }

// serveChanges keeps its messages on disk. It prints its address, and its CPU time in nanoseconds after each change.
func serveChanges(t *testing.T, in *bufio.Scanner) {
	o := company()
	big := o.groups[0]
	o.groups = o.groups[1:]
	var cfg store.Config
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), cfg, t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	history, err := archive.OpenEngine(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	s := xmpptest.StartWith(t, xmpptest.Options{
		Store: db,
		Deps:  func(d *xmppd.Deps) { d.Log, d.Accounts = slog.New(slog.DiscardHandler), anyAccount{} },
		Register: func(s *xmppd.Server) {
			var cfg archive.Config
			if err := cfg.Validate(); err != nil {
				t.Fatal(err)
			}
			archive.Register(s, cfg, history)
			o.register(s)
		},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.ServeC2S(l)
	fmt.Println(l.Addr())
	for in.Scan() {
		var usage syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
		fmt.Println(usage.Utime.Nano() + usage.Stime.Nano())
		switch in.Text() {
		case "on":
			o.change(func(o *org) { o.groups = append(slices.Clone(o.groups), big) })
		case "off":
			o.change(func(o *org) { o.set("big", "", "") })
		}
	}
}

// playMembers logs in, answers all roster pushes, and prints a line for each time that all have got the number of pushes it has read.
func playMembers(t *testing.T, in *bufio.Scanner) {
	var pushes [benchOnline]atomic.Int64
	in.Scan()
	for i := range benchOnline {
		conn := benchLogin(t, in.Text(), fmt.Sprint("user", i))
		go func() {
			var answers []byte
			r := bufio.NewReaderSize(conn, 32<<10)
			for {
				raw, err := r.ReadSlice('>')
				if err != nil {
					return
				}
				switch {
				case bytes.HasPrefix(raw, []byte("<iq")) && bytes.Contains(raw, []byte("set")):
					answers = append(append(append(answers, "<iq type='result' id='"...), attribute(raw, " id=")...), "'/>"...)
				case bytes.HasPrefix(raw, []byte("<item")):
					pushes[i].Add(1)
				}
				if len(answers) > 0 && (r.Buffered() == 0 || len(answers) > 8<<10) {
					if _, err := conn.Write(answers); err != nil {
						return
					}
					answers = answers[:0]
				}
			}
		}()
	}
	fmt.Println("ready")
	for in.Scan() {
		want, err := strconv.ParseInt(in.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		for i := range pushes {
			for pushes[i].Load() < want {
				time.Sleep(time.Millisecond)
			}
		}
		fmt.Println("all")
	}
}

func attribute(tag []byte, name string) []byte {
	_, rest, _ := bytes.Cut(tag, []byte(name))
	if len(rest) == 0 {
		return nil
	}
	value, _, _ := bytes.Cut(rest[1:], rest[:1])
	return value
}

// benchLogin binds, asks for the roster and becomes available.
func benchLogin(t testing.TB, addr, user string) net.Conn {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	const header = `<stream:stream to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
	for _, step := range [][2]string{
		{header, "</stream:features>"},
		{"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00x")) + "</auth>", "<success"},
		{header, "</stream:features>"},
		{"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>", "</iq>"},
		{"<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq><presence/>", "<presence"},
	} {
		if _, err := io.WriteString(conn, step[0]); err != nil {
			t.Fatal(err)
		}
		var got []byte
		for buf := make([]byte, 16<<10); !bytes.Contains(got, []byte(step[1])); {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatalf("%q: %v", got, err)
			}
			got = append(got, buf[:n]...)
		}
	}
	return conn
}

// player is another process.
type player struct {
	b   *testing.B
	in  io.Writer
	out *bufio.Scanner
}

func play(b *testing.B, role, nice string) *player {
	b.Helper()
	cmd := exec.Command("nice", "-n", nice, os.Args[0], "-test.run=^TestPlaysForBenchmarks$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), benchRole+"="+role)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close() // it ends by itself, and tidies up
		cmd.Wait()
	})
	return &player{b, in, bufio.NewScanner(out)}
}

func (p *player) say(line string) { fmt.Fprintln(p.in, line) }

func (p *player) hear() string {
	p.b.Helper()
	if !p.out.Scan() {
		p.b.Fatal("another process has ended: ", p.out.Err())
	}
	return p.out.Text()
}

// chat are messages between pairs, and how long each takes until it is there.
type chat struct {
	mu   sync.Mutex
	took []time.Duration
}

func startChat(b *testing.B, addr string) *chat {
	c := &chat{}
	var senders [benchPairs]net.Conn
	epoch := time.Now()
	for i := range senders {
		senders[i] = benchLogin(b, addr, fmt.Sprint("from", i))
		conn := benchLogin(b, addr, fmt.Sprint("to", i))
		b.Cleanup(func() { conn.Close() })
		go func() {
			r := bufio.NewReader(conn)
			for {
				raw, err := r.ReadSlice('>')
				if err != nil {
					return
				}
				if bytes.HasPrefix(raw, []byte("<message")) {
					due, _ := strconv.ParseInt(string(attribute(raw, " id=")), 10, 64)
					c.mu.Lock()
					c.took = append(c.took, time.Since(epoch)-time.Duration(due))
					c.mu.Unlock()
				}
			}
		}()
	}
	ctx, stop := context.WithCancel(b.Context())
	var sending sync.WaitGroup
	sending.Go(func() {
		for n, due := 0, time.Since(epoch); ctx.Err() == nil; n++ {
			time.Sleep(due - time.Since(epoch))
			i := n % benchPairs
			if _, err := fmt.Fprintf(senders[i], "<message type='chat' to='to%d@example.org/r' id='%d'><body>%s</body></message>", i, due, strings.Repeat("x", 100)); err != nil {
				return
			}
			due += time.Second / benchRate
		}
	})
	b.Cleanup(func() {
		stop()
		sending.Wait()
		for _, conn := range senders {
			conn.Close()
		}
	})
	return c
}

// p99 is of the messages since the last call, in milliseconds.
func (c *chat) p99() float64 {
	c.mu.Lock()
	took := c.took
	c.took = nil
	c.mu.Unlock()
	slices.Sort(took)
	return float64(took[len(took)*99/100].Microseconds()) / 1000
}

// BenchmarkChangeOf2000 measures how long it takes until a group of 2,000, which becomes one and ceases to be one, is in the rosters of the
// 500 members who are online, or out of them, and what other people's messages feel of it. These are 1,000,000 roster pushes, all of which
// the clients answer. Server and clients are processes of their own, the clients of the members at a lower priority; what they need of the
// processors the server has not. The median of the changes is reported.
func BenchmarkChangeOf2000(b *testing.B) {
	server := play(b, "server", "0")
	addr := server.hear()
	members := play(b, "members", "10")
	members.say(addr)
	members.hear()
	messages := startChat(b, addr)
	cpu := func() (ns float64) {
		server.say("")
		fmt.Sscan(server.hear(), &ns)
		return ns
	}
	var took, before, during, busy []float64
	for i := 0; b.Loop(); i++ {
		time.Sleep(3 * time.Second)
		before = append(before, messages.p99())
		start, spent := time.Now(), cpu()
		if i%2 == 0 {
			server.say("on")
		} else {
			server.say("off")
		}
		members.say(strconv.Itoa((i + 1) * (benchMembers - 1)))
		server.hear()
		members.hear()
		took = append(took, time.Since(start).Seconds()*1000)
		during = append(during, messages.p99())
		busy = append(busy, (cpu()-spent)/1e6)
	}
	median := func(list []float64) float64 {
		slices.Sort(list)
		return list[len(list)/2]
	}
	b.ReportMetric(median(took), "ms/change")
	b.ReportMetric(median(busy), "server-cpu-ms/change")
	b.ReportMetric(median(before), "message-p99-ms-before")
	b.ReportMetric(median(during), "message-p99-ms-during")
	b.ReportMetric(0, "ns/op")
}
