//go:build !linux

package transport

import "net"

const segmentControl = 0

func canSegment(*net.UDPConn) bool { return false }

func putSegment([]byte, uint16) int { return 0 }
