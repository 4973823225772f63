package xmlstream

import (
	"io"
	"strings"
	"testing"
)

// pieces returns one string for each Read.
type pieces []string

func (p *pieces) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	if (*p)[0] = (*p)[0][n:]; (*p)[0] == "" {
		*p = (*p)[1:]
	}
	return n, nil
}

func TestBufferShrinksWhenDrained(t *testing.T) {
	big := "<message><body>" + strings.Repeat("x", 100<<10) + "</body></message>"
	src := pieces{"<stream:stream xmlns='jabber:client' xmlns:stream='" + NSStream + "'>", big, "<iq/>"}
	f := NewFramer(&src, C2S)
	if _, err := f.ReadHeader(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadPacket(); err != nil || len(f.buf) < len(big) {
		t.Fatal(err, len(f.buf))
	}
	if _, err := f.ReadPacket(); err != nil || len(f.buf) != idleBuffer || f.scan != nil {
		t.Fatalf("%v, buffer of %d bytes for an idle stream", err, len(f.buf))
	}
}

func TestMemoryIsBoundedByTheLimit(t *testing.T) {
	src := strings.NewReader("<stream:stream xmlns='jabber:client' xmlns:stream='" + NSStream + "'><a b='" + strings.Repeat("x", 1<<20))
	f := NewFramer(src, PreAuth)
	f.ReadHeader()
	if _, err := f.ReadPacket(); err != errTooBig {
		t.Fatal(err)
	}
	if len(f.buf) > 2*PreAuth.Bytes {
		t.Fatalf("buffer of %d bytes", len(f.buf))
	}
}

func TestARestingStreamHoldsNoBuffer(t *testing.T) {
	src := pieces{"<stream:stream xmlns='jabber:client' xmlns:stream='" + NSStream + "'>", "<iq/>", "<message>", "</message>", "<presence/>"}
	f := NewFramer(&src, C2S)
	if _, err := f.ReadHeader(); err != nil {
		t.Fatal(err)
	}
	if f.header != usualScope {
		t.Errorf("the usual header is kept: %+v", f.header)
	}
	f.Rest()
	if p, err := f.ReadPacket(); err != nil || p.Local() != "iq" {
		t.Fatal(p, err)
	}
	if f.Rest(); f.buf != nil {
		t.Errorf("buffer of %d bytes for a resting stream", len(f.buf))
	}
	if err := f.fill(); err != nil {
		t.Fatal(err)
	}
	f.Rest() // an element has begun
	for _, want := range []string{"message", "presence"} {
		if p, err := f.ReadPacket(); err != nil || p.Local() != want {
			t.Fatal(p, err)
		}
	}
}
