package sasl_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"plenum/xmppd/fault"
	"plenum/xmppd/sasl"
)

func FuzzClientFirst(f *testing.F) {
	for _, seed := range []string{"n,,n=user,r=abc", "y,a=a=2Cb,n=x=3Dy,r=abc,x=1", "p=tls-exporter,,n=u,r=!", "n,,m=1,n=u,r=a", ",,", "n,,n==,r="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		if _, err := sasl.ParseClientFirst(message); err != nil {
			return
		}
		if !strings.HasPrefix(message, "n,") && !strings.HasPrefix(message, "y,") && !strings.HasPrefix(message, "p=") {
			t.Errorf("accepted with flag %q", message)
		}
		if !utf8.ValidString(message) {
			t.Errorf("accepted what is not UTF-8: %q", message)
		}
	})
}

func FuzzClientFinal(f *testing.F) {
	for _, seed := range []string{"c=biws,r=abc,p=AAAA", "c=biws,r=abc,x=1,p=", "c=,r=a,p=,p=", "c=biws,r=abc,m=1,p=AAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		if _, err := sasl.ParseClientFinal(message); err == nil && (!strings.HasPrefix(message, "c=") || !strings.Contains(message, ",p=")) {
			t.Errorf("accepted %q", message)
		}
	})
}

// FuzzExchange runs two messages through every mechanism: nobody gets in without a password, and nothing panics.
func FuzzExchange(f *testing.F) {
	f.Add("n,,n=juliet,r=abc", "c=biws,r=abcdef,p=AAAA", true)
	f.Add("\x00juliet\x00password", "", true)
	f.Add("", "\x00juliet\x00", false)
	f.Add("a\x00b\x00c", "", true)
	keys := sasl.KeysWithSalt(sasl.ScramSHA1, secret, []byte("0123456789abcdef"), 1)
	cfg := sasl.Config{
		Domain:         "capulet.lit",
		AllowPlaintext: true,
		FakeSecret:     []byte("0123456789abcdef"),
		Lookup: func(_ context.Context, user string) (sasl.Account, error) {
			if user != "juliet" {
				return sasl.Account{}, fault.New(fault.NotFound, "no such account")
			}
			return sasl.Account{Keys: keys}, nil
		},
		Anonymous: func(context.Context, string) (string, error) { return "", fault.New(fault.Forbidden, "no") },
		External:  "paris", // who has no account
	}
	f.Fuzz(func(t *testing.T, first, second string, initial bool) {
		if strings.Contains(first+second, secret) {
			return
		}
		for _, mechanism := range []string{sasl.ScramSHA256, sasl.ScramSHA1, sasl.Plain, sasl.Anonymous, sasl.External} {
			x, err := sasl.NewExchange(mechanism, cfg)
			if err != nil {
				t.Fatal(err)
			}
			x.SetNonce("def")
			for _, message := range []string{first, second} {
				_, done, failure := step(t, x, message, initial)
				if done {
					t.Fatalf("%s let %q in", mechanism, x.User())
				}
				if failure != nil && strings.Contains(failure.Error(), "panic") {
					t.Fatal(failure)
				}
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("AGFiAGM=")
	f.Add("=")
	f.Fuzz(func(t *testing.T, text string) {
		message, err := sasl.Decode(text)
		if err != nil {
			failureOf(t, err)
			return
		}
		if again := sasl.Encode(message); again != text && text != "" {
			t.Errorf("%q becomes %q", text, again)
		}
	})
}

func FuzzPreparePassword(f *testing.F) {
	f.Add("I\u00ADX")
	f.Add("p🔑\u3000")
	f.Fuzz(func(t *testing.T, password string) {
		prepared, err := sasl.PreparePassword(password)
		if err != nil {
			return
		}
		if again, err := sasl.PreparePassword(prepared); err != nil || again != prepared {
			t.Errorf("%q becomes %q, which becomes %q, %v", password, prepared, again, err)
		}
	})
}

func FuzzKeysText(f *testing.F) {
	f.Add("SCRAM-SHA-1$4096:AAAA$AAAA:AAAA SCRAM-SHA-256$10000:AAEC$AwQF:BgcI")
	f.Add("a$1:$:")
	f.Fuzz(func(t *testing.T, text string) {
		var keys, again sasl.Keys
		if keys.UnmarshalText([]byte(text)) != nil {
			return
		}
		written, err := keys.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalText(written); err != nil || !reflect.DeepEqual(keys, again) {
			t.Errorf("%q becomes %q, %v", text, written, err)
		}
	})
}
