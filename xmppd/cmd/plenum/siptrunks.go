package main

import (
	"context"

	"github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"

	"plenum/admin/api"
	"plenum/components/directory"
	"plenum/sipbridge"
	"plenum/sipbridge/stack"
	"plenum/sipbridge/trunk"
	"plenum/xmppd/fault"
)

// buildTrunks makes what registers at providers.
func (p *parts) buildTrunks() (err error) {
	p.sip.trunks, err = trunk.New(p.cfg.Trunks, trunk.Parts{Stack: p.sip.stack, Directory: p.org.Trunks, Log: p.logs.For("sip")})
	if err != nil {
		return err
	}
	p.lineUp = func(id, account string) bool { return p.sip.trunks.State(id, account).Up }
	p.org.OnChange(func(c directory.Change) {
		if c.Kind == directory.TrunkChanged || c.Kind == directory.Missed {
			p.sip.trunks.Changed()
		}
	})
	p.metrics.MustRegister(trunkCollector{p})
	return nil
}

// startSIP begins what this server does unasked by SIP.
func (p *parts) startSIP() {
	if p.sip != nil {
		p.sip.trunks.Start()
	}
}

// providers are the trunks, as calls want them.
type providers struct{ trunks *trunk.Service }

// Identify implements sipbridge.Trunks.
func (o providers) Identify(in *stack.In) (id, account string, ok bool) { return o.trunks.Identify(in) }

// Dialled implements sipbridge.Trunks.
func (o providers) Dialled(id, account string, req *sip.Request) string {
	return o.trunks.Dialled(id, account, req)
}

// Target implements sipbridge.Trunks.
func (o providers) Target(t sipbridge.TrunkTarget) (sipbridge.Line, error) {
	line, err := o.trunks.Target(trunk.Call(t))
	return sipbridge.Line(line), err
}

// trunkStates are the trunks, as the console shows them.
type trunkStates struct{ p *parts }

// TrunkState implements api.TrunkStates.
func (t trunkStates) TrunkState(id, account string) (api.TrunkState, bool) {
	if t.p.sip == nil {
		return api.TrunkState{}, false
	}
	s := t.p.sip.trunks.State(id, account)
	return api.TrunkState{Up: s.Up, Since: s.Since, Error: s.Error}, !s.Since.IsZero()
}

// TryTrunk implements api.TrunkStates.
func (t trunkStates) TryTrunk(ctx context.Context, id, account string) (api.TrunkState, error) {
	if t.p.sip == nil {
		return api.TrunkState{}, fault.New(fault.NotFound, "there is no SIP")
	}
	s, err := t.p.sip.trunks.Test(ctx, id, account)
	return api.TrunkState{Up: s.Up, Since: s.Since, Error: s.Error}, err
}

var (
	trunkUp    = prometheus.NewDesc("plenum_trunk_up", "Whether an account of a trunk can carry calls.", []string{"trunk", "account"}, nil)
	trunkCalls = prometheus.NewDesc("plenum_trunk_calls", "Calls of a trunk.", []string{"trunk"}, nil)
)

// trunkCollector reads the figures of the trunks that are switched on.
type trunkCollector struct{ p *parts }

// Describe implements prometheus.Collector.
func (c trunkCollector) Describe(out chan<- *prometheus.Desc) { out <- trunkUp; out <- trunkCalls }

// Collect implements prometheus.Collector.
func (c trunkCollector) Collect(out chan<- prometheus.Metric) {
	for _, t := range c.p.org.Trunks.List() {
		if !t.Enabled {
			continue
		}
		out <- prometheus.MustNewConstMetric(trunkCalls, prometheus.GaugeValue, float64(c.p.meter.Calls(t.ID)), t.Name)
		for _, a := range t.Accounts {
			up := 0.0
			if c.p.lineUp(t.ID, a.ID) {
				up = 1
			}
			out <- prometheus.MustNewConstMetric(trunkUp, prometheus.GaugeValue, up, t.Name, a.ID)
		}
	}
}
