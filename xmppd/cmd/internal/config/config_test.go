package config_test

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"plenum/xmppd/cmd/internal/config"
)

type inner struct {
	Names []string      `toml:"names" doc:"The names. None by default."`
	Wait  time.Duration `toml:"wait" doc:"How long to wait. Default: 30s."`
	Rows  int           `toml:"rows" doc:"How many rows. Default: 10."`
	Big   bool          `toml:"big" doc:"Whether it is big. Default: false."`
	Own   func()        `toml:"-"` // no setting
}

func (c *inner) Validate() error {
	var errs []error
	if c.Wait == 0 {
		c.Wait = 30 * time.Second
	}
	if c.Rows == 0 {
		c.Rows = 10
	}
	if c.Rows < 0 {
		errs = append(errs, errors.New("rows: must not be negative"))
	}
	if len(c.Names) == 0 {
		errs = append(errs, errors.New("names: name at least one"))
	}
	return errors.Join(errs...)
}

type pair struct {
	Cert string `toml:"cert" doc:"The certificate."`
	Key  string `toml:"key" doc:"Its key."`
}

type outer struct {
	Data  string            `toml:"data" doc:"The folder."`
	Share float64           `toml:"share" doc:"A share."`
	Inner inner             `toml:"inner" doc:"What is inside."`
	Pairs []pair            `toml:"pairs" doc:"The certificates."`
	Level map[string]string `toml:"level" doc:"Free keys."`
}

func TestLoadFillsTheStruct(t *testing.T) {
	const text = `
data = 'C:\x'   # a comment
share = 1

[inner]
names = ["a", "b"]
wait = "1m30s"
rows = 1_000

[[pairs]]
cert = "one"
[[pairs]]
cert = "two"
key = "key"

[level]
xmppd = "debug"
"xmppd/store" = "info"
`
	var got outer
	if err := config.Load("x.toml", []byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := outer{
		Data: `C:\x`, Share: 1,
		Inner: inner{Names: []string{"a", "b"}, Wait: 90 * time.Second, Rows: 1000},
		Pairs: []pair{{Cert: "one"}, {"two", "key"}},
		Level: map[string]string{"xmppd": "debug", "xmppd/store": "info"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestLoadTakesInlineTablesAndDots(t *testing.T) {
	var got outer
	err := config.Load("x.toml", []byte(`
inner = { names = ["a"], big = true }
pairs = [{ cert = "c", key = "k" }]
level.muc = "debug"
`), &got)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Inner.Big || len(got.Pairs) != 1 || got.Pairs[0].Key != "k" || got.Level["muc"] != "debug" {
		t.Errorf("got %+v", got)
	}
}

func TestEachFaultNamesItsLine(t *testing.T) {
	const ok = "\n[inner]\nnames = [\"a\"]\n"
	for _, c := range []struct{ name, text, want string }{
		{"a key that does not exist", "dta = \"x\"" + ok, "x.toml:1: dta: there is no such setting; did you mean data?"},
		{"a key unlike any", "colour = 1" + ok, "x.toml:1: colour: there is no such setting; `plenum config describe` lists all"},
		{"a table that does not exist", "[iner]\nx = 1\ny = 2" + ok, "x.toml:1: iner: there is no such setting; did you mean inner?"},
		{"a key in the wrong table", ok + "data = \"x\"\n", "x.toml:4: inner.data: there is no such setting; `plenum config describe` lists all"},
		{"a number for a text", "data = 1" + ok, "x.toml:1: data: want a text in quotes"},
		{"a number for a time", ok + "wait = 30", `x.toml:4: inner.wait: want a time such as "30s", "5m" or "2h"`},
		{"a time without unit", ok + `wait = "30"`, `x.toml:4: inner.wait: want a time such as "30s", "5m" or "2h"`},
		{"a text for a list", "[inner]\nnames = \"a\"", `x.toml:2: inner.names: want a list such as ["one", "two"]`},
		{"a fraction for a whole number", ok + "rows = 1.5", "x.toml:4: inner.rows: want a whole number"},
		{"a value the struct refuses", ok + "\n\nrows = -1", "x.toml:6: inner.rows: must not be negative"},
		{"a table for a value", ok + "[data]\n", "x.toml:4: data: is a value, not a table: write data = …"},
		{"a table for a list of tables", ok + "[pairs]\n", "x.toml:4: pairs: write [[pairs]]: it is a list of tables"},
		{"broken syntax", "data = \n", "x.toml:1: unexpected"},
		{"the same key twice", "data = \"a\"\ndata = \"b\"" + ok, "x.toml:2: data: "},
	} {
		var got outer
		err := config.Load("x.toml", []byte(c.text), &got)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestAFaultOfWhatIsMissingNamesTheKey(t *testing.T) {
	var got outer
	err := config.Load("x.toml", nil, &got)
	if want := "x.toml: inner.names: name at least one"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTheExampleCanBeLoadedWithEveryKeySwitchedOn(t *testing.T) {
	var b strings.Builder
	if err := config.Describe(&b, &outer{Data: "here"}); err != nil {
		t.Fatal(err)
	}
	switchedOn := regexp.MustCompile(`(?m)^#([\[a-z])`).ReplaceAllString(b.String(), "$1")
	var got outer
	err := config.Load("x.toml", []byte(switchedOn), &got)
	if err == nil || !strings.HasSuffix(err.Error(), "inner.names: name at least one") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v\n%s", err, switchedOn)
	}
	if got.Data != "here" || got.Inner.Wait != 30*time.Second || len(got.Pairs) != 1 {
		t.Errorf("got %+v from\n%s", got, switchedOn)
	}
	for _, want := range []string{"# How many rows. Default: 10.\n#rows = 10\n", `#wait = "30s"`, "\n# What is inside.\n[inner]\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the example lacks %q:\n%s", want, b.String())
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("data = \"x\"\n[inner]\nnames = [\"a\"]\nwait = \"1s\"\n[[pairs]]\ncert = \"c\"\n[level]\na = \"b\"\n")
	f.Add("inner = {names = [\"a\"]}\npairs = [{cert = \"c\"}]\nlevel.a.b = 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		var got outer
		if err := config.Load("x.toml", []byte(text), &got); err == nil {
			if len(got.Inner.Names) == 0 {
				t.Error("a file without names is taken")
			}
		}
	})
}
