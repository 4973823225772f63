package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"plenum/xmppd/cmd/internal/config"
)

func TestGeneratedConfigReferenceIsFresh(t *testing.T) {
	var fresh strings.Builder
	if err := reference(&fresh); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(root, "docs/config.md"))
	if err != nil || string(written) != fresh.String() {
		t.Errorf("docs/config.md does not say what the Config structs say: run make gen (%v)", err)
	}
}

func TestTheExampleIsTakenWithEverySettingSwitchedOn(t *testing.T) {
	var text strings.Builder
	if err := example(&text); err != nil {
		t.Fatal(err)
	}
	switchedOn := regexp.MustCompile(`(?m)^#([\[a-z])`).ReplaceAllString(text.String(), "$1")
	var got Config
	if err := config.Load(configName, []byte(switchedOn), &got); err != nil {
		for fault := range strings.Lines(err.Error()) {
			if !regexp.MustCompile(`: name (at least one|the file)`).MatchString(fault) { // what has no default
				t.Error(fault)
			}
		}
	}
}

func TestEverySettingIsExplainedInSentences(t *testing.T) {
	var look func(path string, of reflect.Type)
	look = func(path string, of reflect.Type) {
		for of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct {
			return
		}
		for i := range of.NumField() {
			f := of.Field(i)
			key, isKey := f.Tag.Lookup("toml")
			isKey = isKey && key != "-"
			if doc := f.Tag.Get("doc"); isKey && !strings.HasSuffix(doc, ".") {
				t.Errorf("%s%s is not explained in a sentence: %q", path, key, doc)
			}
			if isKey {
				look(path+key+".", f.Type)
			}
		}
	}
	look("", reflect.TypeFor[Config]())
}

func TestPathsOfTheConfigurationAreRelativeToIt(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"":                       dir,
		`data = "x/y"`:           filepath.Join(dir, "x/y"),
		`data = "/var/lib/here"`: "/var/lib/here",
	} {
		cfg, err := parse(filepath.Join(dir, configName), []byte(text+minimalConfig))
		if err != nil {
			t.Fatal(err)
		}
		if pair := cfg.TLS.Certificates[0]; cfg.Data != want || pair.Cert != filepath.Join(dir, "tls/a.crt") || pair.Key != "/etc/a.key" {
			t.Errorf("%s: data %q, want %q; certificate %+v", text, cfg.Data, want, pair)
		}
	}
}

// minimalConfig is what a configuration must have.
const minimalConfig = `
xmpp.domains = ["example.org"]
tls.certificates = [{ cert = "tls/a.crt", key = "/etc/a.key" }]
`

func TestWithoutConfigurationTheFaultSaysWhatToDo(t *testing.T) {
	where := folder{Data: t.TempDir()}
	if _, err := where.load(); err == nil || !strings.Contains(err.Error(), "plenum quickstart") {
		t.Errorf("got %v", err)
	}
}
