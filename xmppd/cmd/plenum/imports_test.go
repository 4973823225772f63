package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// root is the repository's top directory, seen from this package.
const root = "../../.."

// A cell names packages that stand beside each other. Each may import those before it in the cell, its own
// subpackages, and what the row allows. Names are relative to the module; "x/..." is x and all below it.
type cell []string

// A row of the import table. What no row allows is forbidden; test files are not looked at.
type row struct {
	packages cell
	may      []cell
}

var (
	leaves       = cell{"xmppd/jid/...", "xmppd/fault/...", "xmppd/lru/..."}
	foundation   = append(slices.Clone(leaves), "xmppd/xmlstream/...", "xmppd/dataform/...", "xmppd/rsm/...", "xmppd/sasl/...", "xmppd/actor/...", "xmppd/store/...", "xmppd/cluster/...")
	server       = cell{"xmppd"}
	organisation = cell{"components/directory/..."}
	calls        = cell{"components/media/...", "components/call/..."}
	frames       = cell{"components/disco/...", "components/adhoc/...", "components/pubsub/...", "components/archive/...", "components/muc/..."}
	everything   = cell{"..."}
	suites       = cell{"xmppd/store/storetest/...", "xmppd/cluster/clustertest/..."}
	belowAll     = []cell{foundation, server, organisation, calls, frames}
)

// table says who may import whom. The first row that names a package is its row.
var table = []row{
	{cell{"xmppd/store/storetest/..."}, []cell{leaves, {"xmppd/store"}}},
	{cell{"xmppd/cluster/clustertest/..."}, []cell{leaves, {"xmppd/cluster"}}},
	{foundation, nil},
	{server, []cell{foundation}},
	{cell{"xmppd/xmpptest/..."}, []cell{foundation, server, suites}},
	{cell{"components/directory/rules/..."}, []cell{leaves}},
	{organisation, []cell{leaves, {"xmppd/sasl", "xmppd/store", "xmppd/cluster"}}},
	{calls, []cell{leaves, {"xmppd/actor"}}},
	{frames, []cell{foundation, server, organisation}},
	{cell{"components/apps"}, append([]cell{{"components/telephony/...", "components/profiles"}}, belowAll...)},
	{cell{"components/*/..."}, belowAll},
	{cell{"jingle/..."}, belowAll},
	{cell{"sipbridge/..."}, append([]cell{{"jingle/transport/..."}}, belowAll...)},
	{cell{"admin/..."}, []cell{leaves, {"components/..."}}},
	{cell{"xmppd/cmd/internal/..."}, []cell{leaves}},
	{cell{"xmppd/cmd/plenum"}, []cell{everything}},
}

// testOnly are packages that only test files, or each other, may import; cmdOnly those that only the program may.
var (
	testOnly = cell{"xmppd/store/storetest/...", "xmppd/cluster/clustertest/...", "xmppd/xmpptest/...", "sipbridge/siptest/..."}
	cmdOnly  = cell{"xmppd/cmd/..."}
)

func TestImportsFollowTheTable(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			if imported, ours := strings.CutPrefix(imported, "plenum/"); ours {
				if reason := forbidden(p.name(), imported); reason != "" {
					t.Errorf("%s imports %s: %s", p.name(), imported, reason)
				}
			}
		}
		if rowOf(p.name()) == nil {
			t.Errorf("%s stands in no row of the table", p.name())
		}
	}
}

func TestImportsTableItself(t *testing.T) {
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"xmppd/jid", "xmppd/fault", false},
		{"xmppd/fault", "xmppd/jid", true},
		{"xmppd/store", "xmppd/actor", true},
		{"xmppd/actor", "xmppd/store", false},
		{"xmppd/xmlstream", "xmppd", false},
		{"xmppd/store/sqlite", "xmppd/store", true},
		{"xmppd", "components/directory", false},
		{"xmppd", "xmppd/store/storetest", false},
		{"xmppd/xmpptest", "xmppd/store/storetest", true},
		{"components/directory", "xmppd", false},
		{"components/directory", "xmppd/store", true},
		{"components/directory/rules", "xmppd/store", false},
		{"components/directory/rules", "xmppd/fault", true},
		{"components/call", "components/media", true},
		{"components/media", "components/call", false},
		{"components/muc", "components/archive", true},
		{"components/archive", "components/muc", false},
		{"components/ping", "xmppd", true},
		{"components/ping", "components/muc", true},
		{"components/ping", "components/carbons", false},
		{"components/carbons/wire", "components/carbons", true},
		{"components/apps", "components/telephony/voicemail", true},
		{"components/apps", "components/conference", false},
		{"components/telephony", "components/apps", false},
		{"components/ping", "xmppd/xmpptest", false},
		{"jingle/sfu", "jingle/transport", true},
		{"jingle/wire", "sipbridge", false},
		{"sipbridge/rtp", "jingle/transport", true},
		{"sipbridge/rtp", "jingle/wire", false},
		{"admin/api", "components/directory", true},
		{"admin/api", "xmppd/store", false},
		{"admin/api", "xmppd", false},
		{"xmppd/cmd/plenum", "admin/api", true},
		{"xmppd/cmd/plenum", "xmppd/xmpptest", false},
		{"xmppd/cmd/plenum", "xmppd/cmd/internal/logging", true},
		{"xmppd", "xmppd/cmd/internal/logging", false},
	} {
		if got := forbidden(c.from, c.to) == ""; got != c.allowed {
			t.Errorf("%s imports %s: allowed is %v, want %v", c.from, c.to, got, c.allowed)
		}
	}
}

// TestLayout keeps the top level of the repository to what was agreed.
func TestLayout(t *testing.T) {
	agreed := cell{"xmppd", "components", "jingle", "sipbridge", "admin", "docs",
		"go.mod", "go.sum", "Makefile", "README.md", "LICENSE"}
	builtHere := cell{"bin", "data"} // ignored by git
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, ".") && !slices.Contains(agreed, name) && !slices.Contains(builtHere, name) {
			t.Errorf("%s does not belong to the top level of the repository", name)
		}
	}
}

// forbidden says why from may not import to, or "" when it may.
func forbidden(from, to string) string {
	switch r := rowOf(from); {
	case r == nil:
		return "the importing package stands in no row of the table"
	case testOnly.has(to) && !testOnly.has(from):
		return "only test files may import it"
	case cmdOnly.has(to) && !cmdOnly.has(from):
		return "nobody may import the program"
	case r.allows(from, to):
		return ""
	}
	return "the import table does not allow it"
}

func rowOf(name string) *row {
	for i := range table {
		if table[i].packages.has(name) {
			return &table[i]
		}
	}
	return nil
}

func (r *row) allows(from, to string) bool {
	own := slices.IndexFunc(r.packages, func(pattern string) bool { return matches(pattern, from) })
	if r.packages[:own].has(to) || sameUnit(r.packages[own], from, to) {
		return true
	}
	return slices.ContainsFunc(r.may, func(c cell) bool { return c.has(to) })
}

func (c cell) has(name string) bool {
	return slices.ContainsFunc(c, func(pattern string) bool { return matches(pattern, name) })
}

// matches reports whether a pattern of the table names the package: "..." at its end is any rest, "*" one element.
func matches(pattern, name string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(name, "/")
	for i, element := range want {
		switch {
		case element == "...":
			return true
		case i >= len(have) || element != "*" && element != have[i]:
			return false
		}
	}
	return len(want) == len(have)
}

// sameUnit reports whether two packages lie in the part of the tree that the pattern stands for: the same package
// for "xmppd", the same component for "components/*/...".
func sameUnit(pattern, one, other string) bool {
	depth := strings.Count(strings.TrimSuffix(pattern, "/..."), "/") + 1
	return matches(pattern, other) && slices.Equal(firstElements(one, depth), firstElements(other, depth))
}

func firstElements(name string, n int) []string {
	elements := strings.Split(name, "/")
	return elements[:min(n, len(elements))]
}

type listed struct {
	ImportPath string
	Imports    []string
}

func (p listed) name() string { return strings.TrimPrefix(p.ImportPath, "plenum/") }

func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
}
