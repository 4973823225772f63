package main

import (
	"context"
	"fmt"
	"math"
	"runtime/metrics"
	"slices"
	"strings"
	"syscall"
	"time"

	"plenum/admin/api"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/jingle/turn"
)

// vitals are read every few seconds for the console's charts.
func (p *parts) vitals() api.Vitals {
	s := p.xmpp.Stats()
	memory := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(memory)
	return api.Vitals{Messages: s.Messages, Sessions: s.Sessions, CPU: processorTime(), Memory: memory[0].Value.Uint64() - memory[1].Value.Uint64()}
}

// processorTime is what the process has used so far.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

const (
	pollFigures = "figures"
	pollRecord  = "record"
)

// serverState is what the console is told of this server and the others.
type serverState struct {
	*parts
	clients  *clients
	recorder *api.Recorder
	poll     *poll
}

func newServerState(p *parts, c *clients, recorder *api.Recorder, asks *poll) *serverState {
	s := &serverState{p, c, recorder, asks}
	answerPoll(asks, pollFigures, func(struct{}) api.Figures { return c.figures() })
	answerPoll(asks, pollRecord, func(struct{}) api.Record { return recorder.Record() })
	return s
}

// Started implements api.Server.
func (s *serverState) Started() time.Time { return s.started.UTC() }

// Figures implements api.Server.
func (s *serverState) Figures(ctx context.Context) []api.Figures {
	return append([]api.Figures{s.clients.figures()}, askPoll[api.Figures](ctx, s.poll, pollFigures, struct{}{})...)
}

// Records implements api.Server.
func (s *serverState) Records(ctx context.Context) []api.Record {
	return askPoll[api.Record](ctx, s.poll, pollRecord, struct{}{})
}

// Limits of what is well.
const (
	slowDatabase  = 500 * time.Millisecond
	databaseTime  = 3 * time.Second
	crowdedWriter = 0.5 // of the queue
	littleDisk    = 0.1 // of the disk
	noDisk        = 0.03
	crowdedRelay  = 0.8 // of the relayed addresses
)

// Health implements api.Server.
func (s *serverState) Health(ctx context.Context) []api.Check {
	checks := []api.Check{s.checkDatabase(ctx), s.checkWriter(), s.checkDisk()}
	if s.certs != nil {
		checks = append(checks, s.checkCertificate(time.Now()))
	}
	if s.turn != nil {
		checks = append(checks, s.checkTURN(s.turn.Stats()))
	}
	if len(s.cfg.Redis.Addresses) > 0 {
		checks = append(checks, s.checkCluster(), s.checkTelephony(telephony.Everywhere{Service: s.telephony}.Nodes()))
	}
	return checks
}

func (s *serverState) checkDatabase(ctx context.Context) api.Check {
	ctx, cancel := context.WithTimeout(ctx, databaseTime)
	defer cancel()
	begun := time.Now()
	var one int
	err := s.db.QueryRow(ctx, "SELECT 1").Scan(&one)
	took := time.Since(begun)
	switch {
	case err != nil:
		s.log.Warn("the health check of the database failed", "err", err)
		return api.Check{Name: "database", State: "bad", Text: "The database does not answer.", Action: "See the server's log, and whether the database runs."}
	case took > slowDatabase:
		return api.Check{Name: "database", State: "warn", Text: fmt.Sprintf("The database takes %d ms to answer.", took.Milliseconds()),
			Values: []int{int(took.Milliseconds())},
			Action: "See what else uses its disk or its machine."}
	}
	return api.Check{Name: "database", State: "ok", Text: "The database answers."}
}

func (s *serverState) checkWriter() api.Check {
	waiting, most := s.db.Stats().QueueRows, s.cfg.Store.QueueRows
	if most > 0 && float64(waiting) > crowdedWriter*float64(most) {
		return api.Check{Name: "writer", State: "warn", Text: fmt.Sprintf("%d rows wait to be written.", waiting), Values: []int{int(waiting)},
			Action: "The disk or the database is too slow for what happens: see what else uses it."}
	}
	return api.Check{Name: "writer", State: "ok", Text: "What happens is written at once."}
}

func (s *serverState) checkDisk() api.Check {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.cfg.Data, &disk); err != nil || disk.Blocks == 0 {
		return api.Check{Name: "disk", State: "warn", Text: "The free space of the data folder is not known.", Action: "See whether the folder is there."}
	}
	free := float64(disk.Bavail) / float64(disk.Blocks)
	percent := int(math.Round(100 * free))
	check := api.Check{Name: "disk", State: "ok", Text: fmt.Sprintf("%d %% of the disk with the data are free.", percent), Values: []int{percent}}
	if free < littleDisk {
		check.State, check.Action = "warn", "Make room on the disk, or keep less history (archive.keep)."
	}
	if free < noDisk {
		check.State = "bad"
	}
	return check
}

func (s *serverState) checkCertificate(now time.Time) api.Check {
	check := api.Check{Name: "certificate", State: "ok"}
	left := s.certs.Expires().Sub(now)
	if left <= 0 {
		check.State, check.Text = "bad", "A certificate has expired."
	} else {
		days := int(left.Hours() / 24)
		check.Text, check.Values = fmt.Sprintf("The first certificate ends in %d days.", days), []int{days}
	}
	if left < certificateWarning {
		check.Action = "Renew it and run plenum ctl reload."
		if left > 0 {
			check.State = "warn"
		}
	}
	return check
}

func (s *serverState) checkTURN(stats turn.Stats) api.Check {
	switch {
	case s.turn.Unreachable() && !s.cfg.local:
		return api.Check{Name: "turn", State: "warn", Text: "The relay for calls gives out addresses that nobody outside can reach.",
			Action: "Set external to the address by which this machine is known outside."}
	case float64(stats.Relayed) > crowdedRelay*float64(stats.Total):
		return api.Check{Name: "turn", State: "warn", Text: fmt.Sprintf("%d of %d relayed addresses are in use.", stats.Relayed, stats.Total), Values: []int{int(stats.Relayed), int(stats.Total)},
			Action: "Calls may fail soon: allow more (turn.total), or run another server."}
	}
	return api.Check{Name: "turn", State: "ok", Text: fmt.Sprintf("The relay for calls is there; %d of %d addresses are in use.", stats.Relayed, stats.Total),
		Values: []int{int(stats.Relayed), int(stats.Total)}}
}

// checkTelephony says which of several servers has the telephones. It is to be one: registrations and lines of teams are each server's own.
func (s *serverState) checkTelephony(nodes []telephony.TelephonyNode) api.Check {
	var with []string
	for _, n := range nodes {
		if n.SIP {
			with = append(with, n.ID)
		}
	}
	switch {
	case len(with) > 1:
		return api.Check{Name: "telephony", State: "warn", Text: fmt.Sprintf("%d servers speak SIP: %s. Each has telephones, trunks and lines of teams of its own.", len(with), strings.Join(with, ", ")),
			Values: []int{len(with)}, Action: "Switch SIP off at all servers but one (ports.sip and ports.sips to -1)."}
	case len(with) == 1:
		return api.Check{Name: "telephony", State: "ok", Text: "The telephones are at " + with[0] + "."}
	case slices.ContainsFunc(s.org.Objects.List(directory.Devices), func(o directory.Object) bool { return o.Device == directory.PhoneDevice }):
		return api.Check{Name: "telephony", State: "warn", Text: "No server that is there speaks SIP: telephones do not work.",
			Action: "Start the server that has the telephones, or switch SIP on at one."}
	}
	return api.Check{Name: "telephony", State: "ok", Text: "No server speaks SIP, and there are no telephones.", Values: []int{0}}
}

func (s *serverState) checkCluster() api.Check {
	if err := s.node.Health(); err != nil {
		s.log.Warn("the health check of the cluster failed", "err", err)
		return api.Check{Name: "cluster", State: "bad", Text: "The other servers cannot be reached.", Action: "See whether Redis runs, and the server's log."}
	}
	var others []string
	for _, id := range s.node.Peers() {
		others = append(others, string(id))
	}
	if len(others) == 0 {
		return api.Check{Name: "cluster", State: "warn", Text: "No other server is there.", Action: "Start the others, when there should be some."}
	}
	return api.Check{Name: "cluster", State: "ok", Text: "Together with " + strings.Join(others, ", ") + "."}
}
