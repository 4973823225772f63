package xmppd

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// poller tells which of many sockets have something to read. It is an epoll instance beside the one of Go's runtime, which watches
// this one as if it were a socket.
type poller struct {
	file   *os.File
	raw    syscall.RawConn
	events []syscall.EpollEvent
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // makes NewFile hand it to the runtime's poller
		syscall.Close(fd)
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	p := &poller{file: os.NewFile(uintptr(fd), "epoll"), events: make([]syscall.EpollEvent, 64)}
	if err := p.file.SetReadDeadline(time.Time{}); err != nil {
		p.file.Close()
		return nil, fmt.Errorf("wait for an epoll instance: %w", err)
	}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		p.file.Close()
		return nil, fmt.Errorf("wait for an epoll instance: %w", err)
	}
	return p, nil
}

// add has wait return id, once, when there is something to read on c, or its end.
func (p *poller) add(c syscall.RawConn, id uint64) error {
	return p.control(c, syscall.EPOLL_CTL_ADD, &syscall.EpollEvent{
		Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: int32(uint32(id)), Pad: int32(uint32(id >> 32)),
	})
}

// remove undoes add.
func (p *poller) remove(c syscall.RawConn) { _ = p.control(c, syscall.EPOLL_CTL_DEL, nil) }

func (p *poller) control(c syscall.RawConn, op int, ev *syscall.EpollEvent) error {
	var closed, failed error
	err := p.raw.Control(func(ep uintptr) {
		closed = c.Control(func(fd uintptr) { failed = syscall.EpollCtl(int(ep), op, int(fd), ev) })
	})
	return errors.Join(err, closed, failed)
}

// wait fills ids with what add was given, for at most d. An error means that the poller is closed.
func (p *poller) wait(ids []uint64, d time.Duration) (n int, err error) {
	if err := p.file.SetReadDeadline(time.Now().Add(d)); err != nil {
		return 0, err
	}
	events := p.events[:min(len(ids), len(p.events))]
	var failed error
	err = p.raw.Read(func(ep uintptr) bool {
		n, failed = syscall.EpollWait(int(ep), events, 0)
		if failed == syscall.EINTR {
			n, failed = 0, nil
			return true
		}
		return n != 0 || failed != nil
	})
	if isTimeout(err) {
		return 0, nil
	}
	if err = errors.Join(err, failed); err != nil {
		return 0, err
	}
	for i, ev := range events[:n] {
		ids[i] = uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32
	}
	return n, nil
}

func (p *poller) close() { p.file.Close() }
