package control_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"plenum/xmppd/cmd/internal/control"
)

type question struct{ Name string }
type reply struct{ Greeting string }

// start serves a command in a data folder until the test ends, or until stop is called.
func start(t *testing.T, data string) (stop func()) {
	t.Helper()
	listener, err := control.Listen(data)
	if err != nil {
		t.Fatal(err)
	}
	var mux control.Mux
	control.Handle(&mux, "greet", func(_ context.Context, q question) (reply, error) {
		if q.Name == "" {
			return reply{}, errors.New("say who you are")
		}
		return reply{"hello " + q.Name}, nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- control.Serve(ctx, listener, &mux) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func greet(t *testing.T, data, name string) (string, error) {
	t.Helper()
	var r reply
	err := control.Call(context.Background(), data, "greet", question{name}, &r)
	return r.Greeting, err
}

func TestCommandsAndTheirErrorsComeThrough(t *testing.T) {
	data := t.TempDir()
	start(t, data)
	if got, err := greet(t, data, "romeo"); err != nil || got != "hello romeo" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := greet(t, data, ""); err == nil || err.Error() != "say who you are" {
		t.Errorf("got %v", err)
	}
	if err := control.Call(context.Background(), data, "dance", question{}, nil); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a command that is not there: %v", err)
	}
	if info, err := os.Stat(filepath.Join(data, control.FileName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may open the socket: %v, %v", info, err)
	}
}

func TestWithoutServerTheCallSaysSo(t *testing.T) {
	data := t.TempDir()
	stop := start(t, data)
	stop()
	if _, err := greet(t, data, "romeo"); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("after the stop: %v", err)
	}
	if _, err := os.Stat(filepath.Join(data, control.FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stays behind: %v", err)
	}
}

func TestASecondServerIsRefusedAndADeadOnesSocketReplaced(t *testing.T) {
	data := t.TempDir()
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(data, control.FileName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, data)
	if _, err := control.Listen(data); err == nil || !strings.Contains(err.Error(), "another server runs") {
		t.Errorf("a second server: %v", err)
	}
	if got, err := greet(t, data, "juliet"); err != nil || got != "hello juliet" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestALongDataFolderWorks(t *testing.T) {
	data := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, data)
	if got, err := greet(t, data, "mercutio"); err != nil || got != "hello mercutio" {
		t.Errorf("got %q, %v", got, err)
	}
}
