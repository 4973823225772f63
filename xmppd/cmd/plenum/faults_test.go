package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/alecthomas/kong"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/cmd/internal/logging"
	"plenum/xmppd/store"
)

func TestAPortInUseIsNamedWithWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	ports := Ports{Offset: 1}
	_, err = ports.listen("127.0.0.1", port-1, "XMPP with STARTTLS", "c2s")
	for _, want := range []string{fmt.Sprint("port ", port), "XMPP with STARTTLS", "ports.c2s", "--port-offset"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestAnAddressOfAnotherMachineIsNamed(t *testing.T) {
	if _, err := new(Ports).listen("203.0.113.1", 0, "HTTPS", "https"); err == nil || !strings.Contains(err.Error(), "no address 203.0.113.1") {
		t.Errorf("got %v", err)
	}
}

func TestFaultsAreOneLineWithAdvice(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"disk full":        {fmt.Errorf("open the database: %w", store.ErrDiskFull), "make room"},
		"no space":         {fmt.Errorf("write: %w", syscall.ENOSPC), "make room"},
		"damaged":          {fmt.Errorf("open: %w", store.ErrCorrupt), "plenum restore"},
		"newer":            {fmt.Errorf("open: %w", store.ErrNewerSchema), "newer version"},
		"database down":    {fmt.Errorf("open: %w", store.ErrUnavailable), "store.dsn"},
		"no permission":    {&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}, "the right to it"},
		"several at once":  {errors.Join(errors.New("one"), errors.New("two")), "one; two"},
		"one that says it": {errors.New("stop that one"), "stop that one"},
	} {
		if got := explain(c.err); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q, want %q in it, on one line", name, got, c.want)
		}
	}
}

func TestABadFieldIsToldWithoutItsCode(t *testing.T) {
	if got := explain(directory.CheckPassword("secretpass1")); got != "the password needs an upper-case letter" {
		t.Errorf("got %q", got)
	}
}

func TestTracesOfThePackagesAreOnTheLevelThatMasks(t *testing.T) {
	if xmppd.LevelTrace != logging.LevelTrace {
		t.Errorf("xmppd traces at %d, the handler masks at %d", xmppd.LevelTrace, logging.LevelTrace)
	}
}

func TestPortsOfTheConfigurationHoldWithoutFlags(t *testing.T) {
	var cli struct {
		Serve serveCommand `cmd:""`
	}
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve", "--port-https", "9443"}); err != nil {
		t.Fatal(err)
	}
	ports := Ports{C2S: 15222, HTTPS: 18443}
	ports.override(Ports(cli.Serve.portFlags))
	if ports.C2S != 15222 || ports.HTTPS != 9443 {
		t.Errorf("%+v", ports)
	}
}
