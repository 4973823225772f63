package directory_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/store/storetest"
)

func TestSealer(t *testing.T) {
	seal, err := key(true)
	must(t, err)
	for _, text := range []string{"", "4711", strings.Repeat("x", 1000)} {
		one, err := seal.Seal([]byte(text))
		must(t, err)
		two, err := seal.Seal([]byte(text))
		must(t, err)
		if bytes.Equal(one, two) {
			t.Errorf("%.8q is sealed twice in the same way", text)
		}
		got, err := seal.Open(one)
		if string(got) != text || err != nil {
			t.Errorf("%.8q opens as %.8q, %v", text, got, err)
		}
		one[len(one)-1] ^= 1
		if _, err := seal.Open(one); err == nil {
			t.Errorf("%.8q opens although it was changed", text)
		}
	}
	if _, err := seal.Open([]byte("short")); err == nil {
		t.Error("what is too short opens")
	}
	if _, err := directory.NewSealer([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
}

func TestKeyFile(t *testing.T) {
	db := storetest.OpenMemory(t)
	path := filepath.Join(t.TempDir(), "keys", "directory.key")
	begin := func(path string) error {
		d, err := directory.Open(ctx, db, domains, cheap, directory.KeyFile(path), quiet)
		if err == nil {
			d.Close()
		}
		return err
	}
	must(t, begin(path))
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the key: %v", info.Mode())
	}
	must(t, begin(path))
	wants := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error is %v, want %q in it", err, text)
		}
	}
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, os.Remove(path))
	wants(begin(path), "is missing: PINs and guests' access in the database are sealed with it")
	if _, err := os.Stat(path); err == nil {
		t.Error("a key was made in the place of one that is missing")
	}
	for content, want := range map[string]string{
		"":                              "holds no key",
		"zz":                            "holds no key",
		string(text[:40]):               "holds no key",
		strings.Repeat("ab", 32) + "\n": "is not the one that PINs and guests' access in the database are sealed with",
	} {
		must(t, os.WriteFile(path, []byte(content), 0o600))
		wants(begin(path), want)
	}
	must(t, os.WriteFile(path, text, 0o600))
	must(t, begin(path))
	wants(begin(filepath.Dir(path)), "read the key")
}
