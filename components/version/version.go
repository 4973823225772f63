// Package version says which software runs here.
//
// Spec: XEP-0092 1.1 complete
// Spec: XEP-0232 0.3 complete
package version

import (
	"context"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <query/>.
const NS = "jabber:iq:version"

// Config is what operators decide about it.
type Config struct {
	ShowOS bool `toml:"show_os" doc:"Tells the operating system to whoever asks for the version. Default: false."`
}

// Software is what runs: its name, its version and the operating system.
type Software struct{ Name, Version, OS string }

// Register puts the answers into s: to version queries, and as a form in disco#info.
func Register(s *xmppd.Server, d *disco.Service, cfg Config, sw Software) {
	if !cfg.ShowOS {
		sw.OS = ""
	}
	answer := sw.append(nil)
	s.HandleIQ(xmppd.ToServer, xmppd.Get, NS, "query", func(context.Context, *xmppd.IQ) (any, error) { return answer, nil })
	form := dataform.New("result", "urn:xmpp:dataforms:softwareinfo")
	for _, f := range [][2]string{{"software", sw.Name}, {"software_version", sw.Version}, {"os", sw.OS}} {
		if f[1] != "" {
			form.Add(dataform.Field{Var: f[0], Type: dataform.TextSingle, Values: []string{f[1]}})
		}
	}
	d.AddForm(xmppd.ToServer, func() *dataform.Form { return form })
}

func (sw Software) append(b []byte) []byte {
	b = append(b, "<query xmlns='"+NS+"'>"...)
	for _, f := range [][2]string{{"name", sw.Name}, {"version", sw.Version}, {"os", sw.OS}} {
		if f[1] == "" {
			continue
		}
		b = append(append(append(b, '<'), f[0]...), '>')
		b = xmlstream.AppendEscaped(b, f[1])
		b = append(append(append(b, "</"...), f[0]...), '>')
	}
	return append(b, "</query>"...)
}
