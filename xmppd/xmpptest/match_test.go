package xmpptest_test

import (
	"testing"

	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

func TestPatterns(t *testing.T) {
	const got = `<message to='a@b' type='chat' id='7'><body>hi</body><x xmlns='urn:x'><y a='1'/></x><z xmlns='urn:z'/></message>`
	for name, c := range map[string]struct {
		pattern string
		ok      bool
	}{
		"the same":                        {got, true},
		"other attributes may be there":   {`<message type='chat'><body>hi</body><x xmlns='urn:x'><y/></x><z xmlns='urn:z'/></message>`, true},
		"type has to be named":            {`<message id='7'>…</message>`, false},
		"further children are welcome":    {`<message type='chat'>…<x xmlns='urn:x'>…</x></message>`, true},
		"a child too many":                {`<message type='chat'><body>hi</body></message>`, false},
		"a child too few":                 {`<message type='chat'>…<none xmlns='urn:x'/></message>`, false},
		"another namespace":               {`<message type='chat'>…<x xmlns='urn:other'>…</x></message>`, false},
		"any text":                        {`<message type='chat'><body>…</body><x xmlns='urn:x'>…</x><z xmlns='urn:z'/></message>`, true},
		"another text":                    {`<message type='chat'><body>ho</body>…</message>`, false},
		"a captured value has to be kept": {`<message type='chat' id='$i'>…<x xmlns='urn:x'><y a='$i'/></x></message>`, false},
		"a captured value":                {`<message type='chat' id='$i'>…</message>`, true},
	} {
		err := xmpptest.Match(c.pattern, xmlstream.MustParse(got), map[string]string{})
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
