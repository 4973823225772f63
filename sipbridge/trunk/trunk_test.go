package trunk_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/sipbridge/digest"
	"plenum/sipbridge/stack"
	"plenum/sipbridge/trunk"
	"plenum/xmppd/fault"
)

func TestATrunkRegistersAndStaysRegistered(t *testing.T) {
	for _, algorithm := range []string{digest.MD5, digest.SHA256, "", "none"} {
		t.Run("algorithm "+algorithm, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, registering())
				p := newProvider(t, b.wire, first)
				p.algorithm = algorithm
				if algorithm == "none" {
					p.password = ""
				}
				b.begin()
				b.is(true, "")
				s := b.State("t", "a")
				if !s.Registered || s.Server.String() != first || time.Until(s.Expires) != 10*time.Minute || !s.Watched {
					t.Errorf("the state is %+v", s)
				}
				heard := p.requests()
				if len(heard) != 1 {
					t.Fatalf("it has registered %d times", len(heard))
				}
				req := heard[0]
				if req.Recipient.String() != "sip:provider.example" || req.To().Address.String() != "sip:4921112345@provider.example" ||
					!strings.HasPrefix(req.Contact().Address.String(), "sip:4921112345@192.0.2.1:5060;line=") {
					t.Errorf("it has sent\n%s", req)
				}
				b.mu.Lock()
				changes := b.changes
				b.mu.Unlock()
				if changes != 1 {
					t.Errorf("%d changes were told", changes)
				}
				time.Sleep(time.Hour)
				again := p.requests()
				if len(again) < 7 || len(again) > 9 {
					t.Errorf("in an hour it was renewed %d times", len(again))
				}
				for _, r := range again {
					if *r.CallID() != *req.CallID() || r.CSeq().SeqNo <= req.CSeq().SeqNo || r.Contact().Address.String() != req.Contact().Address.String() {
						t.Errorf("it was renewed by\n%s", r)
					}
					req = r
				}
				b.is(true, "")
			})
		})
	}
}

func TestARegistrationIsTakenBack(t *testing.T) {
	for _, how := range []string{"close", "switched off", "changed"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, registering())
				p := newProvider(t, b.wire, first)
				b.begin()
				p.requests()
				fresh := registering()
				fresh.Outbound = []directory.OutboundRule{{Destination: "."}} // does not matter to the provider
				b.trunks.mu.Lock()
				b.trunks.list = []directory.Trunk{fresh}
				b.trunks.mu.Unlock()
				b.Changed()
				synctest.Wait()
				if heard := p.requests(); len(heard) != 0 {
					t.Errorf("for a rule it has registered anew")
				}
				switch how {
				case "close":
					b.Close()
				case "switched off":
					fresh.Enabled = false
				case "changed":
					b.trunks.mu.Lock()
					b.trunks.password = "Wherefore4" // stays, another account's name changes
					b.trunks.mu.Unlock()
					fresh.Accounts[0].Title = "Another"
				}
				b.trunks.mu.Lock()
				b.trunks.list = []directory.Trunk{fresh}
				b.trunks.mu.Unlock()
				b.Changed()
				synctest.Wait()
				heard := p.requests()
				if len(heard) == 0 || heard[0].GetHeader("Expires").Value() != "0" {
					t.Fatalf("it was not taken back: %v", heard)
				}
				if anew := len(heard) == 2 && heard[1].GetHeader("Expires").Value() == "600"; anew != (how == "changed") {
					t.Errorf("afterwards came %v", heard[1:])
				}
				b.is(how == "changed", map[bool]string{false: "the trunk is switched off"}[how == "changed"])
			})
		})
	}
}

func TestWhyATrunkIsDown(t *testing.T) {
	for _, test := range []struct {
		what   string
		change func(*bridge, *provider)
		reason string
		most   int // tries in an hour
	}{
		{"wrong password", func(b *bridge, p *provider) { p.password = "other" }, "the user name or the password is wrong", 24},
		{"no password", func(b *bridge, p *provider) { b.trunks.password = "" }, "the provider wants a password, and none is set", 20},
		{"unknown kind of digest", func(b *bridge, p *provider) { p.algorithm = "XYZ" }, "the server asks for a kind of authentication that is not known here", 20},
		{"refused", func(b *bridge, p *provider) { p.refuse = 403 }, "the provider answers 403 Forbidden", 15},
		{"overloaded", func(b *bridge, p *provider) { p.refuse, p.retryAfter = 503, 1200 }, "the provider answers 503 Service Unavailable", 4},
		{"silent", func(b *bridge, p *provider) { p.silent = true }, "the provider does not answer", 0},
		{"not found", func(b *bridge, p *provider) { b.targets = nil }, "the provider is not found: no such host", 0},
	} {
		t.Run(test.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, registering())
				p := newProvider(t, b.wire, first)
				test.change(b, p)
				b.Start()
				t.Cleanup(b.Close)
				time.Sleep(time.Minute)
				b.is(false, test.reason)
				if b.State("t", "a").Registered {
					t.Error("it is registered")
				}
				time.Sleep(time.Hour)
				b.is(false, test.reason)
				p.set(func() {
					if p.tries > test.most {
						t.Errorf("it has tried %d times", p.tries)
					}
					p.password, p.algorithm, p.refuse, p.silent = "Wherefore4", "", 0, false
				})
				b.trunks.mu.Lock()
				b.trunks.password = "Wherefore4"
				b.trunks.mu.Unlock()
				b.resolvesTo(first)
				b.Changed() // only a new password begins anew
				time.Sleep(40 * time.Minute)
				b.is(true, "")
			})
		})
	}
}

func TestAnotherServerIsTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, registering())
		p, q := newProvider(t, b.wire, first), newProvider(t, b.wire, second)
		b.resolvesTo(first, second)
		p.silent = true
		b.Start()
		t.Cleanup(b.Close)
		time.Sleep(time.Minute)
		b.is(true, "")
		if s := b.State("t", "a"); s.Server.String() != second {
			t.Errorf("it is registered at %s", s.Server)
		}
		line, err := b.Target(trunk.Call{Trunk: "t", Account: "a", Number: "+4930"})
		if err != nil || len(line.Flows) != 2 || line.Flows[0].Remote.String() != second {
			t.Errorf("calls go to %v, %v", line.Flows, err)
		}
		p.set(func() { p.silent = false })
		time.Sleep(time.Hour) // stays where it is registered
		if s := b.State("t", "a"); s.Server.String() != second || len(p.requests()) != 0 {
			t.Errorf("after an hour it is registered at %s", s.Server)
		}
		q.set(func() { q.refuse = 500 })
		time.Sleep(15 * time.Minute)
		if s := b.State("t", "a"); !s.Up || s.Server.String() != first {
			t.Errorf("when that fails it is %+v", s)
		}
	})
}

func TestAProviderMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, registering())
		newProvider(t, b.wire, first)
		q := newProvider(t, b.wire, second)
		b.begin()
		b.resolvesTo(second)
		time.Sleep(10 * time.Minute)
		if s := b.State("t", "a"); !s.Up || s.Server.String() != second || len(q.requests()) == 0 {
			t.Errorf("it is %+v", s)
		}
		b.resolvesTo() // the name service fails
		time.Sleep(time.Hour)
		b.is(true, "")
	})
}

func TestTimesOfRegistrations(t *testing.T) {
	for _, test := range []struct {
		what           string
		least, granted int
		want           time.Duration
		fewest, most   int // renewals in an hour
		asked          string
	}{
		{"the provider wants longer ones", 1800, 0, 30 * time.Minute, 2, 3, "1800"},
		{"the provider grants shorter ones", 0, 60, time.Minute, 115, 140, "600"},
		{"very short ones are not believed", 0, 1, 20 * time.Second, 350, 420, "600"},
	} {
		t.Run(test.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, registering())
				p := newProvider(t, b.wire, first)
				p.least, p.granted = test.least, test.granted
				b.begin()
				if s := b.State("t", "a"); time.Until(s.Expires) != test.want {
					t.Errorf("it is registered for %v", time.Until(s.Expires))
				}
				p.requests()
				time.Sleep(time.Hour)
				heard := p.requests()
				if len(heard) < test.fewest || len(heard) > test.most {
					t.Errorf("in an hour it was renewed %d times", len(heard))
				}
				for _, r := range heard {
					if got := r.GetHeader("Expires").Value(); got != test.asked {
						t.Errorf("it has asked for %s", got)
					}
				}
				b.is(true, "")
			})
		})
	}
}

func TestAProviderIsWatched(t *testing.T) {
	for _, kind := range []directory.TrunkKind{directory.AddressTrunk, directory.RegisteringTrunk} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list := addressed(true)
				if kind == directory.RegisteringTrunk {
					list = registering()
					list.Accounts[0].Options = true
				}
				b := start(t, list)
				p := newProvider(t, b.wire, first)
				b.begin()
				b.is(true, "")
				p.requests()
				time.Sleep(10 * time.Minute)
				n := 0
				for _, r := range p.requests() {
					if r.Method == sip.OPTIONS {
						n++
					}
				}
				if n < 18 || n > 21 {
					t.Errorf("in ten minutes it was asked %d times", n)
				}
				p.set(func() { p.silent = true })
				time.Sleep(3 * time.Minute)
				b.is(false, "the provider does not answer")
				since := b.State("t", "a").Since
				if away := time.Since(since); away < time.Minute || away > 3*time.Minute {
					t.Errorf("it is down for %v", away)
				}
				p.set(func() { p.silent = false })
				time.Sleep(10 * time.Minute)
				b.is(true, "")
				p.set(func() { p.refuse = 503 })
				time.Sleep(3 * time.Minute)
				b.is(false, "the provider answers 503 Service Unavailable")
				p.set(func() { p.refuse = 0 })
				time.Sleep(10 * time.Minute)
				b.is(true, "")
				if kind == directory.AddressTrunk { // who says that he knows no OPTIONS is there
					p.set(func() { p.refuse = 405 })
					time.Sleep(10 * time.Minute)
					b.is(true, "")
				}
			})
		})
	}
}

func TestATrunkCanBeTested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, addressed(false))
		p := newProvider(t, b.wire, first)
		b.begin()
		b.is(true, "")
		if s := b.State("t", "a"); s.Watched || len(p.requests()) != 0 {
			t.Errorf("who is not watched is %+v", s)
		}
		state, err := b.Test(t.Context(), "t", "a")
		if err != nil || !state.Up || len(p.requests()) != 1 {
			t.Errorf("the test says %+v, %v", state, err)
		}
		p.set(func() { p.refuse = 503 })
		state, err = b.Test(t.Context(), "t", "a")
		if err != nil || state.Up || state.Error != "the provider answers 503 Service Unavailable" {
			t.Errorf("the test says %+v, %v", state, err)
		}
		synctest.Wait()
		b.is(true, "") // for calls it counts as before
		p.set(func() { p.silent, p.refuse = true, 0 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err = b.Test(ctx, "t", "a"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("without an answer the test says %v", err)
		}
		if _, err = b.Test(t.Context(), "t", "b"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of nobody it says %v", err)
		}
		if s := b.State("t", "b"); s.Up || s.Error == "" {
			t.Errorf("nobody is %+v", s)
		}
	})
}

func TestATestRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, registering())
		p := newProvider(t, b.wire, first)
		p.refuse = 403
		b.begin()
		b.is(false, "the provider answers 403 Forbidden")
		p.set(func() { p.refuse = 0 })
		state, err := b.Test(t.Context(), "t", "a")
		if err != nil || !state.Up || !state.Registered {
			t.Errorf("the test says %+v, %v", state, err)
		}
		b.is(true, "")
	})
}

// invite is a request as it comes from somewhere.
func invite(uri, to, from string) *stack.In {
	var recipient, called sip.Uri
	if err := sip.ParseUri(uri, &recipient); err != nil {
		panic(err)
	}
	if err := sip.ParseUri(to, &called); err != nil {
		panic(err)
	}
	req := sip.NewRequest(sip.INVITE, recipient)
	req.AppendHeader(&sip.ToHeader{Address: called})
	f := stack.Flow{Transport: stack.UDP}
	if rest, ok := strings.CutPrefix(from, "tls:"); ok {
		f.Transport, from = stack.TLS, rest
	}
	f.Remote = netip.MustParseAddrPort(from)
	return &stack.In{Request: req, Flow: f}
}

func TestWhoIsATrunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registered, byAddress, byTLS, off := registering(), addressed(false), addressed(false), addressed(false)
		registered.Accounts = append(registered.Accounts, registered.Accounts[0])
		registered.Accounts[1].ID, registered.Accounts[1].User = "b", "4930999"
		byAddress.ID, byAddress.Accounts[0].Host, byAddress.Accounts[0].Addresses = "n", "elsewhere.example", []string{"203.0.113.0/24", "2001:db8::7"}
		byTLS.ID, byTLS.Accounts[0].Host, byTLS.Accounts[0].Transport, byTLS.Accounts[0].Addresses = "s", "elsewhere.example", "tls", []string{"192.0.2.77"}
		off.ID, off.Enabled, off.Accounts[0].Addresses = "o", false, []string{"192.0.2.88"}
		b := start(t, registered, byAddress, byTLS, off)
		p := newProvider(t, b.wire, first)
		b.begin()
		token, _ := p.requests()[0].Contact().Address.UriParams.Get("line")
		for _, test := range []struct{ what, uri, from, want string }{
			{"to the contact that is registered, from anywhere", "sip:4921112345@192.0.2.1;line=" + token, "192.0.2.9:4000", "t/a"},
			{"to another contact", "sip:4921112345@192.0.2.1;line=" + strings.Repeat("a", len(token)), "192.0.2.9:4000", "stranger"},
			{"from the provider", "sip:+49211123450@192.0.2.1", first, "t/a"},
			{"from the provider to the user of another account", "sip:4930999@192.0.2.1", "198.51.100.1:9999", "t/b"},
			{"from a network", "sip:1@192.0.2.1", "203.0.113.200:5060", "n/a"},
			{"from an address of version 6", "sip:1@192.0.2.1", "[2001:db8::7]:5060", "n/a"},
			{"written as one of version 6", "sip:1@192.0.2.1", "[::ffff:203.0.113.200]:5060", "n/a"},
			{"from beside a network", "sip:1@192.0.2.1", "203.0.114.1:5060", "stranger"},
			{"by TLS", "sip:1@192.0.2.1", "tls:192.0.2.77:5061", "s/a"},
			{"without TLS", "sip:1@192.0.2.1", "192.0.2.77:5060", "stranger"},
			{"from a trunk that is switched off", "sip:1@192.0.2.1", "192.0.2.88:5060", "stranger"},
		} {
			name, account, ok := b.Identify(invite(test.uri, "sip:1@example.com", test.from))
			got := name + "/" + account
			if !ok {
				got = "stranger"
			}
			if got != test.want {
				t.Errorf("%s: it is %s, want %s", test.what, got, test.want)
			}
		}
	})
}

func TestOnOneMachineThePortTellsWhoItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, addressed(false))
		b.resolvesTo("127.0.0.1:5080")
		b.begin()
		for from, want := range map[string]bool{"127.0.0.1:5080": true, "127.0.0.1:5090": false, "[::ffff:127.0.0.1]:5080": true} {
			if _, _, ok := b.Identify(invite("sip:1@example.com", "sip:1@example.com", from)); ok != want {
				t.Errorf("from %s it is a trunk: %v", from, ok)
			}
		}
	})
}

func TestWhereTheNumberStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inURI, inTo := addressed(false), addressed(false)
		inTo.ID, inTo.Accounts[0].ToHeader = "to", true
		b := start(t, inURI, inTo)
		b.begin()
		req := invite("sip:main@192.0.2.1", "sip:+4930@provider.example", first).Request
		if got := b.Dialled("t", "a", req); got != "main" {
			t.Errorf("it is %s", got)
		}
		if got := b.Dialled("to", "a", req); got != "+4930" {
			t.Errorf("it is %s", got)
		}
	})
}

func TestHowACallerIsNamed(t *testing.T) {
	const (
		own       = "sip:4921112345@provider.example"
		caller    = "sip:+492111234512@provider.example"
		hidden    = "sip:anonymous@anonymous.invalid"
		ppi       = "P-Preferred-Identity: <" + caller + ">"
		pai       = "P-Asserted-Identity: <" + caller + ">"
		private   = "Privacy: id"
		telephone = "Juliet"
	)
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			kind       directory.TrunkKind
			clip       directory.CLIP
			clir       directory.CLIR
			anonymous  bool
			from, name string
			headers    string
		}{
			{directory.RegisteringTrunk, directory.CLIPAuto, directory.CLIRAuto, false, caller, telephone, ppi},
			{directory.AddressTrunk, directory.CLIPAuto, directory.CLIRAuto, false, caller, telephone, pai},
			{directory.RegisteringTrunk, directory.CLIPFrom, directory.CLIRAuto, false, caller, telephone, ""},
			{directory.RegisteringTrunk, directory.CLIPPPI, directory.CLIRAuto, false, own, telephone, ppi},
			{directory.RegisteringTrunk, directory.CLIPPAI, directory.CLIRAuto, false, own, telephone, pai},
			{directory.RegisteringTrunk, directory.CLIPAuto, directory.CLIRAuto, true, hidden, "Anonymous", ppi + ", " + private},
			{directory.AddressTrunk, directory.CLIPPAI, directory.CLIRAuto, true, hidden, "Anonymous", pai + ", " + private},
			{directory.RegisteringTrunk, directory.CLIPFrom, directory.CLIRAuto, true, hidden, "Anonymous", private},
			{directory.RegisteringTrunk, directory.CLIPPPI, directory.CLIRFrom, true, hidden, "Anonymous", ""},
			{directory.RegisteringTrunk, directory.CLIPPPI, directory.CLIRPrivacy, true, own, telephone, ppi + ", " + private},
			{directory.RegisteringTrunk, directory.CLIPFrom, directory.CLIRPrivacy, true, caller, telephone, private},
		} {
			list := registering()
			list.Kind, list.Accounts[0].CLIP, list.Accounts[0].CLIR, list.Accounts[0].Register = test.kind, test.clip, test.clir, false
			b := start(t, list)
			b.Start()
			synctest.Wait()
			line, err := b.Target(trunk.Call{Trunk: "t", Account: "a", Number: "+4930555", From: "+492111234512", FromName: telephone, Anonymous: test.anonymous})
			if err != nil {
				t.Fatal(err)
			}
			var headers []string
			for _, h := range line.Headers {
				headers = append(headers, h.String())
			}
			got := fmt.Sprint(line.From.String(), " ", line.FromName, " ", strings.Join(headers, ", "))
			if want := fmt.Sprint(test.from, " ", test.name, " ", test.headers); got != want {
				t.Errorf("%s, %s, %s, anonymous %v:\n%s, want\n%s", test.kind, test.clip, test.clir, test.anonymous, got, want)
			}
			if line.URI.String() != "sip:+4930555@provider.example" || line.To.String() != line.URI.String() || line.User != "4921112345" || line.Password != "Wherefore4" {
				t.Errorf("the line is %+v", line)
			}
			if line, err = b.Target(trunk.Call{Trunk: "t", Account: "a", Number: "1"}); err != nil || line.From.String() != own {
				t.Errorf("without a number it is %s, %v", line.From.String(), err)
			}
			b.Close()
		}
	})
}

func TestTargetsThatAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, addressed(false))
		b.resolvesTo()
		b.begin()
		if _, err := b.Target(trunk.Call{Trunk: "t", Account: "a", Number: "1"}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("whose provider is not found: %v", err)
		}
		if _, err := b.Target(trunk.Call{Trunk: "x", Account: "a", Number: "1"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("of nobody: %v", err)
		}
	})
}

func TestConfig(t *testing.T) {
	for _, bad := range []trunk.Config{{Expires: 1}, {Options: 1}, {Retry: 1}, {Longest: 1}, {Expires: 100000}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	var c trunk.Config
	if err := c.Validate(); err != nil || c.Expires != 600 || c.Options != 30 || c.Retry != 30 || c.Longest != 1800 {
		t.Errorf("%+v, %v", c, err)
	}
}
