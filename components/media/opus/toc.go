package opus

import "time"

// Duration is the time that a packet covers, read off its first octets (RFC 6716 §3.1, §3.2); 0 when it is malformed.
func Duration(payload []byte) time.Duration {
	if len(payload) == 0 {
		return 0
	}
	frames := 1
	switch payload[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(payload) < 2 {
			return 0
		}
		frames = int(payload[1] & 0x3f)
	}
	if d := time.Duration(frames) * frameDuration(payload[0]>>3); d <= 120*time.Millisecond {
		return d
	}
	return 0
}

func frameDuration(config byte) time.Duration {
	switch {
	case config < 12: // SILK
		return [...]time.Duration{10, 20, 40, 60}[config&3] * time.Millisecond
	case config < 16: // hybrid
		return [...]time.Duration{10, 20}[config&1] * time.Millisecond
	}
	return 2500 * time.Microsecond << (config & 3) // CELT
}

// Voice reads the encoder's own opinion whether there is speech in a packet, without decoding it: flags at the beginning of each
// SILK frame that the range coder leaves in plain sight (RFC 6716 §4.2.3). known is false when the packet has none, as those of CELT, or
// several frames that do not begin there.
func Voice(payload []byte) (voice, known bool) {
	if len(payload) == 0 {
		return false, false
	}
	config := payload[0] >> 3
	if len(payload) < 3 && config < 16 {
		return false, true // nothing but a table of contents: the encoder has nothing to send (DTX)
	}
	if config >= 16 || payload[0]&3 > 1 {
		return false, false
	}
	flags := 1 // one for each 20 ms
	if config < 12 {
		flags = max(int(frameDuration(config)/(20*time.Millisecond)), 1)
	}
	return payload[1]>>(8-flags) != 0, true
}
