//go:build !linux

package xmppd

import (
	"errors"
	"syscall"
	"time"
)

// poller exists on Linux only; elsewhere each connection keeps its goroutine.
type poller struct{}

func newPoller() (*poller, error) { return nil, errors.ErrUnsupported }

func (*poller) add(syscall.RawConn, uint64) error               { return errors.ErrUnsupported }
func (*poller) remove(syscall.RawConn)                          {}
func (*poller) wait([]uint64, time.Duration) (n int, err error) { return 0, errors.ErrUnsupported }
func (*poller) close()                                          {}
