package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// proxy stands between store and server and breaks connections on demand.
type proxy struct {
	target string
	ln     net.Listener

	mu    sync.Mutex
	conns []net.Conn
	down  bool
	// cutAfter, when it is found in what a client sends, is passed on; the answer is not, and the connection ends.
	cutAfter []byte
}

// throughProxy returns a fresh schema's DSN that goes through the proxy.
func throughProxy(t *testing.T) (*proxy, string) {
	dsn := os.Getenv(storetest.Env)
	if dsn == "" {
		t.Skip(storetest.Env + " is not set: PostgreSQL is not tested")
	}
	u, err := url.Parse(storetest.FreshSchema(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: u.Host, ln: ln}
	go p.run()
	t.Cleanup(func() { ln.Close(); p.setDown(true) })
	u.Host = ln.Addr().String()
	return p, u.String()
}

func (p *proxy) run() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		p.mu.Lock()
		if p.down || err != nil {
			client.Close()
		} else {
			p.conns = append(p.conns, client, server)
			go p.pass(server, client, true)
			go p.pass(client, server, false)
		}
		p.mu.Unlock()
	}
}

func (p *proxy) pass(to, from net.Conn, cuts bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		cut := cuts && p.cutAfter != nil && bytes.Contains(buf[:n], p.cutAfter)
		if cut {
			p.cutAfter = nil
			to.Write(buf[:n])
			from.Close() // before the answer can come
			p.mu.Unlock()
			io.Copy(io.Discard, to) // lets the server finish
			return
		}
		p.mu.Unlock()
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

// setDown breaks all connections and, when down, refuses new ones.
func (p *proxy) setDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func openPostgres(t *testing.T, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), cfg, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	migrate(t, db)
	return db
}

func TestBrokenConnectionsLoseNothingAndRepeatNothing(t *testing.T) {
	p, dsn := throughProxy(t)
	db := openPostgres(t, store.Config{DSN: dsn})
	const n = 400
	var outcomes []<-chan error
	for i := range n {
		if i%40 == 20 {
			p.setDown(false)
		}
		b := &store.Batch{}
		b.Insert(insertRow, "a@x", i, nil) // a second time would be a conflict
		b.Do(func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO row (owner, id) VALUES ('b@x', (SELECT COUNT(*) FROM row WHERE owner = 'b@x'))")
			return err
		})
		outcomes = append(outcomes, submit(t, db, b))
		time.Sleep(time.Millisecond) // so that connections break in all states
	}
	for i, ch := range outcomes {
		if err := <-ch; err != nil {
			t.Errorf("batch %d: %v", i, err)
		}
	}
	if a, b := count(t, db, "a@x"), count(t, db, "b@x"); a != n || b != n {
		t.Errorf("%d and %d rows", a, b)
	}
}

func TestACommitWithoutAnswerIsFoundOut(t *testing.T) {
	p, dsn := throughProxy(t)
	db := openPostgres(t, store.Config{DSN: dsn})
	for i := range 10 {
		p.mu.Lock()
		p.cutAfter = []byte("COMMIT")
		p.mu.Unlock()
		err := db.Commit(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO row (owner, id) VALUES ('a@x', (SELECT COUNT(*) FROM row))")
			return err
		})
		if err != nil {
			t.Errorf("commit %d: %v", i, err)
		}
		if got := count(t, db, "a@x"); got != i+1 {
			t.Fatalf("%d rows after %d commits", got, i+1)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cutAfter != nil {
		t.Error("no connection was cut")
	}
}

func TestAServerThatIsDownIsTold(t *testing.T) {
	p, dsn := throughProxy(t)
	db := openPostgres(t, store.Config{DSN: dsn, Unavailable: 300 * time.Millisecond})
	p.setDown(true)
	began := time.Now()
	var outcomes []<-chan error
	for i := range 600 { // more than one group
		b := &store.Batch{}
		b.Insert(insertRow, "a@x", i, nil)
		outcomes = append(outcomes, submit(t, db, b))
	}
	for i, ch := range outcomes {
		if err := <-ch; !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("batch %d: %v", i, err)
		}
	}
	if d := time.Since(began); d > time.Minute { // one after the other would take three
		t.Errorf("it took %v", d)
	}
	if _, err := db.Query(context.Background(), "SELECT 1"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a query: %v", err)
	}
	waiting := &store.Batch{}
	waiting.Insert(insertRow, "b@x", 1, nil)
	done := submit(t, db, waiting)
	p.setDown(false)
	if err := <-done; err != nil {
		t.Errorf("after the server came back: %v", err)
	}
}

func TestOpenTellsThatNoServerIsThere(t *testing.T) {
	_, err := store.Open(context.Background(), store.Config{DSN: "postgres://u:secret@127.0.0.1:1/d"}, "", slog.New(slog.DiscardHandler))
	if !errors.Is(err, store.ErrUnavailable) || bytes.Contains([]byte(err.Error()), []byte("secret")) {
		t.Errorf("got %v", err)
	}
}

// Two nodes that change the same rows in opposite order block each other; the database ends one of the transactions, and it is run again.
func TestNodesThatCollide(t *testing.T) {
	dsn := os.Getenv(storetest.Env)
	if dsn == "" {
		t.Skip(storetest.Env + " is not set: PostgreSQL is not tested")
	}
	dsn = storetest.FreshSchema(t, dsn)
	nodes := []*store.DB{openPostgres(t, store.Config{DSN: dsn}), openPostgres(t, store.Config{DSN: dsn})}
	add := func(tx *store.Tx, owner string) error {
		_, err := tx.Exec("INSERT INTO row AS r (owner, id) VALUES ($1, 0) ON CONFLICT (owner, id) DO UPDATE SET flag = NOT r.flag", owner)
		return err
	}
	var meet sync.WaitGroup
	meet.Add(2)
	var wait sync.WaitGroup
	for n, db := range nodes {
		order := [][]string{{"a", "b"}, {"b", "a"}}[n]
		once := sync.OnceFunc(func() { meet.Done(); meet.Wait() })
		wait.Go(func() {
			err := db.Commit(context.Background(), func(tx *store.Tx) error {
				if err := add(tx, order[0]); err != nil {
					return err
				}
				once()
				if err := add(tx, order[1]); err != nil {
					return fmt.Errorf("second: %w", err)
				}
				return nil
			})
			if err != nil {
				t.Errorf("node %d: %v", n, err)
			}
		})
	}
	wait.Wait()
}
