package adhoc_test

import (
	"context"
	"strconv"
	"testing"

	"plenum/components/adhoc"
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

func text(name string) dataform.Field {
	return dataform.Field{Var: name, Type: dataform.TextSingle, Label: "The " + name, Required: true}
}

// register offers what the scripts use.
func register(s *xmppd.Server) *adhoc.Service {
	a := adhoc.Register(s, disco.Register(s, disco.Config{}))
	a.Add(adhoc.Command{Node: "hello", Name: "Say hello", Target: xmppd.ToServer, Start: func(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
		return adhoc.Done("Hello %s <%s>", r.From.Local(), r.Lang), nil
	}})
	a.Add(adhoc.Command{Node: "table", Name: "Show a table", Target: xmppd.ToServer, Start: func(context.Context, *adhoc.Request) (*adhoc.Step, error) {
		f := &dataform.Form{Type: "result", Title: "T", Reported: []dataform.Field{{Var: "a", Label: "A"}}}
		f.Items = [][]dataform.Field{{{Var: "a", Values: []string{"1"}}}, {{Var: "a", Values: []string{"2"}}}}
		return &adhoc.Step{Form: f}, nil
	}})
	a.Add(adhoc.Command{Node: "config", Name: "Configure", Target: xmppd.ToServer, Start: first})
	a.Add(adhoc.Command{Node: "secret", Name: "Secret", Target: xmppd.ToServer, Start: first,
		Allow: func(_ context.Context, from, _ jid.JID) bool { return from.Local() == "romeo" }})
	a.Add(adhoc.Command{Node: "own", Name: "Own", Target: xmppd.ToAccount, Start: func(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
		return adhoc.Failed("not %s", r.To), nil
	}})
	a.Add(adhoc.Command{Node: "broken", Name: "Broken", Target: xmppd.ToServer, Start: func(context.Context, *adhoc.Request) (*adhoc.Step, error) {
		return &adhoc.Step{Next: func(context.Context, *adhoc.Request) (*adhoc.Step, error) {
			return nil, fault.New(fault.Conflict, "somebody was faster")
		}}, nil
	}})
	a.Add(adhoc.Command{Node: "french", Name: "French", Target: xmppd.ToServer, Start: func(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
		if r.Lang != "fr" {
			return nil, adhoc.BadLocale()
		}
		return nil, nil
	}})
	return a
}

// first asks for a service; second for its state.
func first(context.Context, *adhoc.Request) (*adhoc.Step, error) {
	return &adhoc.Step{Form: dataform.New("form", "").Add(text("service")), Next: second, Actions: []adhoc.Action{adhoc.Next}}, nil
}

func second(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	service, _ := r.Form.Get("service")
	return &adhoc.Step{
		Form:    dataform.New("form", "").Add(text("number")).Add(dataform.Field{Var: "key", Type: dataform.TextPrivate}),
		Actions: []adhoc.Action{adhoc.Complete, adhoc.Next},
		Next: func(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) {
			v, _ := r.Form.Get("number")
			n, err := strconv.Atoi(v)
			if err != nil {
				return nil, fault.New(fault.Invalid, "that is no number")
			}
			if r.Action == adhoc.Next {
				return first(ctx, r)
			}
			return adhoc.Done("%s is %d", service, n), nil
		},
	}, nil
}

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) { register(s) })
}
