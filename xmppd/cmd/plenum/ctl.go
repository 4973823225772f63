package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	"plenum/xmppd/cmd/internal/control"
)

// ctlCommand is what can be asked of a running server.
type ctlCommand struct {
	Status   ctlStatus   `cmd:"" help:"What the server says about itself."`
	Loglevel ctlLoglevel `cmd:"" help:"Show the log levels, or set them: xmppd=debug, all=info. Below debug: trace, trace-sasl, trace-bulk."`
	Reload   ctlReload   `cmd:"" help:"Read certificates and log levels again, as SIGHUP does."`
	Stop     ctlStop     `cmd:"" help:"Stop the server, as SIGTERM does."`
}

// status is the answer to "status".
type status struct {
	Version  string            `json:"version"`
	PID      int               `json:"pid"`
	Since    time.Time         `json:"since"`
	Domains  []string          `json:"domains"`
	Database string            `json:"database"`
	Sessions int               `json:"sessions"`
	Node     string            `json:"node"`                // this server's name among several; empty when it is alone
	Others   []string          `json:"others"`              // the other servers that live
	Phones   []string          `json:"telephones"`          // the servers that speak SIP, of several
	Fault    string            `json:"cluster_fault"`       // why they cannot be seen; empty when all is well
	Expires  time.Time         `json:"certificate_expires"` // zero without TLS
	Levels   map[string]string `json:"log_levels"`
}

type ctlStatus struct{}

func (ctlStatus) Run(where *folder) error {
	s, err := tell[status](where, "status", struct{}{})
	if err != nil {
		return err
	}
	fmt.Printf("plenum %s, process %d, since %s\n", s.Version, s.PID, s.Since.Format(time.RFC3339))
	fmt.Printf("domains: %s\ndatabase: %s\nsessions: %d\n", strings.Join(s.Domains, ", "), s.Database, s.Sessions)
	if s.Node != "" {
		fmt.Printf("node: %s, with %s\n", s.Node, cmp.Or(strings.Join(s.Others, ", "), "no other"))
	}
	if len(s.Phones) > 0 {
		fmt.Println("telephones: at", strings.Join(s.Phones, ", "))
	}
	if len(s.Phones) > 1 {
		fmt.Println("warning: several nodes speak SIP; each has telephones and lines of teams of its own")
	}
	if s.Fault != "" {
		fmt.Println("the other nodes cannot be reached:", s.Fault)
	}
	if !s.Expires.IsZero() {
		fmt.Printf("certificate expires: %s\n", s.Expires.Format(time.RFC3339))
	}
	return nil
}

// levels asks for changes of log levels, by package.
type levels struct {
	Set map[string]string `json:"set"`
}

type ctlLoglevel struct {
	Levels map[string]string `arg:"" optional:"" help:"PART=LEVEL; the part all stands for every one."`
}

func (c ctlLoglevel) Run(where *folder) error {
	now, err := tell[map[string]string](where, "loglevel", levels{c.Levels})
	if err != nil {
		return err
	}
	for _, pkg := range slices.Sorted(maps.Keys(now)) {
		fmt.Printf("%s=%s\n", pkg, now[pkg])
	}
	return nil
}

type ctlReload struct{}

func (ctlReload) Run(where *folder) error {
	_, err := tell[struct{}](where, "reload", struct{}{})
	return err
}

type ctlStop struct{}

// Run returns when the server's process has ended.
func (ctlStop) Run(where *folder) error {
	s, err := tell[status](where, "status", struct{}{})
	if err != nil {
		return err
	}
	if _, err := tell[struct{}](where, "stop", struct{}{}); err != nil {
		return err
	}
	for end := time.Now().Add(2 * stopGrace); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if errors.Is(syscall.Kill(s.PID, 0), syscall.ESRCH) {
			return nil
		}
	}
	return fmt.Errorf("process %d still runs: see its log", s.PID)
}

// tell sends a command to the server that runs in the data folder.
func tell[Resp any](where *folder, command string, req any) (Resp, error) {
	var resp Resp
	data, err := where.data()
	if err == nil {
		err = control.Call(context.Background(), data, command, req, &resp)
	}
	return resp, err
}
