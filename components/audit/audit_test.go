package audit_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"plenum/components/audit"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

var ctx = context.Background()

func open(t testing.TB, db *store.DB) *audit.Service {
	t.Helper()
	s, err := audit.New(ctx, db, audit.Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func add(t testing.TB, s *audit.Service, entries ...audit.Entry) {
	t.Helper()
	if err := s.Add(ctx, entries...); err != nil {
		t.Fatal(err)
	}
}

func names(t testing.TB, s *audit.Service, q audit.Query) []string {
	t.Helper()
	entries, err := s.List(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name)
	}
	return list
}

func TestEntriesComeBackAsTheyWereTheNewestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		begun := time.Now().Add(-time.Second)
		first := audit.Entry{Actor: "clara@chat.example", Address: "192.0.2.1", Action: "user.change", Kind: "user", Object: "jan@chat.example", Name: "Jan",
			Changes: []audit.Change{{Field: "displayName", Before: "Jan", After: "Jan <b>Petersen</b>"}, {Field: "pin"}}}
		add(t, s, first, audit.Entry{Name: "second"})
		entries, err := s.List(ctx, audit.Query{})
		if err != nil || len(entries) != 2 || entries[0].Name != "second" || entries[0].ID <= entries[1].ID {
			t.Fatalf("%+v %v", entries, err)
		}
		got := entries[1]
		if got.Time.Before(begun) || got.Time.After(time.Now().Add(time.Second)) || !slices.Equal(got.Changes, first.Changes) {
			t.Errorf("%+v", got)
		}
		got.ID, got.Time, got.Changes, first.Changes = 0, time.Time{}, nil, nil
		if fmt.Sprint(got) != fmt.Sprint(first) {
			t.Errorf("got %+v, want %+v", got, first)
		}
	})
}

func TestEntriesAreChosen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		add(t, s,
			audit.Entry{Actor: "clara@a", Action: "user.create", Kind: "user", Object: "jan@a", Name: "1"},
			audit.Entry{Actor: "clara@a", Action: "user.change", Kind: "user", Object: "jan@a", Name: "2"},
			audit.Entry{Actor: "emre@a", Action: "userx", Kind: "group", Object: "100%_a\\b", Name: "3 Straße"},
			audit.Entry{Actor: "emre@a", Action: "permission.create", Kind: "permission", Object: "x", Name: "4"})
		all, _ := s.List(ctx, audit.Query{})
		for _, c := range []struct {
			name string
			q    audit.Query
			want string
		}{
			{"all", audit.Query{}, "4 3 Straße 2 1"},
			{"who", audit.Query{Actor: "emre@a"}, "4 3 Straße"},
			{"part of who", audit.Query{Text: "EMRE"}, "4 3 Straße"},
			{"part of the object", audit.Query{Text: "jan@"}, "2 1"},
			{"part of the name", audit.Query{Text: "straße"}, "3 Straße"},
			{"a sign that means something in LIKE", audit.Query{Text: "100%_"}, "3 Straße"},
			{"a backslash", audit.Query{Text: `a\b`}, "3 Straße"},
			{"nobody", audit.Query{Text: "%zz%"}, ""},
			{"an action", audit.Query{Action: "user.change"}, "2"},
			{"all actions on users", audit.Query{Action: "user."}, "2 1"},
			{"a kind", audit.Query{Kind: "group"}, "3 Straße"},
			{"an object", audit.Query{Object: "x"}, "4"},
			{"older than", audit.Query{Before: all[1].ID}, "2 1"},
			{"some", audit.Query{Limit: 2}, "4 3 Straße"},
			{"until now", audit.Query{Until: time.Now().Add(time.Minute)}, "4 3 Straße 2 1"},
			{"later", audit.Query{From: time.Now().Add(time.Minute)}, ""},
			{"both", audit.Query{Actor: "clara@a", Action: "user.create", From: time.Now().Add(-time.Minute)}, "1"},
			{"a quote", audit.Query{Text: "' OR 1=1 --"}, ""},
		} {
			if got := strings.Join(names(t, s, c.q), " "); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	})
}

func TestLongTextsAreCut(t *testing.T) {
	s := open(t, storetest.OpenMemory(t))
	long := strings.Repeat("ü", 1000)
	add(t, s, audit.Entry{Name: long, Changes: slices.Repeat([]audit.Change{{Field: "f", Before: long, After: long}}, 100)})
	entries, err := s.List(ctx, audit.Query{})
	if err != nil {
		t.Fatal(err)
	}
	e := entries[0]
	if len(e.Name) > 310 || !utf8.ValidString(e.Name) || !strings.HasSuffix(e.Name, "…") || len(e.Changes) != 60 || len(e.Changes[0].After) > 310 {
		t.Errorf("name of %d bytes, %d changes", len(e.Name), len(e.Changes))
	}
}

func TestOldEntriesGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, storetest.OpenMemory(t))
		sweeping, stop := context.WithCancel(ctx)
		defer stop()
		go s.Sweep(sweeping)
		old := make([]audit.Entry, 1200)
		add(t, s, old...)
		time.Sleep(200 * 24 * time.Hour)
		add(t, s, audit.Entry{Name: "young"})
		time.Sleep(166 * 24 * time.Hour)
		if got := names(t, s, audit.Query{}); !slices.Equal(got, []string{"young"}) {
			t.Errorf("%d entries are left", len(got))
		}
	})
}

func TestSettingsAreChecked(t *testing.T) {
	cfg := audit.Config{Keep: time.Minute}
	if cfg.Validate() == nil {
		t.Error("a minute is accepted")
	}
}
