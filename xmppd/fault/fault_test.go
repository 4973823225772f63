package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"plenum/xmppd/fault"
)

func TestKindOf(t *testing.T) {
	tests := []struct {
		name string
		err  error
		kind fault.Kind
		text string
		log  string
	}{
		{"an error without a kind is internal and shows no text", io.EOF, fault.Internal, "", "EOF"},
		{"a new error has its kind and text", fault.New(fault.NotFound, "no such room"), fault.NotFound, "no such room", "no such room"},
		{"a format is filled in", fault.Newf(fault.Limit, "more than %d rooms", 3), fault.Limit, "more than 3 rooms", "more than 3 rooms"},
		{"a kind is found through wrapping", fmt.Errorf("open room: %w", fault.New(fault.Forbidden, "members only")),
			fault.Forbidden, "members only", "open room: members only"},
		{"the outermost kind counts", fault.Wrap(fault.Unavailable, fault.New(fault.NotFound, "no row"), "directory is away"),
			fault.Unavailable, "directory is away", "directory is away: no row"},
		{"the text of an internal error is not shown", fault.Wrap(fault.Internal, io.EOF, "read row"), fault.Internal, "", "read row: EOF"},
		{"an empty text leaves the cause", fault.Wrap(fault.Busy, io.EOF, ""), fault.Busy, "", "EOF"},
		{"an error of a kind alone says the kind", &fault.Error{Kind: fault.Unauthenticated}, fault.Unauthenticated, "", "unauthenticated"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := fault.KindOf(test.err); got != test.kind {
				t.Errorf("kind is %v, want %v", got, test.kind)
			}
			if got := fault.Text(test.err); got != test.text {
				t.Errorf("text is %q, want %q", got, test.text)
			}
			if got := test.err.Error(); got != test.log {
				t.Errorf("log text is %q, want %q", got, test.log)
			}
		})
	}
}

func TestWrapKeepsTheCause(t *testing.T) {
	if err := fault.Wrap(fault.Busy, io.EOF, "read"); !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	if err := fault.Wrap(fault.Busy, nil, "read"); err != nil {
		t.Errorf("wrapping nil gives %v", err)
	}
	if fault.Is(nil, fault.Internal) {
		t.Error("nil is of a kind")
	}
}
