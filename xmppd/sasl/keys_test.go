package sasl_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"plenum/xmppd/fault"
	"plenum/xmppd/sasl"
)

func TestDeriveKeys(t *testing.T) {
	keys, err := sasl.DeriveKeys(secret, 0)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sasl.DeriveKeys(secret, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{sasl.ScramSHA256, sasl.ScramSHA1} {
		if keys[hash].Iterations != sasl.DefaultIterations {
			t.Errorf("%s has %d iterations", hash, keys[hash].Iterations)
		}
		if bytes.Equal(keys[hash].Salt, again[hash].Salt) {
			t.Errorf("%s has the same salt twice", hash)
		}
		one := sasl.Keys{hash: keys[hash]}
		if !one.CheckPassword(secret) || one.CheckPassword(wrongSecret) || one.CheckPassword("") || one.CheckPassword("\x01") {
			t.Errorf("%s does not check the password", hash)
		}
	}
	if (sasl.Keys{}).CheckPassword("") || (sasl.Keys{"SCRAM-MD5": {}}).CheckPassword("") {
		t.Error("keys that are not there fit an empty password")
	}
	if _, err := sasl.DeriveKeys(secret, 1000); !fault.Is(err, fault.Invalid) {
		t.Errorf("1000 iterations give %v", err)
	}
	if _, err := sasl.DeriveKeys("a\x07b", 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("a control character gives %v", err)
	}
}

func TestPreparePassword(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"ASCII stays", "user =\"~", "user =\"~"},
		{"RFC 4013 §3: a soft hyphen vanishes", "I\u00ADX", "IX"},
		{"RFC 4013 §3: case is kept", "USER", "USER"},
		{"RFC 4013 §3: the ordinal indicator is normalised", "\u00AA", "a"},
		{"RFC 4013 §3: the Roman numeral is normalised", "\u2168", "IX"},
		{"RFC 4013 §3: control characters are prohibited", "a\u0007", ""},
		{"a space of another script becomes a space", "a\u3000b\u00A0c", "a b c"},
		{"a decomposed letter is composed", "u\u0308", "ü"},
		{"a password of nothing but what vanishes is refused", "\u00AD", ""},
		{"an empty password is refused", "", ""},
		{"private use is prohibited", "a\uE000", ""},
		{"noncharacters are prohibited", "a\U0001FFFE", ""},
		{"tags are prohibited", "a\U000E0041", ""},
		{"the replacement character is prohibited", "a\uFFFD", ""},
		{"bytes that are not UTF-8 are refused", "a\xff", ""},
		{"emoji are allowed", "p🔑", "p🔑"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := sasl.PreparePassword(test.in)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("%q becomes %q, %v; want %q", test.in, got, err, test.want)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	tests := []struct{ name, text, want, condition string }{
		{"base64 with padding", "AGFiAGM=", "\x00ab\x00c", ""},
		{"an equals sign is an empty message", "=", "", ""},
		{"no text is no message", "", "", ""},
		{"missing padding", "AGFiAGM", "", sasl.IncorrectEncoding},
		{"a line break is refused", "AGFi\nAGM=", "", sasl.IncorrectEncoding},
		{"a space is refused", "AGFi AGM=", "", sasl.IncorrectEncoding},
		{"another alphabet", "__8=", "", sasl.IncorrectEncoding},
		{"padding bits that are not zero", "AGFiAGN=", "", sasl.IncorrectEncoding},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := sasl.Decode(test.text)
			wantCondition(t, failureOf(t, err), test.condition)
			if string(got) != test.want {
				t.Errorf("%q becomes %q", test.text, got)
			}
		})
	}
	_, err := sasl.Decode(string(bytes.Repeat([]byte("AAAA"), 3000)))
	wantCondition(t, failureOf(t, err), sasl.MalformedRequest)
	if sasl.Encode(nil) != "=" || sasl.Encode([]byte("\x00ab\x00c")) != "AGFiAGM=" {
		t.Error("encoding is not base64 with = for nothing")
	}
}

func TestKeysAsText(t *testing.T) {
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"one hash", "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=", true},
		{"two hashes", "SCRAM-SHA-1$4096:AAAA$AAAA:AAAA SCRAM-SHA-256$10000:AAEC$AwQF:BgcI", true},
		{"a hash of the future", "SCRAM-SHA3-512$20000:AAEC$AwQF:BgcI", true},
		{"nothing", "", true},
		{"no hash name", "$4096:AAAA$AAAA:AAAA", false},
		{"no iteration count", "SCRAM-SHA-1$:AAAA$AAAA:AAAA", false},
		{"an iteration count of zero", "SCRAM-SHA-1$0:AAAA$AAAA:AAAA", false},
		{"no server key", "SCRAM-SHA-1$4096:AAAA$AAAA", false},
		{"a salt that is no base64", "SCRAM-SHA-1$4096:?$AAAA:AAAA", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var keys sasl.Keys
			err := keys.UnmarshalText([]byte(test.text))
			if (err == nil) != test.ok {
				t.Fatalf("error is %v", err)
			}
			if err != nil {
				return
			}
			if text, err := keys.MarshalText(); err != nil || string(text) != test.text {
				t.Errorf("written as %q, %v", text, err)
			}
		})
	}
	// The keys that RFC 5802's example password gives, in RFC 5803's form.
	salt, _ := base64.StdEncoding.DecodeString("QSXCR+Q6sek8bf92")
	if text, err := sasl.KeysWithSalt(sasl.ScramSHA1, "pencil", salt, 4096).MarshalText(); err != nil || string(text) != tests[0].text {
		t.Errorf("example is %q, %v", text, err)
	}
}

func BenchmarkDeriveKeys(b *testing.B) {
	for b.Loop() {
		if _, err := sasl.DeriveKeys(secret, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckPassword(b *testing.B) {
	keys, err := sasl.DeriveKeys(secret, 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !keys.CheckPassword(secret) {
			b.Fatal("the password does not fit")
		}
	}
}
