package dscp_test

import (
	"errors"
	"net"
	"testing"

	"plenum/sipbridge/dscp"
	"plenum/xmppd/fault"
)

func TestWhatACodepointMayBe(t *testing.T) {
	for value, want := range map[int]int{0: dscp.Expedited, dscp.None: dscp.None, 1: 1, 34: 34, 63: 63} {
		if got, err := dscp.Default(value, dscp.Expedited); got != want || err != nil {
			t.Errorf("%d is %d, %v", value, got, err)
		}
	}
	for _, value := range []int{-2, 64, 184} {
		if _, err := dscp.Default(value, dscp.Expedited); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d is taken: %v", value, err)
		}
	}
}

func TestWhatIsNoSocketIsNotMarked(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if err := dscp.Mark(a, dscp.Expedited); err == nil {
		t.Error("a pipe was marked")
	}
	if err := dscp.Mark("socket", dscp.Expedited); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if err := dscp.Mark("socket", dscp.None); err != nil {
		t.Error(err)
	}
}
